"""An index built on a table in use keeps writers out until it is done."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L01"
TITLE = "An index is built while writers wait"
ENGINES = ("postgresql",)
BAD = 'op.create_index("ix_orders_status", "orders", ["status"])'
NEAR = """
with op.get_context().autocommit_block():
    op.create_index("ix_orders_status", "orders", ["status"], postgresql_concurrently=True)
op.create_table("fresh", sa.Column("id", sa.Integer(), primary_key=True))
op.create_index("ix_fresh_id", "fresh", ["id"])
"""
TABLES = {"orders": {"rows": 104_117}}


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """A plain index on a table that was there before."""
    if operation.kind != "create_index" or operation.on("postgresql_concurrently"):
        return
    if around.is_new(operation.table):
        return
    table = around.table(operation.table)
    yield finding(
        ID,
        operation,
        around,
        f"Building {operation.text('name') or 'the index'} blocks every write to {operation.table}",
        f"A SHARE lock is held while {table.told()} are read and sorted.",
        "Build it in a revision of its own: with op.get_context().autocommit_block(): op.create_index(...,"
        " postgresql_concurrently=True).",
    )
