"""COPY beneath a stream of all rows: ended early, cancelled, failing midway, or not to be had."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded_server.engines.base import Params, Reading, Session
from embedded_server.engines.pg import copy_reading
from embedded_server.engines.pg.copy_reading import CopyReading
from embedded_server.engines.pg.placeholders import Statement
from embedded_server.wire.data import Column
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.values import PAGE_CELL_BYTES, LineBlock
from tests.engines.subject import Bench, all_rows, problem_of, rows, select, subjects
from tests.waiting import wait_until

pytestmark = pytest.mark.engine("postgresql")
NUMBERS = [Column("a", "integer", "number")]


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    subject, folder = subjects()["postgresql"], Path(tmp_path_factory.mktemp("copies"))
    made = subject.database(request, folder)
    bench = Bench(subject, next(made), folder)
    yield bench
    bench.close()
    next(made, None)


@pytest.fixture
def pg(database: Bench) -> Iterator[Bench]:
    yield database
    database.close_sessions()


def reading_all(session: Session, sql: str, params: Params = (), columns: list[Column] = NUMBERS) -> Reading:
    return session.execute_for_all(sql, params, columns, cell_bytes=PAGE_CELL_BYTES)


def many(count: int) -> str:
    return f"SELECT generate_series(1, {count}) AS a"


def test_lines_come_in_blocks_of_any_size(pg: Bench) -> None:
    session = pg.open()
    for size in (1, 7, 256, 999, 1000, 1001):
        found = []
        with reading_all(session, many(1000)) as reading:
            while len(block := reading.block(size)):
                assert isinstance(block, LineBlock)
                found.append([*block.columns[0]])
        assert [len(part) for part in found[:-1]] == [size] * (len(found) - 1)
        assert [int(cell) for part in found for cell in part] == list(range(1, 1001))


def test_one_long_value_does_not_hurt_the_others(pg: Bench) -> None:
    """A cut form among lines that go through untouched, and texts that look like one."""
    like_a_cut = "A" * (PAGE_CELL_BYTES - 8) + ":123"
    table = pg.table("id int primary key", "v text", "j jsonb", "c char(5)")
    name = pg.quoted(table)
    pg.run(f"INSERT INTO {name} SELECT i, 'text ' || i, '[1]', 'x' FROM generate_series(1, 700) i")
    pg.run(f"UPDATE {name} SET v = repeat('ä', {PAGE_CELL_BYTES}) WHERE id = 300")
    pg.run(f"UPDATE {name} SET v = '{like_a_cut}' WHERE id = 301")
    pg.run(f"UPDATE {name} SET v = repeat(E'\\\\', {PAGE_CELL_BYTES}) WHERE id = 302")
    pg.run(f"UPDATE {name} SET j = to_jsonb(repeat('y', {PAGE_CELL_BYTES})) WHERE id = 303")
    expected = select(pg, pg.open(), table, order="ORDER BY id")[1]
    for size in (64, 10_000):
        found = all_rows(pg, pg.open(), table, order="ORDER BY id", size=size)
        assert list(map(repr, found)) == list(map(repr, expected))


@pytest.mark.parametrize("read_only", [True, False], ids=["reader", "writer"])
def test_given_up_early_the_session_goes_on(pg: Bench, read_only: bool) -> None:
    session = pg.open(read_only=read_only)
    for taken in (0, 1, 5000):
        reading = reading_all(session, many(50_000_000))
        assert isinstance(reading, CopyReading)
        assert len(reading.block(taken)) == taken
        reading.close()
        reading.close()
        assert rows(session.execute("SELECT 1")) == [("1",)]
        assert session.in_transaction() == "auto" and session.alive()


def test_cancelled_while_the_server_is_busy(pg: Bench) -> None:
    session = pg.open()
    told: list[Problem] = []

    def work() -> None:
        try:
            with reading_all(session, "SELECT 1 AS a FROM pg_sleep(60)") as reading:
                reading.block(10)
        except ProblemError as error:
            told.append(error.problem)

    for _ in range(3):
        thread = threading.Thread(target=work)
        thread.start()
        wait_until(session.cancel, "the statement to be running")
        thread.join(10)
        assert not thread.is_alive()
        assert rows(session.execute("SELECT 1")) == [("1",)]
    assert [problem.code for problem in told] == ["job.cancelled"] * 3


def test_an_error_behind_some_rows_is_told(pg: Bench) -> None:
    session = pg.open()
    reading = reading_all(session, "SELECT 1 / (2000 - a) AS a FROM generate_series(1, 5000) a")
    assert len(reading.block(1000)) == 1000
    told = problem_of(lambda: [reading.block(1000), reading.block(1000)])
    assert told.code == "sql.error" and "division by zero" in (told.detail or told.title)
    reading.close()
    assert rows(session.execute("SELECT 1")) == [("1",)]


def test_a_wrong_query_is_told_as_its_own(pg: Bench) -> None:
    """Not with a place counted within the COPY around it."""
    session = pg.open()
    sql = "SELECT a FROM generate_series(1, 3) a WHERE nowhere = 1"
    told = problem_of(lambda: reading_all(session, sql))
    assert told == problem_of(lambda: session.execute(sql, ()))
    assert "nowhere" in (told.detail or "") and rows(session.execute("SELECT 1")) == [("1",)]


def test_a_server_without_such_a_copy_is_read_as_ever(pg: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(statement: Statement) -> Statement:
        return statement.within("COPY FASTER (", ") TO STDOUT")

    monkeypatch.setattr(copy_reading, "copied_rows", unknown)
    reading = reading_all(pg.open(), many(3))
    assert not isinstance(reading, CopyReading) and rows(reading) == [("1",), ("2",), ("3",)]


def test_what_copy_cannot_do_is_read_as_ever(pg: Bench) -> None:
    session = pg.open(read_only=False)
    binary = [Column("a", "bytea", "binary")]
    for sql, params, columns, expected in (
        ("SELECT a FROM generate_series(1, 3) a WHERE a > %s", (2,), NUMBERS, [("3",)]),
        ("SELECT '\\x00ff'::bytea AS a", (), binary, [(b"\0\xff",)]),
        ("SHOW server_version_num", (), NUMBERS, None),
    ):
        reading = reading_all(session, sql, params, columns)
        assert not isinstance(reading, CopyReading)
        found = rows(reading)
        assert expected is None or found == expected
    session.begin()
    with reading_all(session, many(10)) as reading:
        assert not isinstance(reading, CopyReading) and len(reading.block(3)) == 3
    assert session.in_transaction() == "idle"
    session.rollback()


def test_a_comment_at_the_end_and_doubled_signs(pg: Bench) -> None:
    sql = "SELECT '100%' || a AS a FROM generate_series(1, 12) a WHERE a % 10 = 1 -- one and eleven"
    reading = reading_all(pg.open(), pg.grammar.escape(sql))
    assert isinstance(reading, CopyReading) and rows(reading) == [("100%1",), ("100%11",)]


def test_a_read_only_session_refuses_what_copy_would_do(pg: Bench) -> None:
    session = pg.open()
    told = problem_of(lambda: reading_all(session, "SELECT lo_create(0)::text AS a"))
    assert told.code == "sql.read_only" and "lo_create" in (told.detail or "")
    pg.run("CREATE SEQUENCE counted")
    told = problem_of(lambda: rows(reading_all(session, "SELECT nextval('counted') AS a")))
    assert told.code == "sql.read_only"


def test_a_server_that_goes_away_midway_is_told(pg: Bench) -> None:
    session = pg.open()
    reading = reading_all(session, many(50_000_000))
    reading.block(100)
    pg.writer.execute(f"SELECT pg_terminate_backend({session.backend()})").close()

    def rest() -> None:
        while len(reading.block(10_000)):
            continue

    assert problem_of(rest).code == "connection.lost"
    reading.close()
    assert not session.alive()
