"""A foreign key that is checked at once locks both tables while every row is looked up."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L05"
TITLE = "A foreign key is checked while writers wait"
ENGINES = ("postgresql",)
BAD = 'op.create_foreign_key("fk_orders_customer", "orders", "customers", ["customer_id"], ["id"])'
NEAR = """
op.create_foreign_key("fk", "orders", "customers", ["customer_id"], ["id"], postgresql_not_valid=True)
op.execute("ALTER TABLE orders VALIDATE CONSTRAINT fk")
"""
TABLES = {"orders": {"rows": 104_117}, "customers": {"rows": 50_000}}


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """A validating foreign key from a table that was there before."""
    if operation.kind != "create_foreign_key" or operation.on("postgresql_not_valid"):
        return
    if around.is_new(operation.table):
        return
    referent = operation.text("referent")
    yield finding(
        ID,
        operation,
        around,
        f"The foreign key locks {operation.table} and {referent} against writing",
        f"A SHARE ROW EXCLUSIVE lock is held on both while {around.table(operation.table).told()} are read.",
        "Create it with postgresql_not_valid=True, and run ALTER TABLE ... VALIDATE CONSTRAINT in the next"
        " revision.",
    )
