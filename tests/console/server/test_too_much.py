"""Too much of everything, on real servers: a hundred million rows, 2,000 columns, a gigabyte in a line."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from pathlib import Path

import psutil
import pytest

from embedded_server.console.sessions import tab_of
from embedded_server.data.transfer.readers.base import LONGEST_ROW
from embedded_server.engines.registry import engine_for
from embedded_server.wire.loading import IMPORT, ImportRequest
from tests.data.transfer.conftest import House
from tests.waiting import wait_until

from .conftest import Desk

MANY = 100_000_000
# Each row is wide enough that all of them would fill any machine.
ENDLESS = {
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {most}) "
    "SELECT n, hex(zeroblob(100)) AS filler FROM c",
    "postgresql": "SELECT generate_series(1, {most}) AS n, repeat('x', 200) AS filler",
    "mysql": "SELECT seq AS n, repeat('x', 200) AS filler FROM seq_1_to_{most}",
    "duckdb": "SELECT range AS n, repeat('x', 200) AS filler FROM range(1, {most} + 1)",
}
GROWTH = 60 << 20


def memory() -> int:
    """Bytes of this process and its workers."""
    total = 0
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.pid == os.getpid() or "duckdb" in " ".join(process.cmdline()):
                total += process.memory_info().rss
    return total


def test_a_hundred_million_rows_stop_at_what_is_asked_for(desk: Desk) -> None:
    engine = engine_for(desk.url).name
    if engine not in ENDLESS:
        pytest.skip("not applicable: the dialect nothing is known of reads SQLite's files")
    desk.rows("SELECT 1")
    before, began = memory(), time.monotonic()
    result = desk.one(ENDLESS[engine].format(most=MANY), limit=500)
    assert result.rows is not None and len(result.rows) == 500 and result.more and result.result
    fetched = [len(desk.fetch(result.result, 1000).rows) for _ in range(5)]
    assert fetched == [1000] * 5 and time.monotonic() - began < 20.0
    line = desk.services.line_holding(desk.session)
    lease = line.pinned(desk.session) if line is not None else None
    assert lease is not None and tab_of(lease).open is not None
    assert tab_of(lease).open.fetched == 5501, "one row ahead and no more"
    assert memory() - before < GROWTH
    began = time.monotonic()
    assert desk.rows("SELECT 2") in ([(2,)], [("2",)]), "the session is free again at once"
    assert time.monotonic() - began < 5.0 and tab_of(lease).open is None


def test_the_servers_cursor_is_closed_with_its_result(services, pg_database: str) -> None:
    """In a transaction the rows wait behind a cursor of the server; outside the statement is ended."""
    desk, other = Desk(services, pg_database), Desk(services, pg_database)
    # Written so that it does not find itself, for it has a cursor too.
    cursors = "SELECT count(*) FROM pg_cursors WHERE statement LIKE '%fil' || 'ler%'"
    desk.run(ENDLESS["postgresql"].format(most=MANY), limit=10, transaction="manual")
    assert int(desk.rows(cursors, transaction="manual")[0][0]) == 0, "the next statement closed it"
    desk.end("rollback")
    result = desk.one(ENDLESS["postgresql"].format(most=MANY), limit=10)
    active = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%filler%' "
        "AND pid <> pg_backend_pid()"
    )
    assert result.result and int(other.rows(active)[0][0]) == 1, "it waits in the server"
    desk.end("close")
    wait_until(lambda: int(other.rows(active)[0][0]) == 0, "the end of the statement")


def test_two_thousand_columns(desk: Desk) -> None:
    engine = engine_for(desk.url).name
    count = {"postgresql": 1664, "sqlite": 2000, "generic": 2000}.get(engine, 2000)
    sql = "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(count))
    result = desk.one(sql)
    assert [column.name for column in result.columns] == [f"c{n}" for n in range(count)]
    assert result.rows is not None and [int(cell) for cell in next(iter(result.rows.rows()))] == list(
        range(count)
    )
    if engine == "postgresql":
        failed = desk.fails(sql + ", 1 AS one_more")
        assert failed.code == "sql.error" and "1664" in failed.detail


@pytest.fixture
def house(services, tmp_path: Path) -> House:
    return House(services, tmp_path)


@pytest.mark.slow
def test_a_line_of_a_gigabyte_is_refused_before_it_fills_the_machine(house: House, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "in.db") as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")
    connection.close()
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"id,v\n1,a\n2,")
        for _ in range(LONGEST_ROW // (1 << 20) + 8):
            file.write(b"x" * (1 << 20))
        file.truncate(1 << 30)  # the rest is a hole: a whole gigabyte without an end of line
    request = ImportRequest(connection=f"sqlite:///{tmp_path / 'in.db'}", path=str(path), table="t")
    process = psutil.Process()
    read, before = process.io_counters().read_chars, process.memory_info().rss
    found = house.refused(IMPORT, request)
    assert found.code.startswith("transfer.") and "longer than 64 MB" in found.detail
    assert process.io_counters().read_chars - read < 4 * LONGEST_ROW
    assert process.memory_info().rss - before < 8 * LONGEST_ROW
    with sqlite3.connect(tmp_path / "in.db") as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,), "all or nothing"
    connection.close()
