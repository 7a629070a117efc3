"""A SQLite database in memory with the tables of another and none of its rows: changes are tried on it."""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Iterable
from typing import Any, cast

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Inspector, create_engine, event, exc, inspect
from sqlalchemy.pool import StaticPool

from embedded_server.wire.ddl import KeySpec
from embedded_server.wire.problem import problem

from .statements import invoke

_CHANGES = re.compile(r"\s*(?:CREATE|ALTER|DROP|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
_ORDER = {"table": 0, "index": 1, "view": 2, "trigger": 3}


class Shadow:
    """`objects` are rows of sqlite_master: type, name, table, SQL. Close it."""

    def __init__(self, objects: Iterable[tuple[str, str, str, str]]) -> None:
        self._engine = create_engine("sqlite://", poolclass=StaticPool)
        self._connection: Connection = self._engine.connect()
        raw = self._raw()
        raw.isolation_level = None
        raw.create_function("regexp", 2, lambda *_: 0, deterministic=True)
        raw.create_function("casefold", 1, lambda value: value, deterministic=True)
        self.left_out: list[str] = []
        for kind, name, _, sql in sorted(objects, key=lambda one: _ORDER.get(one[0], 4)):
            if not sql or name.startswith("sqlite_"):
                continue
            try:
                raw.execute(sql)
            except sqlite3.Error:
                # A virtual table's module, a function of an application: what depends on it says so.
                self.left_out.append(f"{kind} {name}")
        self._sent: list[str] = []
        event.listen(self._engine, "before_cursor_execute", self._heard)

    def _raw(self) -> sqlite3.Connection:
        connection: Any = self._connection.connection.dbapi_connection
        return cast("sqlite3.Connection", connection)

    def _heard(self, _c: Any, _u: Any, statement: str, *_: Any) -> None:
        if _CHANGES.match(statement):
            self._sent.append(statement.strip())

    def run(self, steps: list[Any]) -> list[str]:
        """Change the shadow; the statements it took. Raises schema.invalid with SQLite's own words."""
        self._sent = []
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                operations = Operations(MigrationContext.configure(self._connection))
                for step in steps:
                    invoke(operations, step)
        except exc.DBAPIError as error:
            raise problem("schema.invalid", detail=str(error.orig)) from error
        except (exc.SQLAlchemyError, ValueError, KeyError, RuntimeError) as error:
            raise problem("schema.invalid", detail=str(error).strip("'\"")) from error
        return self._sent

    def listing(self) -> list[tuple[str, str, str, str]]:
        """Type, name, table and SQL of what is there now, in the order in which it was made."""
        sql = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
        return list(self._raw().execute(sql))

    def objects(self) -> dict[tuple[str, str], str]:
        """What is there now: SQL by type and name."""
        return {(kind, name): sql for kind, name, _, sql in self.listing()}

    def close(self) -> None:
        """Forget it."""
        self._connection.close()
        self._engine.dispose()

    # --- how SQLAlchemy, and so Alembic, sees a table ----------------------------------------------------

    def _inspector(self) -> Inspector:
        found = inspect(self._connection)
        assert isinstance(found, Inspector)
        return found

    def key(self, table: str) -> KeySpec | None:
        """The primary key."""
        found: Any = self._inspector().get_pk_constraint(table)
        columns = list(found["constrained_columns"])
        return KeySpec(columns, found["name"] or "") if columns else None

    def uniques(self, table: str) -> dict[tuple[str, ...], str]:
        """Names of unique constraints by their columns: SQLite's own lists have none."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._inspector().get_unique_constraints(table)
        return {tuple(map(str, one["column_names"])): one["name"] or "" for one in found}

    def foreign_keys(self, table: str) -> dict[tuple[str, ...], str]:
        """Names of foreign keys by their columns."""
        found = self._inspector().get_foreign_keys(table)
        return {tuple(one["constrained_columns"]): one["name"] or "" for one in found}

    def computed(self, table: str) -> dict[str, str]:
        """Expressions of generated columns."""
        found: list[Any] = list(self._inspector().get_columns(table))
        return {one["name"]: one["computed"]["sqltext"] for one in found if one.get("computed")}
