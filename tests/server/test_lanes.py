"""Lanes, cancel, superseding, and a server that stays awake while databases hang."""

from __future__ import annotations

import json
import socket
import sqlite3
import threading
import time
from contextlib import ExitStack
from statistics import median

import pytest

from tests.waiting import wait_until

FOREVER = "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c) > 0"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "t.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(id integer primary key, x)")
        connection.executemany("insert into t(x) values (?)", [(n,) for n in range(50)])
    connection.close()
    return str(path)


class Background:
    """A call in a thread; its answer when it comes."""

    def __init__(self, raw, name, request, call_id):
        self.answer = None
        self._thread = threading.Thread(target=self._run, args=(raw, name, request, call_id), daemon=True)
        self._thread.start()

    def _run(self, raw, name, request, call_id):
        self.answer = raw.call(name, request, X_Call_Id=call_id)

    def join(self):
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.answer


def jobs(raw):
    return {job["id"]: job for job in raw.send("GET", "/api/jobs/list").json["jobs"]}


def running(raw, call_id):
    return jobs(raw).get(call_id, {}).get("state") == "running"


def cancel(raw, call_id):
    return raw.call("jobs.cancel", {"id": call_id}).json


def slow_page(raw, database, call_id, view=""):
    request = {"connection": database, "table": "t", "where": FOREVER, "view": view}
    return Background(raw, "data.page", request, call_id)


def test_cancel_stops_the_statement_and_the_session_lives_on(raw, database):
    slow = slow_page(raw, database, "slow")
    wait_until(lambda: running(raw, "slow"), "the slow page to run")
    assert cancel(raw, "slow")["found"]
    answer = slow.join()
    assert (answer.status, answer.json["code"]) == (409, "job.cancelled")
    page = raw.call("data.page", {"connection": database, "table": "t", "limit": 3})
    assert [row[0] for row in page.json["rows"]] == [1, 2, 3]
    assert cancel(raw, "slow") == {"found": False, "signalled": False}


def test_a_cancel_that_overtakes_its_call_is_not_lost(raw, database):
    assert cancel(raw, "late") == {"found": False, "signalled": False}
    assert slow_page(raw, database, "late").join().json["code"] == "job.cancelled"
    cancel(raw, "late")  # it has ended: the next call of that name is another one
    page = raw.call("data.page", {"connection": database, "table": "t", "limit": 3}, X_Call_Id="late")
    assert page.status == 200


def test_a_queued_call_can_be_cancelled_and_superseded(raw, database):
    with ExitStack() as stack:
        held = [slow_page(raw, database, f"held{n}") for n in range(2)]
        stack.callback(lambda: [cancel(raw, f"held{n}") for n in range(2)])
        wait_until(lambda: all(running(raw, f"held{n}") for n in range(2)), "both sessions to be taken")
        page = {"connection": database, "table": "t", "view": "grid"}
        older = Background(raw, "data.page", page, "older")
        wait_until(lambda: jobs(raw).get("older", {}).get("state") == "queued", "the older page to queue")
        newer = Background(raw, "data.page", page, "newer")
        assert older.join().json["code"] == "job.superseded"
        other = Background(raw, "data.page", page | {"view": "other"}, "other")
        wait_until(lambda: jobs(raw).get("other", {}).get("state") == "queued", "another view to queue")
        assert cancel(raw, "other")["found"]
        assert other.join().json["code"] == "job.cancelled"
        count = raw.call("data.count", {"connection": database, "table": "t"})
        assert count.json["count"] == 50, "the background lane is not held up"
        cancel(raw, "held0")
        assert newer.join().status == 200
    for call in held:
        assert call.join().json["code"] == "job.cancelled"


def test_an_id_cannot_run_twice(raw, database):
    first = slow_page(raw, database, "same")
    wait_until(lambda: running(raw, "same"), "the first to run")
    second = raw.call("data.page", {"connection": database, "table": "t"}, X_Call_Id="same")
    assert second.json["code"] == "request.invalid"
    cancel(raw, "same")
    first.join()


@pytest.mark.timing
def test_three_hanging_databases_leave_the_server_awake(raw):
    with ExitStack() as stack:
        calls = []
        for number in range(3):
            deaf = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            url = f"postgresql://u:p@127.0.0.1:{deaf.getsockname()[1]}/d"
            request = {"connection": url, "table": "t"}
            calls += [Background(raw, "data.page", request, f"hang{number}.{n}") for n in range(4)]
        wait_until(lambda: len([j for j in jobs(raw) if j.startswith("hang")]) == 12, "all calls to be in")
        infos, cancels = [], []
        for call_id in [f"hang{n}.{m}" for n in range(3) for m in range(3)]:
            before = time.perf_counter()
            assert raw.send("GET", "/api/server/info").status == 200
            between = time.perf_counter()
            assert cancel(raw, call_id)["found"]
            infos.append(between - before)
            cancels.append(time.perf_counter() - between)
        assert median(infos) < 0.1 and median(cancels) < 0.1
        for job in jobs(raw):
            cancel(raw, job)
    for call in calls:
        assert call.join().status != 200


def test_too_many_calls_are_refused_while_control_answers(raw, database):
    held = [slow_page(raw, database, f"many{n}") for n in range(60)]
    wait_until(lambda: any(call.answer is not None for call in held), "a refusal")
    refused = [call.answer.json["code"] for call in held if call.answer is not None]
    assert set(refused) == {"server.busy"}
    for job in jobs(raw):
        cancel(raw, job)
    codes = {json.loads(call.join().body)["code"] for call in held}
    assert codes == {"server.busy", "job.cancelled"}
