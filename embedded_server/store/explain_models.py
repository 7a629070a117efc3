"""Tables of the workspace for explain: plans and trials. See models.py."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, String, Table, Text

from .models import metadata

# A plan that was shown or kept; `plan` is the wire's message.
plans = Table(
    "plan",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("sql", Text, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("trace", String, nullable=False),
    Column("pinned", Boolean, nullable=False),
    Column("measured", Boolean, nullable=False),
    Column("execution_ms", Float),
    Column("cost", Float),
    Column("plan", JSON, nullable=False),
)
Index("ix_plan_fingerprint", plans.c.fingerprint)

# What a trial made in a database, written before it is made, so that a killed one can be mended.
trials = Table(
    "trial",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("make", Text, nullable=False),
    Column("undo", Text, nullable=False),
    Column("state", String, nullable=False),
    Column("facts", JSON, nullable=False),
)
