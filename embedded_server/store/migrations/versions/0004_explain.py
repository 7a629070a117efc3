"""Plans and trials.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "plan",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("sql", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("measured", sa.Boolean(), nullable=False),
        sa.Column("execution_ms", sa.Float()),
        sa.Column("cost", sa.Float()),
        sa.Column("plan", sa.JSON(), nullable=False),
    )
    op.create_index("ix_plan_fingerprint", "plan", ["fingerprint"])
    op.create_table(
        "trial",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("make", sa.Text(), nullable=False),
        sa.Column("undo", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("trial")
    op.drop_table("plan")
