"""SET NOT NULL reads the whole table under a lock that lets nobody in."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L07"
TITLE = "SET NOT NULL scans the table under its strongest lock"
ENGINES = ("postgresql",)
BAD = 'op.alter_column("orders", "code", nullable=False)'
NEAR = 'op.alter_column("orders", "note", nullable=False)\nop.alter_column("orders", "code", nullable=True)'
TABLES = {"orders": {"rows": 104_117, "checks": ("note IS NOT NULL",)}}


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """A column of a table in use becomes NOT NULL, and no valid check has proved it already."""
    if operation.kind != "alter_column" or operation.named.get("nullable") is not False:
        return
    if around.is_new(operation.table):
        return
    column, table = operation.text("column"), around.table(operation.table)
    proof = f"{column} is not null"
    if any(proof in check.replace('"', "").lower() for check in table.checks):
        return
    yield finding(
        ID,
        operation,
        around,
        f"Making {operation.table}.{column} NOT NULL locks the table while it is read",
        f"ACCESS EXCLUSIVE: neither reads nor writes while {table.told()} are scanned.",
        f"Add CHECK ({column} IS NOT NULL) NOT VALID, validate it, then SET NOT NULL (which needs no scan),"
        " then drop the check.",
    )
