"""Cells as SQL text for copied INSERT statements and IN lists, per engine.

Each literal reads back as the same value in its engine; names are quoted always.
"""

from __future__ import annotations

import math
import re

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

_MYSQL = ("mysql", "mariadb")
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)
_FLOAT_TYPES = {"postgresql": "::float8", "duckdb": "::DOUBLE"}


def quote_name(name: str, dialect: str) -> str:
    """An identifier in quotes."""
    mark = "`" if dialect in _MYSQL else '"'
    return mark + name.replace(mark, mark * 2) + mark


def quote_path(path: tuple[str, ...], dialect: str) -> str:
    """A qualified name in quotes."""
    return ".".join(quote_name(name, dialect) for name in path)


def literal(cell: Cell, column: Column, dialect: str) -> str:
    """A cell as SQL. Of a value that was not fetched whole, its beginning: fetch it before."""
    if cell is None:
        return "NULL"
    if isinstance(cell, bool):
        return ("1" if cell else "0") if dialect == "sqlite" else ("TRUE" if cell else "FALSE")
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return _float(cell, dialect)
    if isinstance(cell, bytes):
        return _bytes(cell, dialect)
    if isinstance(cell, BadText):
        return f"CAST({_bytes(cell.raw, dialect)} AS TEXT)"
    if isinstance(cell, Truncated):
        return literal(cell.prefix, column, dialect)
    if column.kind == "number" and dialect != "sqlite" and _PLAIN_NUMBER.match(cell):
        # These engines send exact numbers as text; SQLite's texts are texts.
        return cell
    return _text(cell, dialect)


def _float(value: float, dialect: str) -> str:
    if math.isfinite(value):
        # MySQL would read a literal without an exponent as a decimal.
        return f"{value!r}e0" if dialect in _MYSQL and "e" not in repr(value) else repr(value)
    word = "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if dialect == "sqlite":
        return {"NaN": "NULL", "Infinity": "9e999", "-Infinity": "-9e999"}[word]
    return f"'{word}'{_FLOAT_TYPES.get(dialect, '')}"


def _bytes(raw: bytes, dialect: str) -> str:
    if dialect == "postgresql":
        return f"'\\x{raw.hex()}'::bytea"
    if dialect == "duckdb":
        return "'" + "".join(f"\\x{byte:02X}" for byte in raw) + "'::BLOB"
    return f"X'{raw.hex()}'"


def _text(text: str, dialect: str) -> str:
    if "\0" in text and dialect in ("sqlite", ""):
        return f"CAST(X'{text.encode('utf-8', 'surrogatepass').hex()}' AS TEXT)"
    if "\0" in text and dialect == "duckdb":
        return " || chr(0) || ".join(_text(part, dialect) for part in text.split("\0"))
    quoted = text.replace("'", "''")
    if dialect in _MYSQL:
        quoted = quoted.replace("\\", "\\\\").replace("\0", "\\0")
    return f"'{quoted}'"
