"""SQLite's spelling of SQL."""

from __future__ import annotations

import math
import re
import sqlite3
from functools import lru_cache
from threading import Lock

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

BUILT_IN_COLLATIONS = frozenset({"", "BINARY", "NOCASE", "RTRIM"})
# A blob is cut without reading it only if not even its beginning is asked for.
_LARGEST_PREFIXED = 1 << 20
_MARK = re.compile(r"(`(?:[^`]|``)+`)/\*cut (\d+)\*/")
SIZE_COLUMN = "\x01size"


class SqliteGrammar(Grammar):
    """Names are quoted with backticks: SQLite takes a double-quoted name it does not know for a string,
    so a column dropped by someone else would silently read as its own name in every row.
    """

    placeholder = "?"
    nulls_are_smallest = True
    has_row_values = True
    sqlglot_dialect = "sqlite"
    dynamic_types = True
    returning = frozenset({"INSERT", "UPDATE"})

    def name(self, identifier: str) -> str:
        return "`" + identifier.replace("`", "``") + "`"

    def cell(self, column: Column, limit: int | None) -> Fragment:
        # The comment marks what the session may replace by `cut` once a value proves too long.
        # Asking for the length of every cell would make reading 1.7 times as slow.
        name = self.name(column.name)
        return Fragment(name if limit is None or not column.name else f"{name}/*cut {limit}*/")

    def operand(self, column: Column) -> str:
        name = self.name(column.name)
        return name if column.collation.upper() in BUILT_IN_COLLATIONS else f"{name} COLLATE BINARY"

    def value(self, column: Column, cell: Cell) -> Fragment:
        if isinstance(cell, BadText):
            return Fragment("CAST(? AS TEXT)", (cell.raw,))
        if isinstance(cell, Truncated):
            return Fragment("?", (cell.prefix,))
        if isinstance(cell, int) and not -(2**63) <= cell < 2**63:
            return Fragment("?", (float(cell),))
        return Fragment("?", (cell,))

    def assigned(self, column: Column, cell: Cell) -> Fragment:
        return self.value(column, cell)

    def regex(self, column: Column, pattern: str) -> Fragment | None:
        return Fragment(f"{self.operand(column)} REGEXP ?", (pattern,))

    def contains(self, column: Column, text: str, *, where: str = "contains") -> Fragment:
        if not text.isascii():
            # LIKE folds the case of ASCII letters only; `casefold` is a function of the session.
            text = text.casefold()
        escaped = re.sub(r"([%_\\])", r"\\\1", text)
        pattern = ("" if where == "starts" else "%") + escaped + ("" if where == "ends" else "%")
        left = self.name(column.name) if text.isascii() else f"casefold({self.name(column.name)})"
        return Fragment(f"{left} LIKE ? ESCAPE '\\'", (pattern,))

    def literal(self, column: Column | None, cell: Cell) -> str:
        if cell is None:
            return "NULL"
        if isinstance(cell, bool):
            return str(int(cell))
        if isinstance(cell, int):
            return _integer(cell)
        if isinstance(cell, float):
            return _real(cell)
        if isinstance(cell, bytes):
            return f"x'{cell.hex()}'"
        if isinstance(cell, BadText):
            return f"CAST(x'{cell.raw.hex()}' AS TEXT)"
        if isinstance(cell, Truncated):
            return self.literal(column, cell.prefix)
        return _text(cell)


def cut(sql: str) -> str:
    """The statement with every marked column replaced by its beginning and, beside it, its size in bytes."""

    def replace(match: re.Match[str]) -> str:
        name, limit = match[1], match[2]
        short = (
            f"CASE typeof({name}) WHEN 'blob' THEN CASE WHEN length({name}) > {_LARGEST_PREFIXED} THEN x'' "
            # Only when it is longer: substr() of an empty blob is NULL.
            f"WHEN length({name}) > {limit} THEN substr({name}, 1, {limit}) ELSE {name} END "
            f"WHEN 'text' THEN CASE WHEN length(CAST({name} AS BLOB)) > {limit} "
            f"THEN substr(CAST({name} AS BLOB), 1, {limit}) ELSE {name} END ELSE {name} END"
        )
        size = (
            f"CASE typeof({name}) WHEN 'blob' THEN length({name}) "
            f"WHEN 'text' THEN -length(CAST({name} AS BLOB)) END"
        )
        return f"{short}, {size} AS `{SIZE_COLUMN}{name[1:]}"

    return _MARK.sub(replace, sql)


def unmarked(sql: str) -> str:
    """The statement as a reader wants it, without the marks."""
    return _MARK.sub(r"\1", sql) if "/*cut " in sql else sql


def marked(sql: str) -> int:
    """How many columns of the statement can be replaced by `cut`."""
    return len(_MARK.findall(sql))


def _integer(number: int) -> str:
    if number == -(2**63):
        return "(-9223372036854775807 - 1)"  # the digits alone, with a minus sign, are read as a real
    return str(number)


def _text(text: str) -> str:
    quoted = "'" + text.replace("'", "''") + "'"
    # SQL text ends at a NUL character.
    return "(" + quoted.replace("\0", "' || char(0) || '") + ")" if "\0" in quoted else quoted


_checker: list[sqlite3.Connection] = []
_checker_lock = Lock()


def _real(number: float) -> str:
    if math.isnan(number):
        return "NULL"  # what SQLite stores for it
    if math.isinf(number):
        return "9e999" if number > 0 else "-9e999"
    text = repr(number)
    return text if _reads_back(text) else _exact_real(number)


@lru_cache(maxsize=4096)
def _reads_back(text: str) -> bool:
    # SQLite's own reading of decimal digits is off by one unit for some numbers.
    with _checker_lock:
        if not _checker:
            _checker.append(sqlite3.connect(":memory:", check_same_thread=False))
        found = _checker[0].execute(f"SELECT {text}").fetchone()[0]
    return isinstance(found, float) and found.hex() == float(text).hex()


def _exact_real(number: float) -> str:
    # An integer times a power of two in steps that SQLite computes without rounding.
    mantissa, exponent = math.frexp(number)
    digits, exponent = int(mantissa * 2**53), exponent - 53
    if digits % 2 == 0 and exponent < 0:
        zeros = min((digits & -digits).bit_length() - 1, -exponent)
        digits, exponent = digits >> zeros, exponent + zeros
    sign = "*" if exponent >= 0 else "/"
    steps, rest = divmod(abs(exponent), 62)
    factors = [str(2**62)] * steps + ([str(2**rest)] if rest else [])
    return "(" + f" {sign} ".join([f"{digits}.0", *(f"{factor}.0" for factor in factors)]) + ")"
