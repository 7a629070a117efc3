"""Names for what was given none: readable, and short enough for every database."""

from __future__ import annotations

import hashlib
import re

LONGEST = 63
_PLAIN = re.compile(r"\w+")


def index_name(table: str, columns: list[str]) -> str:
    """`ix_table_column_column`."""
    words = [_PLAIN.findall(column) for column in columns]
    return cut("_".join(["ix", table, *(word[0] for word in words if word)]))


def constraint_name(table: str, columns: list[str], kind: str) -> str:
    """`table_column_kind`, as PostgreSQL would call it: kind is key, fkey, check or pkey."""
    return cut("_".join([table, *columns, kind]))


def cut(name: str) -> str:
    """A name of at most 63 bytes; a longer one ends in a mark of the whole."""
    if len(name.encode()) <= LONGEST:
        return name
    mark = "_" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return name.encode()[: LONGEST - len(mark)].decode("utf-8", "ignore") + mark
