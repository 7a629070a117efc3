"""SQLite rebuilds a table by dropping it: rows that refer to it go with it."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.migrations.checking import Around, finding
from embedded_server.migrations.operations import Operation
from embedded_server.wire.migrations import Finding

ID = "L29"
TITLE = "Rebuilding the table deletes rows that refer to it"
ENGINES = ("sqlite",)
BAD = """
with op.batch_alter_table("customers") as batch:
    batch.alter_column("name", type_=sa.Text())
"""
NEAR = """
with op.batch_alter_table("customers") as batch:
    batch.add_column(sa.Column("nick", sa.Text()))
    batch.create_index("ix_nick", ["nick"])
with op.batch_alter_table("orders") as batch:
    batch.alter_column("note", type_=sa.Text())
"""
TABLES = {"customers": {"rows": 3, "cascades": {"orders": "CASCADE"}}, "orders": {"rows": 3}}
# Batches of these alone need no new table.
_IN_PLACE = frozenset({"add_column", "create_index", "drop_index"})
_HARMFUL = ("CASCADE", "SET NULL", "SET DEFAULT")


def check(operation: Operation, around: Around) -> Iterator[Finding]:
    """A rebuild of a table that others refer to with ON DELETE CASCADE, SET NULL or SET DEFAULT."""
    if not operation.batch or operation.kind in _IN_PLACE:
        return
    hit = {
        name: action
        for name, action in around.table(operation.table).cascades.items()
        if action.upper() in _HARMFUL
    }
    if hit:
        listed = ", ".join(f"{name} (ON DELETE {action})" for name, action in sorted(hit.items()))
        yield finding(
            ID,
            operation,
            around,
            f"Rebuilding {operation.table} empties what refers to it: {', '.join(sorted(hit))}",
            f"With foreign keys on, dropping the old table fires {listed}. Nothing is reported.",
            'Apply with "Foreign keys off": off around the transaction, checked before its end.',
            always="error",
        )
