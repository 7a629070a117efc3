"""Views for the report: revenue_by_day and stock_low.

Revision ID: a9507d2e3bc4
Revises: d4e8b3907c16
Create Date: 2025-06-30 13:19:55.870231
"""

from alembic import op

revision = "a9507d2e3bc4"
down_revision = "d4e8b3907c16"
branch_labels = None
depends_on = None

DAY = {"postgresql": "CAST(created_at AT TIME ZONE 'UTC' AS date)"}


def upgrade():
    day = DAY.get(op.get_context().dialect.name, "DATE(created_at)")
    op.execute(
        f"""
        CREATE VIEW revenue_by_day AS
        SELECT {day} AS day,
               COUNT(*) AS orders,
               ROUND(SUM(CASE WHEN status = 'refunded' THEN 0 ELSE amount END), 2) AS revenue,
               ROUND(SUM(CASE WHEN status = 'refunded' THEN amount ELSE 0 END), 2) AS refunded
        FROM orders
        WHERE status <> 'cancelled'
        GROUP BY {day}
        """
    )
    op.execute(
        """
        CREATE VIEW stock_low AS
        SELECT p.id, p.sku, p.name, c.name AS category, p.stock, p.reorder_level
        FROM products p
        JOIN categories c ON c.id = p.category_id
        WHERE p.active AND p.stock <= p.reorder_level
        """
    )


def downgrade():
    op.execute("DROP VIEW stock_low")
    op.execute("DROP VIEW revenue_by_day")
