"""A change of type that makes PostgreSQL write the table anew."""

from __future__ import annotations

import re
from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L09"
TITLE = "A change of type rewrites the table"
ENGINES = ("postgresql",)
BAD = 'op.alter_column("orders", "id", existing_type=sa.Integer(), type_=sa.BigInteger())'
NEAR = """
op.alter_column("orders", "status", existing_type=sa.String(20), type_=sa.String(length=40))
op.alter_column("orders", "status", existing_type=sa.VARCHAR(length=20), type_=sa.Text())
op.alter_column("orders", "total", existing_type=sa.Numeric(10, 2), type_=sa.Numeric(12, 2))
"""
TABLES = {"orders": {"rows": 104_117}}
_TEXTS = frozenset({"string", "varchar", "unicode", "text", "unicodetext", "autostring"})
_UNLIMITED = frozenset({"text", "unicodetext"})


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """Any new type but those PostgreSQL takes over by changing its catalogue alone."""
    if operation.kind != "alter_column" or "type" not in operation.named or around.is_new(operation.table):
        return
    old, new = operation.text("existing_type"), operation.text("type")
    if old and _is_free(old, new):
        return
    what = f"from {_short(old)} to {_short(new)}" if old else f"to {_short(new)}"
    table = around.table(operation.table)
    yield finding(
        ID,
        operation,
        around,
        f"Changing {operation.table}.{operation.text('column')} {what} rewrites the table",
        f"ACCESS EXCLUSIVE: neither reads nor writes while {table.told()} and indexes are written anew.",
        "Add a new column, fill it in batches, switch the code over, drop the old one.",
    )


def _is_free(old: str, new: str) -> bool:
    (before, had), (after, has) = _type(old), _type(new)
    if (before, had) == (after, has):
        return True
    if before in _TEXTS and after in _TEXTS:
        limit = has[0] if has and after not in _UNLIMITED else None
        if limit is None:
            return True
        return bool(had) and before not in _UNLIMITED and had[0] <= limit
    if before == after == "numeric":
        return len(had) == len(has) == 2 and had[1] == has[1] and had[0] <= has[0]
    return False


def _type(code: str) -> tuple[str, list[int]]:
    name = code.partition("(")[0].rpartition(".")[2].lower()
    return {"varchar": "string", "unicode": "string"}.get(name, name), [
        int(number) for number in re.findall(r"\b\d+\b", code.partition("(")[2])
    ]


def _short(code: str) -> str:
    return re.sub(r"\b(?:sa|sqlalchemy|postgresql|mysql)\.", "", code)
