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
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
    )
    op.create_index("ix_replay_run_trace", "replay_run", ["trace"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("replay_run")
    op.drop_table("environment")
    op.drop_table("request_draft")
