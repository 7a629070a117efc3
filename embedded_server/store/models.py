"""Tables of the workspace. A change here needs a revision in `migrations/versions`.

The tables of one capability stand in `<capability>_models.py`, with a revision of their own.
Plain tables, no mapped classes: the object-relational part would lengthen every start by a third.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, MetaData, String, Table, Text

# The newest revision in migrations/versions; a test compares the two.
HEAD = "0007"

metadata = MetaData()

# A saved connection; never holds a password.
connections = Table(
    "connection",
    metadata,
    Column("name", String, primary_key=True),
    Column("url", Text, nullable=False),
    Column("class", String, nullable=False),
    Column("read_only", Boolean, nullable=False),
    Column("color", String, nullable=False),
    Column("options", JSON, nullable=False),
    Column("zone", String, nullable=False),
    Column("has_secret", Boolean, nullable=False),
    Column("last_used", String, nullable=False),
)

# A statement that was run.
history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("sql", Text, nullable=False),
    Column("elapsed_ms", Float, nullable=False),
    Column("count", Integer),
    Column("error", Text, nullable=False),
    Column("origin", String, nullable=False),
)
Index("ix_history_connection_id", history.c.connection, history.c.id)
