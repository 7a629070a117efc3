"""From a type's spelling to the `Kind` that decides alignment and viewers."""

from __future__ import annotations

import re
from functools import lru_cache

from embedded_server.wire.data import Kind

_WORDS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("array", ("ARRAY", "[]", "LIST", "VECTOR")),
    ("json", ("JSON", "VARIANT", "STRUCT", "MAP(", "HSTORE")),
    ("uuid", ("UUID", "UNIQUEIDENTIFIER", "GUID")),
    ("bool", ("BOOL",)),
    ("time", ("DATE", "TIME", "INTERVAL", "YEAR")),
    ("binary", ("BLOB", "BINARY", "BYTEA", "RAW", "IMAGE", "BIT VARYING", "GEOMETRY")),
    ("text", ("CHAR", "TEXT", "CLOB", "STRING", "ENUM", "SET(", "XML", "INET", "CIDR")),
    ("number", ("INT", "NUM", "DEC", "REAL", "FLOA", "DOUB", "MONEY", "SERIAL", "FIXED")),
)
_POINT = re.compile(r"\bPOINT\b")


@lru_cache(maxsize=4096)
def kind_of(type_name: str) -> Kind:
    """The kind of a type by its name, for names no engine file knows better; "other" if nothing fits."""
    upper = type_name.upper()
    if _POINT.search(upper):
        return "other"
    for kind, words in _WORDS:
        if any(word in upper for word in words):
            return kind
    return "other"
