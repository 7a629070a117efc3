"""Migration projects and what was run.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "migration_project",
        sa.Column("folder", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
    )
    op.create_table(
        "migration_run",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("journal", sa.JSON(), nullable=False),
    )
    op.create_index("ix_migration_run_project", "migration_run", ["project"])


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("migration_run")
    op.drop_table("migration_project")
