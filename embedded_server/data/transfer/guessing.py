"""What type a column of a file may have, from values of it; and a table for the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from embedded_server.engines.base import Grammar
from embedded_server.wire.data import Column
from embedded_server.wire.loading import FileColumn
from embedded_server.wire.values import BadText

from .readers import Digits

_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d*)", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9]\d*)?\.(\d+)|[+-]?(?:0|[1-9]\d*)", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf(?:inity)?|nan", re.ASCII | re.I)
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_MOMENT = re.compile(_DATE.pattern + r"[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?", re.ASCII)
_ZONED = re.compile(_MOMENT.pattern + r"\s?(?:Z|[+-]\d\d(?::?\d\d)?)", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I | re.ASCII)
_BYTES = re.compile(r"\\x(?:[0-9a-fA-F]{2})*", re.ASCII)
_TRUTH = frozenset({"true", "false", "t", "f"})
# A decimal that a double carries with all of its digits.
_DOUBLE_DIGITS = 15


@dataclass(frozen=True)
class Guess:
    """`kind` is our word, `digits` and `scale` are those of numbers, `why` tells the user."""

    kind: str
    why: str
    digits: int = 0
    scale: int = 0


_PATTERNS = (
    ("date", _DATE, "dates"),
    ("moment", _MOMENT, "dates with times"),
    ("zoned", _ZONED, "dates with times and offsets"),
    ("uuid", _UUID, "UUIDs"),
    ("bytes", _BYTES, "bytes in hexadecimal"),
)


def guess(values: Sequence[Any]) -> Guess:
    """What these values of one column have in common."""
    there = [value for value in values if value is not None]
    if not there:
        return Guess("text", "nothing but NULL in the rows looked at")
    kinds = set(map(type, there))
    if kinds == {bool}:
        return Guess("truth", "true or false")
    if kinds == {bytes}:
        return Guess("bytes", "bytes")
    if BadText in kinds or bytes in kinds:
        return Guess("text", "texts and other values")
    if kinds <= {int, float, Digits}:
        return _numbers([str(value) for value in there])
    texts = [str(value) for value in there]
    if int in kinds or float in kinds or bool in kinds:
        return Guess("text", "numbers and texts")
    return _texts(texts)


def _texts(texts: Sequence[str]) -> Guess:
    if all(text.lower() in _TRUTH for text in texts):
        return Guess("truth", "true or false")
    for kind, pattern, words in _PATTERNS:
        if all(map(pattern.fullmatch, texts)):
            return Guess(kind, f"nothing but {words}")
    if all(map(_FLOAT.fullmatch, texts)):
        return _numbers(texts)
    return Guess("text", "texts")


def _numbers(texts: Sequence[str]) -> Guess:
    if all(map(_INTEGER.fullmatch, texts)):
        digits = max(len(text.lstrip("+-")) for text in texts)
        numbers = list(map(int, texts))
        if min(numbers) >= -(2**31) and max(numbers) < 2**31:
            return Guess("integer", "whole numbers", digits)
        big = min(numbers) >= -(2**63) and max(numbers) < 2**63
        return Guess("bigint" if big else "decimal", "whole numbers", digits)
    found = [_DECIMAL.fullmatch(text) for text in texts]
    if all(found):
        scale = max(len(match[1] or "") for match in found if match)
        whole = max(len(text.lstrip("+-").partition(".")[0]) for text in texts)
        return Guess("decimal", f"numbers with up to {scale} decimals", whole + scale, scale)
    if all(re.match(r"[+-]?0\d", text) is None for text in texts):
        return Guess("float", "numbers with exponents")
    return Guess("text", "numbers with leading zeros")


_TYPES = {
    "postgresql": {
        "integer": "integer", "bigint": "bigint", "decimal": "numeric", "float": "double precision",
        "truth": "boolean", "date": "date", "moment": "timestamp", "zoned": "timestamptz", "uuid": "uuid",
        "bytes": "bytea", "text": "text",
    },
    "sqlite": {
        "integer": "INTEGER", "bigint": "INTEGER", "float": "REAL", "truth": "TEXT", "date": "TEXT",
        "moment": "TEXT", "zoned": "TEXT", "uuid": "TEXT", "bytes": "BLOB", "text": "TEXT",
    },
    "mysql": {
        "integer": "int", "bigint": "bigint", "float": "double", "truth": "boolean", "date": "date",
        "moment": "datetime(6)", "zoned": "varchar(40)", "uuid": "char(36)", "bytes": "longblob",
        "text": "longtext",
    },
    "duckdb": {
        "integer": "INTEGER", "bigint": "BIGINT", "float": "DOUBLE", "truth": "BOOLEAN", "date": "DATE",
        "moment": "TIMESTAMP", "zoned": "TIMESTAMP WITH TIME ZONE", "uuid": "UUID", "bytes": "BLOB",
        "text": "VARCHAR",
    },
}  # fmt: skip


def type_of(found: Guess, engine: str) -> str:
    """The database's type for it: one that keeps every digit."""
    types = _TYPES.get(engine, _TYPES["duckdb"])
    if found.kind != "decimal":
        return types[found.kind]
    if engine == "postgresql":
        return "numeric"
    if engine == "sqlite":
        return "REAL" if 0 < found.digits <= _DOUBLE_DIGITS else "TEXT"
    # Room for larger numbers than those that were looked at.
    digits = min(38, max(found.digits + 6, 18))
    if found.digits > 38 or engine not in _TYPES:
        return types["text"]
    return f"{'DECIMAL' if engine == 'duckdb' else 'decimal'}({digits},{found.scale})"


def of_column(column: Column, engine: str) -> str:
    """The database's type for a typed column of a file (Parquet)."""
    if engine == "duckdb":
        return column.type
    sized = re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", column.type)
    if sized:
        return type_of(Guess("decimal", "", int(sized[1]), int(sized[2])), engine)
    kinds = {
        "BOOLEAN": "truth", "DOUBLE": "float", "FLOAT": "float", "BIGINT": "bigint", "UINTEGER": "bigint",
        "DATE": "date", "TIMESTAMP": "moment", "TIMESTAMP WITH TIME ZONE": "zoned", "UUID": "uuid",
        "BLOB": "bytes", "UBIGINT": "decimal", "HUGEINT": "decimal",
    }  # fmt: skip
    small = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT")
    kind = "integer" if column.type in small else kinds.get(column.type, "text")
    return type_of(Guess(kind, "", 20 if kind == "decimal" else 0), engine)


def table_ddl(grammar: Grammar, schema: str, name: str, columns: Sequence[FileColumn]) -> str:
    """CREATE TABLE for the file, one column a line."""
    lines = ",\n".join(f"    {grammar.name(column.name)} {column.type}" for column in columns)
    return f"CREATE TABLE {grammar.table(schema, name)} (\n{lines}\n)"
