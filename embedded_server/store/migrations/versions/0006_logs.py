"""Log sources.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "log_source",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Drop them again."""
    op.drop_table("log_source")
