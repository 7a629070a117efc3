"""PostgreSQL's spelling of SQL. Parameters are untyped: the server gives them the column's type."""

from __future__ import annotations

import math
import re
from typing import Any

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.engines.support import placeholders
from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText, Cell, Truncated

from . import types

# The name of a result column whose long values arrive cut; behind it the limit in bytes.
CUT_MARK = "\x01cut "
# What is stored in at most this many bytes cannot be long, however well it was compressed.
_SURELY_SHORT = 250
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


class PostgresGrammar(Grammar):
    """Grammar of PostgreSQL through libpq, with `%s` for parameters."""

    placeholder = "%s"
    nulls_are_smallest = False
    has_row_values = True
    sqlglot_dialect = "postgres"
    sorts_stored_rows = True
    returning = frozenset({"INSERT", "UPDATE"})

    def name(self, identifier: str) -> str:
        return '"' + identifier.replace('"', '""') + '"'

    def escape(self, sql: str) -> str:
        return placeholders.escape(sql, placeholders.POSTGRES)

    # --- reading ---------------------------------------------------------------------------------

    def cell(self, column: Column, limit: int | None) -> Fragment:
        """The column itself, or, where a value may be longer than `limit`, the value or its cut form.

        A cut text is base64 of its first `limit` bytes, a colon and its length; a cut bytea is its
        beginning followed by its length as eight bytes. Either is longer than a value that is left
        whole, so the two cannot be confused (JSON and arrays: nor by their characters).
        """
        name = self.name(column.name)
        size = types.size_limit(column.type)
        if limit is None or (size is not None and size * 4 <= limit):
            return Fragment(name)
        if column.kind == "binary":
            long = f"substr({name}, 1, {limit}) || int8send(octet_length({name}))"
            sql = f"CASE WHEN octet_length({name}) <= {limit} THEN {name} ELSE {long} END"
        else:
            text = self._text(column)
            # textsend() gives the bytes that the client would get, in whatever encoding the database is.
            head = f"substr(textsend(left({text}, {limit})), 1, {limit})"
            long = f"encode({head}, 'base64') || ':' || octet_length({text})"
            short = f"octet_length({text}) <= {limit}"
            if column.kind in ("json", "array"):
                # Writing a value out to measure it costs; most are small even as they are stored.
                short = f"pg_column_size({name}) <= {_SURELY_SHORT} OR {short}"
            sql = f"CASE WHEN {short} THEN {text} ELSE {long} END"
        return Fragment(f'{sql} AS "{CUT_MARK}{limit}"')

    def _text(self, column: Column) -> str:
        """The value as text, exactly as it is shown, NULL for NULL."""
        name, base = self.name(column.name), types.plain(column.type)
        if base in ("text", "character varying"):
            return name
        if base in ("character", "bpchar"):
            return f"textin(bpcharout({name}))"  # a cast drops the trailing blanks
        if types.casts_as_shown(column.type, column.kind):
            return f"{name}::text"
        return f"CASE WHEN {name} IS NOT NULL THEN concat({name}) END"

    def piece(self, column: Column, offset: int, length: int) -> Fragment:
        if not self._sliced(column):
            return Fragment(self.name(column.name))
        whole = self.name(column.name) if column.kind == "binary" else self._text(column)
        return Fragment(f"substr({whole}, {offset + 1}, {length})")

    def size(self, column: Column) -> Fragment:
        if not self._sliced(column):
            return Fragment("NULL")
        if column.kind == "binary":
            return Fragment(f"octet_length({self.name(column.name)})")
        return Fragment(f"length({self._text(column)})")

    def _sliced(self, column: Column) -> bool:
        return column.kind in ("binary", "text") or types.size_limit(column.type) is None

    # --- conditions ------------------------------------------------------------------------------

    def operand(self, column: Column) -> str:
        name = self.name(column.name)
        return name if types.is_comparable(column.type, column.kind) else f"{name}::text"

    def value(self, column: Column, cell: Cell) -> Fragment:
        if isinstance(cell, BadText):
            return Fragment("convert_from(%s, 'SQL_ASCII')", (cell.raw,))
        if isinstance(cell, Truncated):
            raise problem("data.bad_filter", detail=f"Only the beginning of this {column.name} is known.")
        return Fragment(self.placeholder, (as_text(cell),))

    def assigned(self, column: Column, cell: Cell) -> Fragment:
        return self.value(column, cell)

    def _searched(self, column: Column) -> str:
        """The text that a search looks through. A nondeterministic collation cannot be searched."""
        if column.kind == "binary":
            return f"encode({self.name(column.name)}, 'escape')"
        is_text = types.plain(column.type) in ("text", "character varying")
        text = self.name(column.name) if is_text else f"{self.name(column.name)}::text"
        return f'{text} COLLATE "default"' if column.collation else text

    def regex(self, column: Column, pattern: str) -> Fragment | None:
        return Fragment(f"{self._searched(column)} ~ %s", (pattern,))

    def contains(self, column: Column, text: str, *, where: str = "contains") -> Fragment:
        escaped = re.sub(r"([%_\\])", r"\\\1", text)
        pattern = ("" if where == "starts" else "%") + escaped + ("" if where == "ends" else "%")
        return Fragment(f"{self._searched(column)} ILIKE %s", (pattern,))

    def like(self, column: Column, pattern: str) -> Fragment:
        return Fragment(f"{self._searched(column)} LIKE %s", (pattern,))

    def heap_range(self, first: int, end: int) -> Fragment | None:
        return Fragment(f"ctid >= '({first},0)'::tid AND ctid < '({end},0)'::tid")

    # --- literals --------------------------------------------------------------------------------

    def literal(self, column: Column | None, cell: Cell) -> str:
        if cell is None:
            return "NULL"
        if isinstance(cell, bytes):
            return f"decode('{cell.hex()}', 'hex')"
        if isinstance(cell, BadText):
            return f"convert_from(decode('{cell.raw.hex()}', 'hex'), 'SQL_ASCII')"
        if isinstance(cell, Truncated):
            return self.literal(column, cell.prefix)
        if isinstance(cell, bool) or (isinstance(cell, int) and column is None):
            return str(as_text(cell))
        text = as_text(cell)
        bare = column is not None and types.is_bare_number(column.type) and _NUMBER.fullmatch(text)
        return text if bare else quoted(text)


def as_text(cell: Any) -> Any:
    """A cell as the text PostgreSQL would read it from; bytes stay bytes."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if math.isfinite(cell):
            return repr(cell)
        return "NaN" if math.isnan(cell) else "Infinity" if cell > 0 else "-Infinity"
    return str(cell) if isinstance(cell, int) else cell


def quoted(text: str) -> str:
    """A text literal that means the same whether or not backslashes are special in plain quotes."""
    doubled = text.replace("'", "''")
    return "E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in text else f"'{doubled}'"
