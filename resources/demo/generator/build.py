"""Builds the shop's database: whole or not at all."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from flask import Flask
from shop import create_app
from shop.config import resolve_url
from shop.extensions import db
from sqlalchemy import Connection, Engine, ForeignKeyConstraint, event, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.schema import AddConstraint, DropConstraint

from .fill import Filler, Report
from .writer import Writer

# The file under construction is thrown away when anything fails, so it needs no journal.
SQLITE_BUILD = ("journal_mode=OFF", "synchronous=OFF", "cache_size=-65536")
STALE_AFTER = 3600  # seconds


class BuildError(Exception):
    """The target cannot be built; the text says why and what to do."""


def build(target: str, orders: int, seed: int, report: Report, replace: bool = False) -> dict[str, int]:
    """Create and fill the database at ``target``; returns the rows of each table.

    A SQLite file is built under a temporary name beside the target and renamed when it is complete. On a
    server the tables are migrated first, then all rows are written in one transaction.
    """
    if orders < 1:
        raise BuildError("The number of orders must be at least 1.")
    url = resolve_url(target, Path.cwd())
    if url.get_backend_name() == "sqlite":
        return _build_file(url, orders, seed, report, replace)
    return _build_on_server(url, orders, seed, report, replace)


def upgrade(app: Flask, revision: str = "head") -> None:
    """Run the migrations up to ``revision`` through Alembic."""
    with app.app_context():
        command.upgrade(app.extensions["migrate"].migrate.get_config(), revision)


def _build_file(url: URL, orders: int, seed: int, report: Report, replace: bool) -> dict[str, int]:
    target = Path(url.database or "")
    if target.exists() and not replace:
        raise BuildError(f"{target} exists; add --replace to build it anew.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(target)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        app = create_app(url.set(database=str(part)).render_as_string(hide_password=False))
        with app.app_context():
            event.listen(db.engine, "connect", _hurry)
            counts = _fill(app, db.engine, orders, seed, report)
            db.engine.dispose()
        if replace:
            for suffix in ("-journal", "-wal", "-shm"):
                target.with_name(target.name + suffix).unlink(missing_ok=True)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
        part.with_name(part.name + "-journal").unlink(missing_ok=True)
    return counts


def _hurry(connection: Any, _record: Any) -> None:
    for setting in SQLITE_BUILD:
        connection.execute(f"PRAGMA {setting}")


def _remove_stale(target: Path) -> None:
    """What a killed generator left behind; a running one touches its file all the time."""
    for part in target.parent.glob(f"{target.name}.*.part*"):
        if time.time() - part.stat().st_mtime > STALE_AFTER:
            part.unlink(missing_ok=True)


def _build_on_server(url: URL, orders: int, seed: int, report: Report, replace: bool) -> dict[str, int]:
    app = create_app(url.render_as_string(hide_password=False))
    with app.app_context():
        try:
            if _has_rows(db.engine) and not replace:
                raise BuildError("The database already holds orders; add --replace to empty it first.")
            return _fill(app, db.engine, orders, seed, report)
        finally:
            db.engine.dispose()


def _has_rows(engine: Engine) -> bool:
    with engine.connect() as connection:
        if not inspect(connection).has_table("orders"):
            return False
        orders = db.metadata.tables["orders"]
        return connection.scalar(select(func.count()).select_from(orders)) > 0


def _fill(app: Flask, engine: Engine, orders: int, seed: int, report: Report) -> dict[str, int]:
    report("schema", 0, 1)
    upgrade(app)
    report("schema", 1, 1)
    with engine.connect() as connection:
        _prepare(connection)
        counts = Filler(Writer(connection), seed, orders, report).run()
        _add_foreign_keys(connection)
        _continue_sequences(connection, counts)
        connection.connection.driver_connection.commit()
        connection.commit()
        report("statistics", 0, 1)
        _analyze(connection, counts)
        report("statistics", 1, 1)
    return counts


def _prepare(connection: Connection) -> None:
    """Set the connection up for bulk writing, and empty the tables inside the transaction that fills them."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"TRUNCATE {', '.join(db.metadata.tables)}")
        for key in _foreign_keys():
            connection.execute(DropConstraint(key))
    else:
        connection.exec_driver_sql("SET SESSION foreign_key_checks = 0, unique_checks = 0")
        for table in db.metadata.tables.values():
            connection.execute(table.delete())


def _add_foreign_keys(connection: Connection) -> None:
    """PostgreSQL checks all rows at once much faster than each row as it comes."""
    if connection.dialect.name == "postgresql":
        for key in _foreign_keys():
            connection.execute(AddConstraint(key))


def _foreign_keys() -> Iterator[ForeignKeyConstraint]:
    for table in db.metadata.sorted_tables:
        yield from sorted(table.foreign_key_constraints, key=lambda key: str(key.name))


def _continue_sequences(connection: Connection, counts: dict[str, int]) -> None:
    """PostgreSQL hands out the next number from a sequence that has not seen the rows."""
    if connection.dialect.name != "postgresql":
        return
    for name in counts:
        if "id" in db.metadata.tables[name].c and name != "sessions":
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
            )


def _analyze(connection: Connection, counts: dict[str, Any]) -> None:
    """Give the planner true statistics at once, as a database in use has them."""
    server = {"mysql": "ANALYZE TABLE {}", "mariadb": "ANALYZE TABLE {}"}.get(connection.dialect.name)
    for name in counts:
        connection.exec_driver_sql(server.format(name) if server else f"ANALYZE {name}")
    connection.commit()
