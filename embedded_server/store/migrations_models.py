"""Tables of the workspace for migrations: migration projects and what was run. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table

from .models import metadata

# A folder with Alembic migrations and how its tools are to be run.
projects = Table(
    "migration_project",
    metadata,
    Column("folder", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("settings", JSON, nullable=False),
)

# An apply, downgrade or rehearsal: every statement and how it ended.
applications = Table(
    "migration_run",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("project", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("trace", String, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("journal", JSON, nullable=False),
)
Index("ix_migration_run_project", applications.c.project)
