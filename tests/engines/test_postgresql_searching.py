"""The first match of a search by one process: found, given up in time, cancelled, and nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from embedded_server.engines.base import Session, Target
from embedded_server.engines.pg import searching
from embedded_server.engines.registry import engines
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.values import Cell
from tests.engines.subject import problem_of, rows
from tests.servers.postgres import PostgresServer
from tests.waiting import wait_until

pytestmark = pytest.mark.engine("postgresql")
ENGINE = engines()["postgresql"]
# What the server is told of its costs so that it looks through a small table as through a large one.
CHEAP = {
    "parallel_setup_cost": "0",
    "parallel_tuple_cost": "0",
    "min_parallel_table_scan_size": "0",
    "min_parallel_index_scan_size": "0",
    "enable_seqscan": "off",
}
WORKERS = "current_setting('max_parallel_workers_per_gather')"
SEARCH = f"SELECT id, {WORKERS} FROM places WHERE n = %s ORDER BY id LIMIT 1"
SEARCHING = (
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT id FROM places%'"
)
SLOW = "SELECT id FROM places WHERE md5(repeat(n::text, 20000)) = %s ORDER BY id LIMIT 1"


@pytest.fixture(scope="module")
def url(pg_server: PostgresServer) -> Iterator[str]:
    name = "searching"
    pg_server.execute(f"create database {name}")
    for setting, value in CHEAP.items():
        pg_server.execute(f"alter database {name} set {setting} = {value}")
    pg_server.execute("create table places(id bigint primary key, n integer)", name)
    pg_server.execute("insert into places select i, i % 997 from generate_series(1, 30000) i", name)
    pg_server.execute("analyze places", name)
    yield pg_server.url(name)
    pg_server.execute(f"drop database {name} with (force)")


@pytest.fixture(params=[True, False], ids=["reader", "writer"])
def session(url: str, request: pytest.FixtureRequest) -> Iterator[Session]:
    made = ENGINE.open(Target(url, read_only=request.param))
    yield made
    made.close()


def first(session: Session, sql: str, *params: object) -> list[tuple[Cell, ...]]:
    return rows(session.execute_first(sql, params, cell_bytes=1000))


def assert_untouched(session: Session) -> None:
    """As if nothing had been: autocommit, and the settings of the connection."""
    assert session.in_transaction() == "auto" and session.alive()
    settings = rows(session.execute(f"SELECT {WORKERS}, current_setting('statement_timeout')"))
    assert settings == [("2", "0")]


def test_one_process_looks_where_several_would(session: Session) -> None:
    assert rows(session.execute(SEARCH, ("996",))) == [("996", "2")]
    assert first(session, SEARCH, "996") == [("996", "0")]
    assert_untouched(session)


def test_what_is_not_merged_is_run_as_it_is(session: Session) -> None:
    by_key = SEARCH.replace("n = %s", "id = %s")
    assert first(session, by_key, "5") == [("5", "2")]
    assert first(session, SEARCH, "-1") == []
    assert_untouched(session)


def test_what_takes_longer_is_left_to_all_of_them(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "PATIENCE", 1)
    slow = SEARCH.replace("n = %s", "n = %s AND md5(repeat(n::text, 100000)) <> ''")
    assert first(session, slow, "996") == [("996", "2")]
    assert_untouched(session)


def test_a_limit_of_the_users_own_is_left_alone(session: Session) -> None:
    session.execute("SET statement_timeout = '77s'").close()
    assert first(session, SEARCH, "996") == [("996", "2")]
    assert rows(session.execute("SELECT current_setting('statement_timeout')")) == [("77s",)]


def test_within_a_transaction_it_is_one_statement_of_it(session: Session) -> None:
    session.begin()
    assert first(session, SEARCH, "996") == [("996", "2")]
    assert session.in_transaction() == "idle"
    session.rollback()
    assert_untouched(session)


def test_a_wrong_search_is_told_as_ever(session: Session) -> None:
    for wrong in ("nowhere = %s", "n = %s AND 1 / (n - n) = 1"):
        sql = SEARCH.replace("n = %s", wrong)
        told = problem_of(lambda sql=sql: first(session, sql, "996"))  # type: ignore[misc]
        assert told.code == "sql.error"
        assert told == problem_of(lambda sql=sql: rows(session.execute(sql, ("996",))))  # type: ignore[misc]
        assert_untouched(session)


def test_cancelled_meanwhile(url: str, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = ENGINE.open(Target(url))
    monkeypatch.setattr(searching, "PATIENCE", 60_000)
    assert searching.is_merged(session._channel, searching.Statement(SLOW, ("x",)))  # type: ignore[attr-defined]
    told: list[Problem] = []

    def work() -> None:
        try:
            first(session, SLOW, "x")
        except ProblemError as error:
            told.append(error.problem)

    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        wait_until(lambda: rows(watcher.execute(SEARCHING)) == [("1",)], "the search to be running")
        session.cancel()
        thread.join(10)
        assert not thread.is_alive()
    watcher.close()
    assert [problem.code for problem in told] == ["job.cancelled"] * 3
    assert_untouched(session)


def test_a_read_only_search_writes_nothing(url: str) -> None:
    reader = ENGINE.open(Target(url))
    told = problem_of(lambda: first(reader, SEARCH.replace("n = %s", "lo_create(0) = %s"), "1"))
    assert told.code == "sql.read_only"
    reader.close()
