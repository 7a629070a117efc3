"""Databases of all engines, filled by their own drivers."""

from __future__ import annotations

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import psycopg
import pymysql
import pytest

from embedded_server.services import Services

ENGINES = ("sqlite", "postgresql", "mysql", "duckdb")
NUMBERS = {
    "postgresql": "generate_series(1, 20000) AS t(n)",
    "mysql": "(SELECT seq AS n FROM seq_1_to_20000) AS t",
    "duckdb": "(SELECT range AS n FROM range(1, 20001)) AS t",
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000)"
    " SELECT n FROM c) AS t",
}
_names = itertools.count(1)


def fresh_name() -> str:
    return f"h{os.getpid()}_{next(_names)}"


class Database:
    """One database: `url` for Backlight, `run` with the engine's own driver."""

    def __init__(self, engine: str, url: str) -> None:
        self.engine = engine
        self.url = url

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements one by one; the rows of the last one."""
        filled = [sql.replace("{numbers}", NUMBERS[self.engine]) for sql in statements]
        parts = [part for sql in filled for part in sql.split("; ")]
        return list(getattr(self, f"_{self.engine}")(parts))

    def _sqlite(self, statements: Iterable[str]) -> list[Any]:
        connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = OFF")
            return [connection.execute(sql).fetchall() for sql in statements][-1]
        finally:
            connection.close()

    def _duckdb(self, statements: Iterable[str]) -> list[Any]:
        with duckdb.connect(self.url.removeprefix("duckdb:///")) as connection:
            return [connection.execute(sql).fetchall() for sql in statements][-1]

    def _postgresql(self, statements: Iterable[str]) -> list[Any]:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            rows: list[Any] = []
            for sql in statements:
                cursor = connection.execute(sql.encode())
                rows = cursor.fetchall() if cursor.description else []
            return rows

    def _mysql(self, statements: Iterable[str]) -> list[Any]:
        connection = maria(self.url)
        rows: list[Any] = []
        with connection, connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)
                rows = list(cursor.fetchall())
        return rows


def maria(url: str) -> pymysql.Connection:
    """A connection of MariaDB's own kind."""
    parts = urlsplit(url)
    query = dict(part.split("=", 1) for part in parts.query.split("&"))
    return pymysql.connect(
        unix_socket=unquote(query["unix_socket"]),
        user=parts.username or "root",
        database=parts.path.lstrip("/"),
        autocommit=True,
    )


def file_database(engine: str, folder: Path) -> Database:
    """An empty file."""
    path = folder / f"{fresh_name()}.{'db' if engine == 'sqlite' else 'duckdb'}"
    if engine == "sqlite":
        path.touch()
    else:
        duckdb.connect(str(path)).close()
    return Database(engine, f"{engine}:///{path}")


@contextmanager
def databases(
    server: Callable[[str], Any], services: Services, folder: Path
) -> Iterator[Callable[[str], Database]]:
    """Makes a fresh database of an engine at each asking; all are dropped at the end."""
    made: list[tuple[str, str]] = []

    def make(engine: str) -> Database:
        if engine in ("sqlite", "duckdb"):
            return file_database(engine, folder)
        name = fresh_name()
        server(engine).execute(f"create database {name}")
        made.append((engine, name))
        return Database(engine, server(engine).url(name))

    yield make
    for engine, name in made:
        services.disconnect(server(engine).url(name))
        force = " with (force)" if engine == "postgresql" else ""
        server(engine).execute(f"drop database if exists {name}{force}")


def server_of(request: pytest.FixtureRequest, engine: str) -> Any:
    """The running server of an engine."""
    return request.getfixturevalue("pg_server" if engine == "postgresql" else "mariadb_server")
