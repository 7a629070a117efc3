"""Schema operations as SQL of each database and as the code of a revision: by SQLAlchemy and Alembic."""
