"""The window's client against a real server: calls, problems, cancel, waiting for the start."""

from __future__ import annotations

import gc
import sqlite3

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from desktop.api.client import Address, Client
from desktop.kit.flow import Cancelled, Flow
from embedded_server.http_caller import HttpCaller
from embedded_server.wire.data import PAGE, PageRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.rows import ROWS, RowsRequest
from embedded_server.wire.server import INFO, JOBS
from tests.server.test_lanes import FOREVER


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "t.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(id integer primary key, x)")
        connection.execute("insert into t values (1, x'00ff'), (2, 'é'), (3, 1e999), (4, null)")
    connection.close()
    return str(path)


def settle(qtbot, waiter):
    qtbot.waitUntil(lambda: waiter.settled, timeout=20_000)
    return waiter.result()


def test_cells_arrive_exactly(qtbot, live_client, database):
    answer = settle(qtbot, live_client.call(PAGE, PageRequest(connection=database, table="t")))
    assert list(answer.rows.rows()) == [(1, b"\x00\xff"), (2, "é"), (3, float("inf")), (4, None)]


def test_a_problem_is_raised(qtbot, live_client, database):
    waiter = live_client.call(PAGE, PageRequest(connection=database, table="none"))
    with pytest.raises(ProblemError) as caught:
        settle(qtbot, waiter)
    assert caught.value.problem.code == "data.unknown_table"


def test_cancelling_stops_the_work_in_the_database(qtbot, live_client, database):
    slow = live_client.call(PAGE, PageRequest(connection=database, table="t", where=FOREVER))

    def jobs():
        return [job.name for job in settle(qtbot, live_client.call(JOBS, Nothing())).jobs]

    qtbot.waitUntil(lambda: "data.page" in jobs(), timeout=20_000)
    slow.cancel()
    with pytest.raises(Cancelled):
        slow.result()
    qtbot.waitUntil(lambda: "data.page" not in jobs(), timeout=20_000)


def test_the_end_of_a_call_is_told_though_nobody_waits_for_it(qtbot, live_client):
    with qtbot.waitSignal(live_client.finished, timeout=20_000):
        live_client.call(INFO, Nothing())
        gc.collect()
    assert not live_client.under_way


def test_a_flow_is_closed_with_its_owner_and_its_call_cancelled(qtbot, live_client, database):
    seen = []

    async def steps():
        try:
            await live_client.call(PAGE, PageRequest(connection=database, table="t", where=FOREVER))
        finally:
            seen.append("closed")

    owner = QObject()
    flow = Flow(owner, steps(), seen.append)
    owner.deleteLater()
    qtbot.waitUntil(lambda: flow.done, timeout=20_000)
    assert seen == ["closed"]


def test_a_call_whose_window_is_gone_is_given_up_quietly(qapp, live_server):
    client = Client()
    client.connect_to(Address(live_server.port, live_server.token))
    waiting = client.call(INFO, Nothing())
    delete(client)
    waiting.cancel()
    with pytest.raises(Cancelled):
        waiting.result()


def test_calls_made_before_the_start_wait_for_it(qtbot, live_server):
    client = Client()
    early, given_up = client.call(INFO, Nothing()), client.call(INFO, Nothing())
    given_up.cancel()
    assert not early.settled
    client.connect_to(Address(live_server.port, live_server.token))
    assert settle(qtbot, early).version
    with pytest.raises(Cancelled):
        given_up.result()
    client.deleteLater()


def test_without_a_server_calls_are_refused_with_the_reason(qtbot):
    client = Client()
    early = client.call(INFO, Nothing())
    client.give_up(Problem("server.start", "No luck"))
    for waiter in (early, client.call(INFO, Nothing())):
        with pytest.raises(ProblemError) as caught:
            waiter.result()
        assert caught.value.problem.title == "No luck"
    client.deleteLater()


def test_a_wrong_token_is_a_problem(qtbot, live_server):
    client = Client()
    client.connect_to(Address(live_server.port, "wrong"))
    with pytest.raises(ProblemError) as caught:
        settle(qtbot, client.call(INFO, Nothing()))
    assert caught.value.problem.code == "guard.token"
    client.deleteLater()


def test_a_dead_port_is_a_lost_server(qtbot, live_server):
    client = Client()
    client.connect_to(Address(1, "x"))
    with pytest.raises(ProblemError) as caught:
        settle(qtbot, client.call(INFO, Nothing()))
    assert caught.value.problem.code == "server.lost"
    client.deleteLater()


@pytest.fixture
def long_table(tmp_path):
    path = tmp_path / "long.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(id integer primary key, x)")
        connection.executemany("insert into t values (?, ?)", ((n, "x" * 100) for n in range(30_000)))
    connection.close()
    return str(path)


def test_large_messages_come_in_frames(qtbot, live_client, long_table):
    found = []
    stream = live_client.frames(ROWS, RowsRequest(connection=long_table, table="t"), found.append)
    assert settle(qtbot, stream).last
    ids = [number for block in found for number in block.rows.columns[0]]
    assert ids == list(range(30_000)) and len(found) > 5 and stream.received > 3_000_000


def test_a_refused_stream_of_frames_is_a_problem(qtbot, live_client, long_table):
    stream = live_client.frames(ROWS, RowsRequest(connection=long_table, table="none"), pytest.fail)
    with pytest.raises(ProblemError) as caught:
        settle(qtbot, stream)
    assert caught.value.problem.code == "data.unknown_table"


def test_a_stream_that_fails_on_its_way_is_a_problem(qtbot, live_client, long_table):
    """The condition can be evaluated for the first rows only."""
    found = []
    where = "id < 20000 or abs(-9223372036854775808) > 0"
    stream = live_client.frames(
        ROWS, RowsRequest(connection=long_table, table="t", where=where), found.append
    )
    with pytest.raises(ProblemError) as caught:
        settle(qtbot, stream)
    assert "overflow" in caught.value.problem.detail and found and not found[-1].last


def test_a_stream_that_breaks_off_is_a_lost_server(qtbot, long_table, tmp_path):
    """The server is killed when some of it has come: its last message is not the end."""
    server = HttpCaller(tmp_path / "workspace")
    client = Client()
    client.connect_to(Address(server.port, server.token))
    found, where = [], f"id < 25000 or {FOREVER}"

    def hear(block):
        if not found:
            server.process.kill()
        found.append(block)

    stream = client.frames(ROWS, RowsRequest(connection=long_table, table="t", where=where), hear)
    with pytest.raises(ProblemError) as caught:
        settle(qtbot, stream)
    assert caught.value.problem.code == "server.lost" and found
    server.close()
    client.deleteLater()


def test_giving_up_frames_stops_the_work(qtbot, live_client, long_table):
    stream = live_client.frames(
        ROWS, RowsRequest(connection=long_table, table="t", where=FOREVER), pytest.fail
    )

    def jobs():
        return [job.name for job in settle(qtbot, live_client.call(JOBS, Nothing())).jobs]

    qtbot.waitUntil(lambda: "data.rows" in jobs(), timeout=20_000)
    stream.cancel()
    qtbot.waitUntil(lambda: "data.rows" not in jobs(), timeout=20_000)
