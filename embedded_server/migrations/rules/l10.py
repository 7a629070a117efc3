"""A default that differs from row to row is computed for every row while the table is written anew."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L10"
TITLE = "A volatile default rewrites the table"
ENGINES = ("postgresql",)
BAD = 'op.add_column("orders", sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))'
NEAR = """
op.add_column("orders", sa.Column("seen_at", sa.DateTime(), server_default=sa.func.now()))
op.add_column("orders", sa.Column("state", sa.String(8), server_default="new", nullable=False))
"""
TABLES = {"orders": {"rows": 104_117}}
VOLATILE = ("clock_timestamp", "gen_random_uuid", "uuid_generate_v", "random(", "timeofday", "nextval")


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """A new column with a volatile default on a table that was there before."""
    if operation.kind != "add_column" or around.is_new(operation.table):
        return
    for column in operation.columns:
        if any(word in column.default.lower() for word in VOLATILE):
            yield finding(
                ID,
                operation,
                around,
                f"The default of {operation.table}.{column.name} rewrites the table",
                f"ACCESS EXCLUSIVE while {around.table(operation.table).told()} are written anew.",
                "Add the column without it, set the default, then fill the old rows in batches.",
            )
