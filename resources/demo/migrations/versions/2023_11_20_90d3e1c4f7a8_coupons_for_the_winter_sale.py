"""Coupons for the winter sale; orders remember code and discount.

Revision ID: 90d3e1c4f7a8
Revises: b27f0d5533ae
Create Date: 2023-11-20 16:05:51.004410
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "90d3e1c4f7a8"
down_revision = "b27f0d5533ae"
branch_labels = None
depends_on = None


def moment():
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade():
    op.create_table(
        "coupons",
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("starts_at", moment(), nullable=False),
        sa.Column("ends_at", moment(), nullable=True),
        sa.Column("used", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_coupons"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
    op.add_column("orders", sa.Column("coupon", sa.String(20), nullable=True))
    op.add_column("orders", sa.Column("discount", sa.Numeric(12, 2), server_default="0", nullable=False))
    op.add_column("orders", sa.Column("note", sa.Text(), nullable=True))


def downgrade():
    with op.batch_alter_table("orders") as batch:
        batch.drop_column("note")
        batch.drop_column("discount")
        batch.drop_column("coupon")
    op.drop_table("coupons")
