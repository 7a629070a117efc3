"""Tables of the workspace for http: saved requests, environments, replays. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, String, Table

from .models import metadata

# A request being composed or imported; `draft` is the wire's message.
drafts = Table(
    "request_draft",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("folder", String, nullable=False),
    Column("at", String, nullable=False),
    Column("draft", JSON, nullable=False),
)

# Where requests are sent and how they log in; no secrets.
environments = Table(
    "environment",
    metadata,
    Column("name", String, primary_key=True),
    Column("environment", JSON, nullable=False),
)

# One replay of a captured request: what was asked, what was measured.
runs = Table(
    "replay_run",
    metadata,
    Column("id", String, primary_key=True),
    Column("trace", String, nullable=False),
    Column("at", String, nullable=False),
    Column("state", String, nullable=False),
    Column("request", JSON, nullable=False),
    Column("result", JSON, nullable=False),
)
Index("ix_replay_run_trace", runs.c.trace)
