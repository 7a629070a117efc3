"""Tables of the workspace for the console: saved statements. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table, Text

from .models import metadata

# A saved statement.
favourites = Table(
    "favourite",
    metadata,
    Column("id", String, primary_key=True),
    Column("folder", String, nullable=False),
    Column("name", String, nullable=False),
    Column("description", Text, nullable=False),
    Column("sql", Text, nullable=False),
    Column("params", JSON, nullable=False),
    Column("nulls", JSON, nullable=False),
    Column("connection", String, nullable=False),
    Column("at", String, nullable=False),
)
