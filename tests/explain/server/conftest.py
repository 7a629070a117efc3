"""The handlers of explain in this process, on real databases."""

from __future__ import annotations

import itertools
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from embedded_server.explain.service import HANDLERS
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.explain import STATEMENT, StatementRequest, StatementResponse
from embedded_server.wire.problem import Problem, ProblemError
from tests.servers.postgres import PostgresServer

_calls = itertools.count(1)
NUMBERS = {
    "postgresql": "generate_series(1, 200000) AS t(n)",
    "sqlite": "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200000)"
    " SELECT n FROM c)",
}


class Desk:
    """Asks as the server would. `url` is the database."""

    def __init__(self, services: Services, url: str, engine: str) -> None:
        self.services = services
        self.url = url
        self.engine = engine

    def call(self, endpoint: Endpoint[Any, Any], request: Any, call_id: str = "") -> Any:
        call = Call(call_id or f"e{next(_calls)}", endpoint.name, self.services)
        with self.services.jobs.running(call):
            return HANDLERS[endpoint](request, call)

    def explain(self, sql: str, params: Any = None, **fields: Any) -> StatementResponse:
        return self.call(STATEMENT, StatementRequest(connection=self.url, sql=sql, params=params, **fields))

    def refused(self, sql: str, params: Any = None, **fields: Any) -> Problem:
        with pytest.raises(ProblemError) as caught:
            self.explain(sql, params, **fields)
        return caught.value.problem

    def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements on a session of their own; the rows of the last one."""
        filled = [sql.replace("{numbers}", NUMBERS[self.engine]) for sql in statements]
        if self.engine == "sqlite":
            connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), isolation_level=None)
            try:
                connection.execute("PRAGMA synchronous = OFF")
                return [connection.execute(sql).fetchall() for sql in filled][-1]
            finally:
                connection.close()
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as other:
            rows: list[tuple[Any, ...]] = []
            # Foreign keys are not checked row by row while tables are filled.
            other.execute("SET session_replication_role = replica")
            for sql in filled:
                cursor = other.execute(sql.encode())
                rows = cursor.fetchall() if cursor.description else []
            return rows


class Originals:
    """Databases filled once in a file of tests; each test gets a copy, which is made ten times as fast."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        self._request = request
        self._folder = folder
        self._made: dict[tuple[str, tuple[str, ...]], str] = {}

    def copy(self, services: Services, engine: str, statements: tuple[str, ...]) -> Desk:
        """A fresh database in which these statements ran."""
        make = self._lite if engine == "sqlite" else self._postgres
        if (engine, statements) not in self._made:
            url = make("")
            Desk(services, url, engine).run(*statements)
            self._made[engine, statements] = url
        return Desk(services, make(self._made[engine, statements]), engine)

    def drop(self, url: str) -> None:
        if url.startswith("postgresql"):
            self._server().execute(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def close(self) -> None:
        for url in self._made.values():
            self.drop(url)

    def _server(self) -> PostgresServer:
        return self._request.getfixturevalue("pg_server")

    def _lite(self, original: str) -> str:
        path = self._folder / f"{next(_calls)}.db"
        if original:
            shutil.copy(original.removeprefix("sqlite:///"), path)
        else:
            path.touch()
        return f"sqlite:///{path}"

    def _postgres(self, original: str) -> str:
        name = f"e{os.getpid()}_{next(_calls)}"
        made = f" TEMPLATE {_name(original)} STRATEGY file_copy" if original else ""
        self._server().execute(f"CREATE DATABASE {name}{made}")
        return self._server().url(name)


def _name(url: str) -> str:
    """The database's name in a URL."""
    return url.split("?")[0].rsplit("/", 1)[-1]


@pytest.fixture(scope="module")
def originals(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Originals]:
    made = Originals(request, tmp_path_factory.mktemp("originals"))
    yield made
    made.close()


Copied = Callable[..., Desk]


@pytest.fixture
def copied(originals: Originals, services: Services) -> Iterator[Copied]:
    """A database of the engine in which the statements ran: its own, for the test to change."""
    given: list[Desk] = []

    def act(engine: str, *statements: str) -> Desk:
        given.append(originals.copy(services, engine, statements))
        return given[-1]

    yield act
    for desk in given:
        originals.drop(desk.url)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services(Workspace(tmp_path / "workspace"))
    yield made
    made.close()


@pytest.fixture
def lite(services: Services, tmp_path: Path) -> Desk:
    """An empty SQLite file."""
    (tmp_path / "lite.db").touch()
    return Desk(services, f"sqlite:///{tmp_path / 'lite.db'}", "sqlite")


@pytest.fixture
def postgres(services: Services, pg_database: str) -> Desk:
    """A fresh PostgreSQL database."""
    return Desk(services, pg_database, "postgresql")


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """One of each."""
    return request.getfixturevalue("lite" if request.param == "sqlite" else "postgres")
