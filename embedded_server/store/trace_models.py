"""Tables of the workspace for trace: captured requests and what was done about them. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from .models import metadata

# One request with everything it caused; `record` is the packed `wire.trace.Trace` without bodies.
traces = Table(
    "trace",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("source", String, nullable=False),
    Column("method", String, nullable=False),
    Column("target", Text, nullable=False),
    Column("route", String, nullable=False),
    Column("status", Integer, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Column("statements", Integer, nullable=False),
    Column("shapes", Integer, nullable=False),
    Column("sql_ms", Float, nullable=False),
    Column("logs", Integer, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("app", String, nullable=False),
    Column("host", String, nullable=False),
    Column("run", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("size", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
Index("ix_trace_at", traces.c.at)
Index("ix_trace_run", traces.c.run)
Index("ix_trace_route", traces.c.route)

# Bodies of requests and responses, each kept once.
bodies = Table(
    "trace_body",
    metadata,
    Column("hash", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

# Bound values of captured statements, to find the requests that touched a row.
values = Table(
    "trace_value",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("value", String, nullable=False),
    Column("trace", String, nullable=False),
    Column("number", Integer, nullable=False),
)
Index("ix_trace_value_value", values.c.value)
Index("ix_trace_value_trace", values.c.trace)

# Stations of the way from slow to proven, by trace.
steps = Table(
    "step",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("trace", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("at", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("ref", JSON),
    Column("facts", JSON, nullable=False),
)
Index("ix_step_trace", steps.c.trace)
