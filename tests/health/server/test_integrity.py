"""Looking through the data: it can be stopped, and a slow question does not stop the others."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.wire.health import INTEGRITY, IntegrityRequest
from embedded_server.wire.problem import ProblemError
from tests.health.databases import Database
from tests.health.server.conftest import Desk
from tests.waiting import wait_until

SLOW = (
    "CREATE TABLE slow (id integer PRIMARY KEY, v integer)",
    "INSERT INTO slow VALUES (1, 1)",
    "CREATE FUNCTION waits(v integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
    "ALTER TABLE slow ADD CONSTRAINT ck_slow CHECK (waits(v)) NOT VALID",
    "CREATE OR REPLACE FUNCTION waits(v integer) RETURNS boolean LANGUAGE sql IMMUTABLE"
    " AS 'SELECT pg_sleep(60) IS NOT NULL'",
    "CREATE TABLE makers (id integer PRIMARY KEY)",
    "CREATE TABLE cars (id integer PRIMARY KEY, maker_id integer)",
    "INSERT INTO cars SELECT n, n FROM {numbers} WHERE n <= 20",
)


def test_a_question_that_takes_too_long_is_given_up_and_the_others_answered(desk: Desk, database_of) -> None:
    database: Database = database_of("postgresql")
    database.run(*SLOW)
    events = desk.call(INTEGRITY, IntegrityRequest(connection=database.url, seconds=0.4, rows=3))
    results = {event.result.check: event.result for event in events if event.result is not None}
    assert "Stopped after 0.4 s" in results["broken_checks"].problem and results["broken_checks"].count == 0
    found = results["orphans"]
    assert (found.count, len(found.rows), found.declared, found.severity) == (20, 3, False, "warn")
    assert [event.kind for event in events[:2]] == ["begin", "asking"] and events[-1].kind == "end"
    assert events[-1].done == events[0].total


def test_it_is_stopped_in_the_database(desk: Desk, database_of) -> None:
    database: Database = database_of("postgresql")
    database.run(*SLOW)
    dispatcher = Dispatcher(desk.services)
    caught: list[ProblemError] = []

    def read() -> None:
        stream: Iterator[Any] = dispatcher.run(INTEGRITY, IntegrityRequest(connection=database.url), "look")
        try:
            list(stream)
        except ProblemError as error:
            caught.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    asleep = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    wait_until(lambda: database.run(asleep) == [(1,)], "the question to run")
    note = [job.progress for job in desk.services.jobs.jobs() if job.id == "look"]
    assert note and "Check ck_slow of slow" in note[0]
    assert desk.services.jobs.cancel("look").found
    reader.join(20)
    assert not reader.is_alive() and caught[0].problem.code == "job.cancelled"
    wait_until(lambda: database.run(asleep) == [(0,)], "the database to stop")


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_no_row_breaks_could_be_a_rule(engine: str, desk: Desk, database_of) -> None:
    database: Database = database_of(engine)
    database.run(
        "CREATE TABLE makers (id integer PRIMARY KEY)",
        "INSERT INTO makers SELECT n FROM {numbers} WHERE n <= 20",
        "CREATE TABLE cars (id integer PRIMARY KEY, maker_id integer, plate_code varchar(9))",
        "INSERT INTO cars SELECT n, n, n FROM {numbers} WHERE n <= 20",
    )
    events = desk.call(INTEGRITY, IntegrityRequest(connection=database.url, table="cars"))
    results = {event.result.check: event.result for event in events if event.result is not None}
    assert results["duplicates"].count == 0
    index = {"op": "create_index", "table": "cars", "columns": ["plate_code"], "unique": True}
    assert results["duplicates"].operations == [index]
    # Only one table was asked for, so nothing is known of the other.
    assert "orphans" not in results
    events = desk.call(INTEGRITY, IntegrityRequest(connection=database.url, checks=["orphans"]))
    (orphans,) = [event.result for event in events if event.result is not None]
    assert orphans.count == 0 and bool(orphans.operations) == (engine == "postgresql")


def test_a_damaged_file_is_told(desk: Desk, database_of) -> None:
    database: Database = database_of("sqlite")
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v text)",
        "CREATE INDEX ix_t ON t (v)",
        "INSERT INTO t SELECT n, n || 'x' FROM {numbers} WHERE n <= 2000",
    )
    ((page,),) = database.run("SELECT rootpage FROM sqlite_schema WHERE name = 'ix_t'")
    ((size,),) = database.run("PRAGMA page_size")
    with open(database.url.removeprefix("sqlite:///"), "r+b") as file:
        file.seek((page - 1) * size + 16)
        file.write(b"\0" * 64)
    events = desk.call(INTEGRITY, IntegrityRequest(connection=database.url, checks=["file_check"]))
    (pages,) = [event.result for event in events if event.result is not None]
    assert (pages.count > 0 and pages.severity == "error") or pages.problem
