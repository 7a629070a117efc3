"""Products get pictures, attributes and a weight.

Revision ID: 7f20c6a1d84b
Revises: c58a2f19b6e0
Create Date: 2024-09-11 11:31:08.746390
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

revision = "7f20c6a1d84b"
down_revision = "c58a2f19b6e0"
branch_labels = None
depends_on = None


def upgrade():
    document = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    picture = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
    op.add_column("products", sa.Column("weight_kg", sa.Double(), nullable=True))
    op.add_column("products", sa.Column("attributes", document, nullable=True))
    op.add_column("products", sa.Column("thumbnail", picture, nullable=True))


def downgrade():
    with op.batch_alter_table("products") as batch:
        batch.drop_column("thumbnail")
        batch.drop_column("attributes")
        batch.drop_column("weight_kg")
