"""What is dropped is gone, and code that still runs asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L13"
TITLE = "A table or column is dropped"
ENGINES = ()
BAD = 'op.drop_column("orders", "code")'
NEAR = """
op.create_table("scratch", sa.Column("id", sa.Integer(), primary_key=True))
op.drop_table("scratch")
op.drop_index("ix_orders_status", "orders")
"""
TABLES = {"orders": {"rows": 104_117}}


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """Any drop of a table that was there before, or of its columns."""
    if operation.kind not in ("drop_table", "drop_column") or around.is_new(operation.table):
        return
    column = operation.text("column") if operation.kind == "drop_column" else ""
    what = f"the values of {operation.table}.{column}" if column else f"the table {operation.table}"
    yield finding(
        ID,
        operation,
        around,
        f"Drops {what}: {around.table(operation.table).told()}",
        "No downgrade brings the data back, and running code that still uses it fails.",
        "Stop using it and deploy that first; keep a copy of the table.",
        loss=True,
    )
