"""A NOT NULL column without a default has no value for the rows that are there."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L12"
TITLE = "A required column without a default"
ENGINES = ()
BAD = 'op.add_column("orders", sa.Column("channel", sa.String(10), nullable=False))'
NEAR = """
op.add_column("orders", sa.Column("channel", sa.String(10), nullable=False, server_default="web"))
op.add_column("orders", sa.Column("number", sa.Integer(), sa.Identity(), nullable=False))
op.add_column("orders", sa.Column("note", sa.Text()))
op.add_column("drafts", sa.Column("channel", sa.String(10), nullable=False))
"""
TABLES = {"orders": {"rows": 3}, "drafts": {"rows": 0}}


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """Refused by the database as soon as there is one row (MySQL invents a value instead)."""
    if operation.kind != "add_column" or around.is_new(operation.table):
        return
    table = around.table(operation.table)
    if table.rows == 0:
        return
    for column in operation.columns:
        if column.nullable or column.default or column.generated:
            continue
        yield finding(
            ID,
            operation,
            around,
            f"{operation.table}.{column.name} must have a value, and {table.told()} have none",
            "MySQL and MariaDB invent one." if around.engine == "mysql" else "The statement fails.",
            "Give it a server_default, or add it nullable, fill it, and make it NOT NULL afterwards.",
            always="error" if table.rows else "warn",
        )
