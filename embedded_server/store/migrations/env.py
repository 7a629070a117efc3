"""Alembic environment of the workspace; the connection is handed over by `upgrade.py`."""

from alembic import context

from embedded_server.store.models import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
