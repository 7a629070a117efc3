"""What is known of the types of databases by their names, for conversions."""

from __future__ import annotations

import re

from embedded_server.wire.data import Column

_SIZED = re.compile(r"\((\d+)(?:,\s*(-?\d+))?\)")
TRUTH = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0"})
TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
RANGES = {
    "tinyint": 8, "smallint": 16, "int2": 16, "mediumint": 24, "integer": 32, "int": 32, "int4": 32,
    "bigint": 64, "int8": 64, "hugeint": 128,
}  # fmt: skip
FLOATS = frozenset({"real", "float", "double", "double precision", "float4", "float8"})
_PLACES = {"postgresql": 6, "mysql": 0, "duckdb": 6}


def words(column: Column) -> tuple[str, tuple[int | None, int | None]]:
    """The type in lower case without its sizes, and the sizes."""
    name = column.type.lower()
    sized = _SIZED.search(name)
    sizes = (int(sized[1]), int(sized[2]) if sized[2] else None) if sized else (None, None)
    return " ".join(_SIZED.sub("", name).split()), sizes


def bits_of(bits: int, engine: str) -> int:
    """Of a database that nothing is known of, the database itself says what is too large."""
    return bits if engine in _PLACES else 64


def places_of(word: str, digits: int | None, engine: str) -> int:
    """How many decimals of a second a type of times keeps."""
    if engine == "duckdb":
        return {"timestamp_s": 0, "timestamp_ms": 3, "timestamp_ns": 9, "time_ns": 9}.get(word, 6)
    return digits if digits is not None else _PLACES.get(engine, 6)
