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
        sa.Column("id", sa.String(), primary_key=True),
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
        sa.Column("record", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_trace_at", "trace", ["at"])
    op.create_index("ix_trace_run", "trace", ["run"])
    op.create_index("ix_trace_route", "trace", ["route"])
    op.create_table(
        "trace_body",
        sa.Column("hash", sa.String(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "trace_value",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.create_index("ix_trace_value_value", "trace_value", ["value"])
    op.create_index("ix_trace_value_trace", "trace_value", ["trace"])
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
    op.drop_table("trace_value")
    op.drop_table("trace_body")
    op.drop_table("trace")
