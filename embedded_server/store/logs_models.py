"""Tables of the workspace for logs: log sources. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Column, String, Table

from .models import metadata

# A log that was opened, and how it is read.
sources = Table(
    "log_source",
    metadata,
    Column("source", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("format", String, nullable=False),
    Column("settings", JSON, nullable=False),
)
