"""Tables of the workspace for trace: captured requests and what was done about them. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text

from .models import metadata

# One request with everything it caused; `record` is the packed `wire.trace.Trace` without bodies, which are
# named by their hash ("" for none).
traces = Table(
    "trace",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("id", String, nullable=False, unique=True),
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
    Column("request_body", String, nullable=False),
    Column("response_body", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
)
Index("ix_trace_at", traces.c.at, traces.c.id)
Index("ix_trace_run", traces.c.run)
Index("ix_trace_route", traces.c.route)
Index("ix_trace_request_body", traces.c.request_body)
Index("ix_trace_response_body", traces.c.response_body)
# How much there is and what goes first, answered from the index alone.
Index("ix_trace_size", traces.c.pinned, traces.c.at, traces.c.size)

# Bodies of requests and responses, each kept once.
bodies = Table(
    "trace_body",
    metadata,
    Column("hash", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("ix_trace_body_size", bodies.c.size)

# One row per trace and fingerprint: what the slow statements of all requests are. `number` is the slowest.
statements = Table(
    "trace_statement",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("fingerprint", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("database", Text, nullable=False),
    Column("route", String, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("total_ms", Float, nullable=False),
    Column("max_ms", Float, nullable=False),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_trace_statement_fingerprint", statements.c.fingerprint)

# Bound values of captured statements, to find the requests that touched a row.
values = Table(
    "trace_value",
    metadata,
    Column("value", String, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_trace_value_seq", values.c.seq)

# Routes that applications declare, called or not.
routes = Table(
    "trace_route",
    metadata,
    Column("app", String, primary_key=True),
    Column("rule", String, primary_key=True),
    Column("methods", String, primary_key=True),
    Column("endpoint", String, nullable=False),
    Column("file", String, nullable=False),
    Column("line", Integer, nullable=False),
)

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
