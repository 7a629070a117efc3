"""The console's handlers in this process, on a fresh database of every engine."""

from __future__ import annotations

import contextlib
import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_server.console.service import HANDLERS
from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.console import (
    FETCH,
    HISTORY,
    RUN,
    SESSION,
    FetchRequest,
    FetchResponse,
    HistoryEntry,
    HistoryRequest,
    Result,
    RunRequest,
    RunResponse,
    SessionRequest,
    SessionResponse,
)
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.problem import Problem, ProblemError
from tests.engines.subject import Spelling, Subject, subjects

_numbers = itertools.count(1)


class Desk:
    """Runs requests as the server would. `url` is the database, `session` the tab's name."""

    def __init__(self, services: Services, url: str, subject: Subject | None = None) -> None:
        self.services = services
        self.url = url
        self.subject = subject
        self.session = f"tab{next(_numbers)}"

    @property
    def spelling(self) -> Spelling:
        assert self.subject is not None
        return self.subject.spelling

    @property
    def is_postgres(self) -> bool:
        return engine_for(self.url).name == "postgresql"

    def call(self, endpoint: Endpoint[Any, Any], request: Any, call_id: str = "") -> Any:
        call = Call(call_id or f"c{next(_numbers)}", endpoint.name, self.services)
        with self.services.jobs.running(call):
            return HANDLERS[endpoint](request, call)

    def run(self, sql: str, *, call_id: str = "", **fields: Any) -> RunResponse:
        asked: dict[str, Any] = {
            "connection": self.url,
            "session": self.session,
            "allow_write": True,
        } | fields
        return self.call(RUN, RunRequest(sql=sql, **asked), call_id)

    def one(self, sql: str, **fields: Any) -> Result:
        """The result of a single statement that must not fail."""
        (result,) = self.run(sql, **fields).statements
        assert result.error is None, result.error
        return result

    def rows(self, sql: str, **fields: Any) -> list[tuple[Any, ...]]:
        found = self.one(sql, **fields).rows
        assert found is not None
        return list(found.rows())

    def number(self, sql: str) -> int:
        """A number that another session sees."""
        ((cell,),) = self.rows(sql, session="")
        return int(cell)

    def fails(self, sql: str, **fields: Any) -> Problem:
        """The problem of the last statement."""
        error = self.run(sql, **fields).statements[-1].error
        assert error is not None
        return Problem(**{name: error[name] for name in ("code", "title")}, detail=error.get("detail", ""))

    def refused(self, sql: str, **fields: Any) -> Problem:
        """The problem of the whole request."""
        with pytest.raises(ProblemError) as caught:
            self.run(sql, **fields)
        return caught.value.problem

    def fetch(self, result: str, limit: int = 1000) -> FetchResponse:
        return self.call(FETCH, FetchRequest(self.session, result, limit))

    def end(self, action: Any = "state") -> SessionResponse:
        return self.call(SESSION, SessionRequest(self.session, action))

    def history(self, query: str = "", **fields: Any) -> list[HistoryEntry]:
        return self.call(HISTORY, HistoryRequest(query=query, **fields)).statements

    def start(self, sql: str, call_id: str, **fields: Any) -> Running:
        """Run in a thread."""
        return Running(self, sql, call_id, fields)


class Running(threading.Thread):
    """A run under way; `answer` or `problem` once it has ended."""

    def __init__(self, desk: Desk, sql: str, call_id: str, fields: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.answer: RunResponse | None = None
        self.problem: Problem | None = None
        self._work = lambda: desk.run(sql, call_id=call_id, **fields)
        self.start()

    def run(self) -> None:
        try:
            self.answer = self._work()
        except ProblemError as error:
            self.problem = error.problem

    def result(self, timeout: float = 30.0) -> RunResponse:
        self.join(timeout)
        assert not self.is_alive(), "the run did not end"
        assert self.answer is not None, self.problem
        return self.answer


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services(Workspace(tmp_path / "workspace"))
    yield made
    made.close()


@pytest.fixture
def lite(services: Services, tmp_path: Path) -> Desk:
    """A desk on a SQLite file with a table t(id, v) of 10 rows."""
    desk = Desk(services, f"sqlite:///{tmp_path / 'lite.db'}", subjects()["sqlite"])
    (tmp_path / "lite.db").touch()
    desk.run("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", session="")
    values = ", ".join(f"({number}, 'v{number}')" for number in range(1, 11))
    desk.run(f"INSERT INTO t VALUES {values}", session="")
    return desk


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine_name" in metafunc.fixturenames:
        metafunc.parametrize("engine_name", list(subjects()), scope="module")


@pytest.fixture(scope="module")
def engine_url(
    engine_name: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp(f"console_{engine_name}")
    with contextlib.contextmanager(subjects()[engine_name].database)(request, folder) as url:
        yield url


@pytest.fixture
def desk(services: Services, engine_name: str, engine_url: str) -> Desk:
    """A desk on a database of each engine with a fresh table t(id, v) of 10 rows."""
    subject = subjects()[engine_name]
    made = Desk(services, engine_url, subject)
    secret = subject.secret()
    if secret is not None:
        services.secrets.remember(engine_url, secret)
    s = subject.spelling
    values = ", ".join(f"({number}, 'v{number}')" for number in range(1, 11))
    answer = made.run(
        f"DROP TABLE IF EXISTS t; CREATE TABLE t (id {s.integer} NOT NULL PRIMARY KEY, v {s.key_text});"
        f"INSERT INTO t VALUES {values}",
        session="",
    )
    assert [result.error for result in answer.statements] == [None, None, None]
    return made
