"""A database as SQLAlchemy's inspector sees it, and revisions run as Alembic runs them."""

from __future__ import annotations

import re
import warnings
from typing import Any

import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from tests.health.databases import Database


def seen(database: Database) -> dict[str, Any]:
    """Tables and views with all their parts, in an order of their own."""
    engine = create_engine(make_url(database.url), poolclass=NullPool)
    try:
        with engine.connect() as connection, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _seen(connection)
    finally:
        engine.dispose()


def _seen(connection: Connection) -> dict[str, Any]:
    inspector: Any = inspect(connection)
    found: dict[str, Any] = {}
    others = inspector.get_schema_names() if connection.dialect.name == "postgresql" else []
    for schema in (None, *(name for name in others if name not in ("public", "information_schema"))):
        for table in sorted(inspector.get_table_names(schema=schema)):
            name = f"{schema}.{table}" if schema else table
            found[name] = _table(inspector, table, schema, connection)
    for view in sorted(inspector.get_view_names()):
        source = " ".join((inspector.get_view_definition(view) or "").split())
        found[f"view {view}"] = source.replace(f"`{connection.engine.url.database}`.", "")
    return found


def _table(inspector: Any, table: str, schema: str | None, connection: Connection) -> dict[str, Any]:
    place, engine = {"schema": schema}, connection.dialect.name
    return {
        "columns": [_column(one, connection) for one in inspector.get_columns(table, **place)],
        "key": list(inspector.get_pk_constraint(table, **place)["constrained_columns"]),
        "uniques": _listed(inspector.get_unique_constraints(table, **place), "name", "column_names"),
        "checks": _checks(inspector.get_check_constraints(table, **place), engine),
        "foreign": _foreign(inspector.get_foreign_keys(table, **place)),
        "indexes": _indexes(inspector.get_indexes(table, **place)),
        "comment": "" if engine == "sqlite" else _comment(inspector, table, place),
    }


def _column(one: dict[str, Any], connection: Connection) -> tuple[Any, ...]:
    kind = one["type"].compile(dialect=connection.dialect)
    computed = (one.get("computed") or {}).get("sqltext")
    return (one["name"], kind, one["nullable"], one.get("default"), one.get("comment"), computed)


def _listed(found: list[dict[str, Any]], *names: str) -> list[Any]:
    return sorted(([str(one.get(name)) for name in names] for one in found), key=repr)


def _checks(found: list[dict[str, Any]], engine: str) -> list[Any]:
    """DuckDB names checks by itself, whatever they were called."""
    texts = [re.sub(r"\s+", " ", one["sqltext"]).strip("() ") for one in found]
    return sorted(texts if engine == "duckdb" else zip(texts, (one["name"] for one in found), strict=True))


def _foreign(found: list[dict[str, Any]]) -> list[Any]:
    return sorted(
        (
            one["constrained_columns"],
            one["referred_table"],
            one["referred_columns"],
            sorted(one["options"].items()),
        )
        for one in found
    )


def _indexes(indexes: list[dict[str, Any]]) -> list[Any]:
    found = []
    for one in indexes:
        options = {name: value for name, value in one.get("dialect_options", {}).items() if value is not None}
        parts = one.get("expressions") or one["column_names"]
        found.append(
            (
                one["name"],
                [str(part) for part in parts],
                bool(one["unique"]),
                sorted(f"{name} {value}" for name, value in options.items()),
            )
        )
    return sorted(found)


def _comment(inspector: Any, table: str, place: dict[str, Any]) -> str:
    return str(inspector.get_table_comment(table, **place)["text"] or "")


def alembic(database: Database, code: str) -> None:
    """Run the body of a revision's function in one transaction, foreign keys of SQLite off around it."""
    engine = create_engine(make_url(database.url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if database.engine == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.commit()
            context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
            with context.begin_transaction(_per_migration=True), Operations.context(context):
                from alembic import op  # noqa: PLC0415
                from sqlalchemy.dialects import mysql, postgresql, sqlite  # noqa: PLC0415

                names = {"op": op, "sa": sa, "mysql": mysql, "postgresql": postgresql, "sqlite": sqlite}
                exec(code or "pass", names)
            connection.commit()
    finally:
        engine.dispose()
