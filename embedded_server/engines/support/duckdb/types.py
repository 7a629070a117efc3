"""DuckDB's types: which of them Python's values carry exactly, and their kinds."""

from __future__ import annotations

import re

from embedded_server.engines.support.kinds import kind_of
from embedded_server.wire.data import Kind

INTEGERS = frozenset(
    {
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
    }
)
# Read as they are. Everything else is read as DuckDB's own text, for Python's values lose infinity,
# years before 1, nanoseconds, months of an interval, the shortest form of a FLOAT...
EXACT = INTEGERS | {"BOOLEAN", "DOUBLE"}
TEXTS = frozenset({"VARCHAR", "JSON"})
# Text that casts back to the same value and compares as the type does.
CASTABLE = frozenset(
    {
        "FLOAT",
        "DATE",
        "TIME",
        "TIME_NS",
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "TIMESTAMP WITH TIME ZONE",
        "TIME WITH TIME ZONE",
        "INTERVAL",
        "UUID",
        "BIT",
        "BIGNUM",
    }
)


# Arrays of a fixed length, and what may only look like one: names and labels in quotes.
_FIXED = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|\[\d+\]")
_NUMBERS = re.compile(
    r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|BOOLEAN|DECIMAL\([\d,]+\))[\[\]\d]+"
)


def text_of(term: str, type_name: str) -> str:
    """A term of this type as DuckDB's own text.

    An array of fixed length is written as the list that it is: only there DuckDB puts texts into quotes, so
    that NULL and the text NULL, one text and two, do not look alike."""
    if "]" in type_name and _NUMBERS.fullmatch(type_name) is None:
        as_list = _FIXED.sub(lambda found: "[]" if found[0].startswith("[") else found[0], type_name)
        term = term if as_list == type_name else f"CAST({term} AS {as_list})"
    return f"CAST({term} AS VARCHAR)"


def duckdb_kind(type_name: str) -> Kind:
    """The kind by the catalogue's spelling of a type."""
    if type_name.endswith("]"):
        return "array"
    if type_name.startswith(("STRUCT", "MAP", "UNION")):
        return "json"
    if type_name in INTEGERS or type_name in ("FLOAT", "DOUBLE", "BIGNUM") or type_name.startswith("DECIMAL"):
        return "number"
    if type_name.startswith("GEOMETRY"):
        return "other"  # bytes elsewhere, here a text
    return kind_of(type_name) if type_name != "BIT" else "binary"
