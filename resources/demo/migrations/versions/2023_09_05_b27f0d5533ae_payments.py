"""Payments have their own table: an order may need several attempts.

Revision ID: b27f0d5533ae
Revises: 4a1c7be02d91
Create Date: 2023-09-05 14:40:03.902117
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "b27f0d5533ae"
down_revision = "4a1c7be02d91"
branch_labels = None
depends_on = None


def moment():
    return sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def big_id():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade():
    op.create_table(
        "payments",
        sa.Column("id", big_id(), nullable=False),
        sa.Column("order_id", big_id(), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("reference", sa.String(36), nullable=False),
        sa.Column("created_at", moment(), nullable=False),
        sa.Column("captured_at", moment(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_payments_order_id_orders"),
        sa.PrimaryKeyConstraint("id", name="pk_payments"),
        sa.UniqueConstraint("reference", name="uq_payments_reference"),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
    )
    op.create_index("ix_payments_order_id", "payments", ["order_id"])


def downgrade():
    op.drop_table("payments")
