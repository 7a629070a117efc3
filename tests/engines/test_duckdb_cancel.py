"""Signals that go on after a statement of DuckDB was stopped: what follows it is not hit by them."""

from __future__ import annotations

import threading

import duckdb
import pytest

from embedded_server.engines.support.duckdb.local import Database, DuckdbSession
from embedded_server.wire.problem import ProblemError
from tests.waiting import wait_until

ENDLESS = "SELECT count(*) FROM range(10000000) a, range(10000000) b"


@pytest.fixture
def reader(tmp_path):
    """A session that only reads, in a transaction of its own, since another one may write."""
    path = str(tmp_path / "t.duckdb")
    duckdb.connect(path).close()
    database = Database()
    writer, reader = DuckdbSession(database, path, False), DuckdbSession(database, path, True)
    yield reader
    reader.close()
    writer.close()


def test_a_session_goes_on_however_often_it_is_told_to_stop(reader):
    over = threading.Event()

    def insist() -> None:
        """As `cancel` repeats its signal, only more often, to meet what follows the statement."""
        while not over.wait(0.0003):
            if reader._work._busy and reader._work.cancelled:
                reader._cursor.interrupt()

    def told_by(sql: str) -> str:
        stopping = threading.Thread(target=wait_until, args=(reader.cancel, "the statement to be running"))
        stopping.start()
        try:
            reader.execute(sql).block(1)
        except ProblemError as error:
            return error.problem.code
        finally:
            stopping.join()
        return ""

    insisting = threading.Thread(target=insist)
    insisting.start()
    try:
        told = [told_by(ENDLESS) for _ in range(100)]
    finally:
        over.set()
        insisting.join()
    assert set(told) == {"job.cancelled"}
    assert list(reader.execute("SELECT 1").block(2).rows()) == [(1,)]
