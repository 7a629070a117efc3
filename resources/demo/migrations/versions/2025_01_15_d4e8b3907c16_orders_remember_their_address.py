"""Orders remember where they were shipped and when they last changed; payments keep the provider's answer.

Revision ID: d4e8b3907c16
Revises: 7f20c6a1d84b
Create Date: 2025-01-15 15:47:26.113059
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "d4e8b3907c16"
down_revision = "7f20c6a1d84b"
branch_labels = None
depends_on = None


def moment():
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def document():
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade():
    op.add_column("orders", sa.Column("shipping", document(), nullable=True))
    op.add_column("orders", sa.Column("updated_at", moment(), nullable=True))
    op.execute("UPDATE orders SET updated_at = created_at")
    with op.batch_alter_table("orders") as batch:
        batch.alter_column("updated_at", existing_type=moment(), nullable=False)
    op.add_column("payments", sa.Column("details", document(), nullable=True))


def downgrade():
    with op.batch_alter_table("payments") as batch:
        batch.drop_column("details")
    with op.batch_alter_table("orders") as batch:
        batch.drop_column("updated_at")
        batch.drop_column("shipping")
