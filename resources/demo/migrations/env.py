"""Alembic environment: runs in the context of the application (``flask --app shop db ...``)."""

import logging
from logging.config import fileConfig
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy.engine import Connection

config = context.config
if config.config_file_name and not logging.getLogger().handlers and not logging.getLogger("shop").handlers:
    fileConfig(config.config_file_name, disable_existing_loggers=False)

log = logging.getLogger("alembic.env")
migrate = current_app.extensions["migrate"]
engine = migrate.db.engine
url = engine.url.render_as_string(hide_password=False)
config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))


def drop_empty(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """``flask db migrate`` writes no file when models and database agree."""
    if getattr(config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives.clear()
        log.info("Models and database agree.")


def sqlite_foreign_keys(connection: Connection, on: bool) -> None:
    """Rebuilding a table must not fire ON DELETE CASCADE; SQLite ignores the pragma inside a transaction."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")
        connection.commit()


def run_offline() -> None:
    """Print SQL instead of running it."""
    context.configure(
        url=url, target_metadata=migrate.db.metadata, literal_binds=True, **migrate.configure_args
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    """Run against the application's database."""
    options = {"process_revision_directives": drop_empty, **migrate.configure_args}
    with engine.connect() as connection:
        sqlite_foreign_keys(connection, on=False)
        try:
            context.configure(connection=connection, target_metadata=migrate.db.metadata, **options)
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            sqlite_foreign_keys(connection, on=True)


if context.is_offline_mode():
    run_offline()
else:
    run_online()
