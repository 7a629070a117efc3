"""Tables of the workspace for http: saved requests, environments, replays. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Index, Integer, LargeBinary, String, Table, Text

from .models import metadata

# A request being composed or imported; `draft` is the wire's message.
drafts = Table(
    "request_draft",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("folder", String, nullable=False),
    Column("at", String, nullable=False),
    Column("words", Text, nullable=False),
    Column("draft", JSON, nullable=False),
)

# Where requests are sent and how they log in; no secrets.
environments = Table(
    "environment",
    metadata,
    Column("name", String, primary_key=True),
    Column("environment", JSON, nullable=False),
)

# One replay of a captured request: `record` is the packed `store.requests.RunRecord`.
runs = Table(
    "replay_run",
    metadata,
    Column("id", String, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("trace", String, nullable=False),
    Column("summary", JSON, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
Index("ix_replay_run_trace", runs.c.trace)
Index("ix_replay_run_seq", runs.c.seq)

# Answers of a run that are kept whole: the first two, and one of each kind; packed `wire.http.Answer`.
answers = Table(
    "replay_answer",
    metadata,
    Column("run", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("answer", LargeBinary, nullable=False),
)
