"""Captured requests and what was done about them.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "trace",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.Float(), nullable=False),
        sa.Column("statements", sa.Integer(), nullable=False),
        sa.Column("shapes", sa.Integer(), nullable=False),
        sa.Column("sql_ms", sa.Float(), nullable=False),
        sa.Column("logs", sa.Integer(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("app", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("request_body", sa.String(), nullable=False),
        sa.Column("response_body", sa.String(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_trace_at", "trace", ["at", "id"])
    op.create_index("ix_trace_run", "trace", ["run"])
    op.create_index("ix_trace_route", "trace", ["route"])
    op.create_index("ix_trace_request_body", "trace", ["request_body"])
    op.create_index("ix_trace_response_body", "trace", ["response_body"])
    op.create_index("ix_trace_size", "trace", ["pinned", "at", "size"])
    op.create_table(
        "trace_body",
        sa.Column("hash", sa.String(), primary_key=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_trace_body_size", "trace_body", ["size"])
    op.create_table(
        "trace_statement",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("fingerprint", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("database", sa.Text(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("total_ms", sa.Float(), nullable=False),
        sa.Column("max_ms", sa.Float(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trace_statement_fingerprint", "trace_statement", ["fingerprint"])
    op.create_table(
        "trace_value",
        sa.Column("value", sa.String(), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trace_value_seq", "trace_value", ["seq"])
    op.create_table(
        "trace_route",
        sa.Column("app", sa.String(), primary_key=True),
        sa.Column("rule", sa.String(), primary_key=True),
        sa.Column("methods", sa.String(), primary_key=True),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
    )
    op.create_table(
        "step",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ref", sa.JSON()),
        sa.Column("facts", sa.JSON(), nullable=False),
    )
    op.create_index("ix_step_trace", "step", ["trace"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("step")
    op.drop_table("trace_route")
    op.drop_table("trace_value")
    op.drop_table("trace_statement")
    op.drop_table("trace_body")
    op.drop_table("trace")
