"""The handlers of explain in this process, on real databases."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterator
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
