"""CREATE INDEX CONCURRENTLY cannot run inside a transaction."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L02"
TITLE = "CONCURRENTLY inside a transaction"
ENGINES = ("postgresql",)
BAD = 'op.create_index("ix_orders_status", "orders", ["status"], postgresql_concurrently=True)'
NEAR = """
with op.get_context().autocommit_block():
    op.execute("CREATE INDEX CONCURRENTLY ix_orders_status ON orders (status)")
"""
TABLES = {"orders": {"rows": 5}}


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """A concurrent build or drop outside of an autocommit block."""
    if operation.kind not in ("create_index", "drop_index") or operation.autocommit:
        return
    if operation.on("postgresql_concurrently"):
        yield finding(
            ID,
            operation,
            around,
            f"{operation.text('name') or 'The index'} cannot be built concurrently inside a transaction",
            "PostgreSQL refuses it, and the revision fails.",
            "Put it into: with op.get_context().autocommit_block().",
            always="error",
        )
