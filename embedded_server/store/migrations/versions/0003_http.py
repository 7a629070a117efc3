"""Saved requests, environments, replays.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "request_draft",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
    )
    op.create_table(
        "environment",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("environment", sa.JSON(), nullable=False),
    )
    op.create_table(
        "replay_run",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_replay_run_trace", "replay_run", ["trace"])
    op.create_index("ix_replay_run_seq", "replay_run", ["seq"])
    op.create_table(
        "replay_answer",
        sa.Column("run", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop them again."""
    for table in ("replay_answer", "replay_run", "environment", "request_draft"):
        op.drop_table(table)
