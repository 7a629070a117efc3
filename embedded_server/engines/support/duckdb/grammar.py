"""DuckDB's spelling of SQL."""

from __future__ import annotations

import math
import re

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

from .types import CASTABLE, EXACT, TEXTS, text_of

_DECIMAL = re.compile(r"[+-]?(\d*)(?:\.(\d*))?")


class DuckdbGrammar(Grammar):
    """Cells of types that Python cannot carry exactly are DuckDB's own text, and go back through a cast."""

    placeholder = "?"
    nulls_are_smallest = False
    has_row_values = False  # it has them, but takes a NULL inside for the largest value
    sqlglot_dialect = "duckdb"
    returning = frozenset({"INSERT", "UPDATE"})

    def name(self, identifier: str) -> str:
        return '"' + identifier.replace('"', '""') + '"'

    def cell(self, column: Column, limit: int | None) -> Fragment:
        # The session sees the types of a result and wraps the statement: see `reading.py`.
        return Fragment(self.name(column.name))

    def piece(self, column: Column, offset: int, length: int) -> Fragment:
        name = self.name(column.name)
        if column.type == "BLOB":
            return Fragment(f"array_slice({name}, {offset + 1}, {offset + length})")
        if column.type in EXACT:
            return Fragment(name)
        return Fragment(f"substr({text_of(name, column.type)}, {offset + 1}, {length})")

    def size(self, column: Column) -> Fragment:
        name = self.name(column.name)
        if column.type == "BLOB":
            return Fragment(f"octet_length({name})")
        return Fragment("NULL" if column.type in EXACT else f"length({text_of(name, column.type)})")

    def operand(self, column: Column) -> str:
        name = self.name(column.name)
        plain = EXACT | TEXTS | CASTABLE | {"BLOB"}
        if not column.type or column.type in plain or column.type.startswith(("DECIMAL", "ENUM")):
            return name
        return text_of(name, column.type)

    def value(self, column: Column, cell: Cell) -> Fragment:
        if isinstance(cell, BadText):
            cell = cell.shown()
        if isinstance(cell, Truncated):
            cell = cell.prefix
        if isinstance(cell, str):
            return Fragment(_typed_text(column.type, cell, "?"), (cell,))
        if column.type == "UHUGEINT" and isinstance(cell, int) and cell >= 0:
            return Fragment("CAST(? AS UHUGEINT)", (cell,))  # no other integer type holds its range
        return Fragment("?", (cell,))

    def assigned(self, column: Column, cell: Cell) -> Fragment:
        if isinstance(cell, str):
            return Fragment("?", (cell,))  # the column's own type is what it is read as
        return self.value(column, cell)

    def regex(self, column: Column, pattern: str) -> Fragment | None:
        return Fragment(f"regexp_matches({text_of(self.name(column.name), column.type)}, ?)", (pattern,))

    def contains(self, column: Column, text: str, *, where: str = "contains") -> Fragment:
        escaped = re.sub(r"([%_\\])", r"\\\1", text)
        pattern = ("" if where == "starts" else "%") + escaped + ("" if where == "ends" else "%")
        left = text_of(self.name(column.name), column.type)
        return Fragment(f"{left} ILIKE ? ESCAPE '\\'", (pattern,))

    def nulls_first(self, desc: bool) -> bool:
        return False

    def literal(self, column: Column | None, cell: Cell) -> str:
        if cell is None:
            return "NULL"
        if isinstance(cell, bool):
            return "TRUE" if cell else "FALSE"
        if isinstance(cell, int):
            return str(cell) if abs(cell) < 2**127 else f"'{cell}'::{'UHUGEINT' if cell > 0 else 'HUGEINT'}"
        if isinstance(cell, float):
            text = repr(cell) if math.isfinite(cell) else str(cell)
            return f"'{text}'::DOUBLE"
        if isinstance(cell, bytes):
            return f"from_hex('{cell.hex()}')"
        if isinstance(cell, Truncated):
            return self.literal(column, cell.prefix)
        text = cell.shown() if isinstance(cell, BadText) else cell
        return _typed_text(column.type if column else "", text, _text(text))


def _text(text: str) -> str:
    quoted = "'" + text.replace("'", "''") + "'"
    # SQL text ends at a NUL character.
    return "(" + quoted.replace("\0", "' || chr(0) || '") + ")" if "\0" in quoted else quoted


def _typed_text(type_name: str, text: str, term: str) -> str:
    """The SQL for a cell that came as text: `term` is the text itself, as a literal or a placeholder."""
    if type_name in CASTABLE:
        return f"CAST({term} AS {type_name})"
    if type_name.startswith("ENUM"):
        return f"TRY_CAST({term} AS {type_name})"  # compared as texts they would lose their order
    if type_name.startswith("DECIMAL"):
        found = _DECIMAL.fullmatch(text)
        whole, fraction = (found[1] or "", found[2] or "") if found else ("", "")
        digits = max(len(whole) + len(fraction), 1)
        # As many digits as the text has: the column's own type would round it.
        return f"CAST({term} AS DECIMAL({digits}, {len(fraction)}))" if found and digits <= 38 else term
    return term
