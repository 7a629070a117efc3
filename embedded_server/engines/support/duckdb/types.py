"""DuckDB's types: which of them Python's values carry exactly, and their kinds."""

from __future__ import annotations

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


def duckdb_kind(type_name: str) -> Kind:
    """The kind by the catalogue's spelling of a type."""
    if type_name.endswith("]"):
        return "array"
    if type_name.startswith(("STRUCT", "MAP", "UNION")):
        return "json"
    if type_name in INTEGERS or type_name in ("FLOAT", "DOUBLE", "BIGNUM") or type_name.startswith("DECIMAL"):
        return "number"
    return kind_of(type_name) if type_name != "BIT" else "binary"
