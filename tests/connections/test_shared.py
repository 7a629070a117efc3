"""`connections.test` over a session that is there anyway: nothing is opened or asked a second time."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_server.connections.service import HANDLERS
from embedded_server.engines.sqlite import SqliteEngine, SqliteSession
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.connections import TEST, Profile, TestRequest, TestResponse
from embedded_server.wire.problem import ProblemError

pytestmark = pytest.mark.engine("sqlite")
_numbers = itertools.count()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services(Workspace(tmp_path / "workspace"))
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(id integer primary key)")
    connection.close()
    return str(path)


def ask(services: Services, request: TestRequest) -> TestResponse:
    call = Call(f"c{next(_numbers)}", TEST.name, services)
    with services.jobs.running(call):
        return HANDLERS[TEST](request, call)


def test_it_says_the_same_as_a_session_of_its_own(services: Services, file: str) -> None:
    shared, own = (ask(services, TestRequest(file, shared=flag)) for flag in (True, False))
    facts = ("engine", "server_version", "class_", "read_only", "database", "user", "tls", "zone", "notes")
    assert all(getattr(shared, fact) == getattr(own, fact) for fact in facts)
    assert (shared.latency_ms, shared.connect_ms) == (0, 0) and own.connect_ms > 0


def test_sessions_opened_at_once_ask_only_once(
    services: Services, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, asked, both = [], [], threading.Barrier(2, timeout=30)
    opens, asks = SqliteEngine.open, SqliteSession.info

    def opening(engine: SqliteEngine, target: object) -> object:
        both.wait()  # the other one is on its way too
        opened.append(target)
        return opens(engine, target)  # type: ignore[arg-type]

    def asking(session: SqliteSession) -> object:
        asked.append(session)
        return asks(session)

    monkeypatch.setattr(SqliteEngine, "open", opening)
    monkeypatch.setattr(SqliteSession, "info", asking)
    threads = [
        threading.Thread(target=ask, args=(services, TestRequest(file, shared=True))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    ask(services, TestRequest(file, shared=True))
    assert (len(opened), len(asked)) == (2, 1)


@pytest.mark.parametrize("more", [{"secret": "x"}, {"profile": Profile("new", "sqlite:///x.db")}])
def test_what_is_not_saved_yet_has_no_session_to_share(services: Services, file: str, more: dict) -> None:
    with pytest.raises(ProblemError) as caught:
        ask(services, TestRequest(file, shared=True, **more))
    assert caught.value.problem.code == "request.invalid"
