"""Replaying many times: what is stored, compared and noted, and what is refused."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
import threading

import pytest

from embedded_server.wire.child_env import child_env
from embedded_server.wire.http import (
    DIFF,
    GET,
    LIST,
    REPLAY,
    SAVE_ENVIRONMENT,
    DiffRequest,
    Draft,
    Environment,
    GetRequest,
    ListRequest,
    ReplayRequest,
    SaveEnvironmentRequest,
)
from embedded_server.wire.server import PollRequest
from embedded_server.wire.trace import Message, Trace, TracedLog, TracedStatement, TraceSummary
from tests.http.conftest import Desk, Shop
from tests.http.recorder import OK, Recorder, said
from tests.waiting import wait_until


def real(comparison) -> list[tuple[str, str, str]]:
    return [(one.part, one.kind, one.path) for one in comparison.diff if not one.noise]


def answering(*bodies: object, headers: str = "Vary: Cookie\r\n"):
    """Each of these documents in turn, the last one for ever."""
    turn = itertools.chain(bodies, itertools.repeat(bodies[-1]))

    def answer(_request: bytes, connection: socket.socket) -> bool:
        connection.sendall(said(json.dumps(next(turn)).encode(), headers=headers))
        return True

    return answer


def replay(desk: Desk, recorder: Recorder, **fields):
    options = {"count": 3, "warm_up": 0, "request": Draft(url=f"{recorder.url}/x")} | fields
    return desk.call(REPLAY, ReplayRequest(**options))


def test_a_replay_is_sent_stored_and_found_again(desk: Desk, recorder: Recorder):
    found = replay(desk, recorder, count=5, warm_up=2)
    assert len(recorder.requests) == 7 and [one.number for one in found.runs] == [1, 2, 3, 4, 5]
    names = [request.partition(b"X-Backlight-Run: ")[2].split(b"\r\n")[0] for request in recorder.requests]
    assert names == [f"{found.run}/{number}".encode() for number in (0, 0, 1, 2, 3, 4, 5)]
    assert all(one.status == 200 and one.ms > 0 and one.trace for one in found.runs)
    assert desk.call(GET, GetRequest(run=found.run)).replay == found
    (line,) = desk.call(LIST, ListRequest()).runs
    assert (line.run, line.count, line.status, line.state) == (found.run, 5, 200, "done")
    kept = desk.services.store.traces.of_run(found.run)
    assert [one.run for one in kept] == [f"{found.run}/{number}" for number in range(1, 6)]
    told = desk.services.events.poll(PollRequest(0, desk.services.epoch, 0)).events
    assert {"run": found.run, "done": 5, "total": 5} in [e.data for e in told if e.kind == "http.run"]


ROWS = [{"id": 1, "v": "a"}, {"id": 2, "v": "b"}, {"id": 3, "v": "c"}]


@pytest.mark.parametrize(
    ("after", "headers", "expected"),
    [
        ([ROWS[0], {"id": 2, "v": "x"}, ROWS[2]], "Vary: Cookie\r\n", ("body", "changed", "/rows/[id=2]/v")),
        (ROWS, "", ("header", "removed", "Vary")),
        ([ROWS[1], ROWS[0], ROWS[2]], "Vary: Cookie\r\n", ("body", "order", "/rows")),
        ([*ROWS, {"id": 4, "v": "d"}], "Vary: Cookie\r\n", ("body", "added", "/rows/[id=4]")),
    ],
)
def test_a_change_planted_between_two_runs_is_the_one_difference(
    desk: Desk, recorder: Recorder, after, headers, expected
):
    recorder.answer = answering(*({"rows": ROWS, "now": number} for number in range(3)))
    before = replay(desk, recorder)
    assert [one.path for one in before.comparison.noise] == ["/now"]
    recorder.answer = answering(*({"rows": after, "now": number} for number in range(7, 10)), headers=headers)
    found = replay(desk, recorder, before_run=before.run)
    assert real(found.comparison) == [expected]
    assert [one.path for one in found.comparison.diff if one.noise and one.part == "body"] == ["/now"]
    again = desk.call(DIFF, DiffRequest(before_run=before.run, after_run=found.run))
    assert again == found.comparison


def test_that_nothing_differs_is_neither_good_nor_bad(desk: Desk, recorder: Recorder):
    recorder.answer = answering({"v": 1})
    before = replay(desk, recorder)
    same = replay(desk, recorder, before_run=before.run).comparison.verdict
    assert same.text.startswith("No difference shown") and same.text.endswith("response unchanged")
    assert same.tone == ""
    recorder.answer = answering({"v": 2})
    assert replay(desk, recorder, before_run=before.run).comparison.verdict.tone == "warn"


def test_noise_of_the_later_run_covers_nothing_that_was_stable_before(desk: Desk, recorder: Recorder):
    recorder.answer = answering({"v": 1})
    before = replay(desk, recorder)
    recorder.answer = answering({"v": 2}, {"v": 3}, {"v": 4})
    found = replay(desk, recorder, before_run=before.run)
    assert real(found.comparison) == [("body", "changed", "/v")]


def captured(desk: Desk, recorder: Recorder, **fields) -> Trace:
    """A request as the probe would have reported it."""
    summary = {"id": "c1", "at": "2026-01-01T00:00:00.000000+00:00", "source": "capture", "method": "GET",
               "target": "/x?a=%7e", "status": 200, "duration_ms": 12.0}  # fmt: skip
    statements = fields.pop("statements", [])
    request = Message(headers=[("Host", recorder.url[7:]), ("Cookie", "a=1; s=[redacted]")])
    response = Message(
        headers=[("Content-Type", "text/plain")], body="ok", body_bytes=2, content_type="text/plain"
    )
    trace = Trace(
        summary=TraceSummary(**summary | fields), request=request, response=response, statements=statements
    )
    desk.services.store.traces.add([trace])
    return trace


def test_a_capture_is_replayed_and_stands_as_before(desk: Desk, recorder: Recorder):
    captured(desk, recorder)
    found = replay(desk, recorder, request=None, trace="c1")
    head = recorder.requests[0].split(b"\r\n")
    assert head[0] == b"GET /x?a=%7e HTTP/1.1" and b"Cookie: a=1" in head
    assert "cookies that were not captured are left out" in found.sent.differences
    assert real(found.comparison) == [] and found.comparison.verdict.text == "Response unchanged"
    assert [one.kind for one in desk.services.store.steps.of("c1")] == ["replayed"]
    again = replay(desk, recorder, request=None, trace="c1", before_run="first")
    assert again.comparison.before_run == found.run
    replayed, _, verdict = desk.services.store.steps.of("c1")
    assert replayed.facts["run"] == found.run and replayed.facts["count"] == 3
    assert verdict.kind == "verdict" and verdict.facts["after_run"] == again.run
    assert verdict.facts["text"] == again.comparison.verdict.text and verdict.facts["rows"]
    assert [run.run for run in desk.call(LIST, ListRequest(trace="c1")).runs] == [again.run, found.run]


def statement(number: int, sql: str, ms: float) -> TracedStatement:
    return TracedStatement(number=number, start_ms=0, duration_ms=ms, sql=sql, fingerprint=sql, rows=1)


def reporting(desk: Desk, recorder: Recorder, shapes: dict[str, int], log: str = ""):
    """An application that reports each request a moment after it has answered."""

    def report(request: bytes, key: str) -> None:
        run = request.partition(b"X-Backlight-Run: ")[2].split(b"\r\n")[0].decode()
        statements = [
            statement(n, sql, 1.0) for n, sql in enumerate(s for s, c in shapes.items() for _ in range(c))
        ]
        logs = [TracedLog(number=0, start_ms=0, level="WARNING", logger="shop", message=log)] if log else []
        summary = TraceSummary(
            id=key, at="2026-01-01", source="run", method="GET", target="/x", status=200, run=run,
            statements=len(statements), sql_ms=float(len(statements)),
        )  # fmt: skip
        trace = Trace(
            summary=summary, request=Message(), response=Message(), statements=statements, logs=logs
        )
        desk.services.store.traces.add([trace])

    numbers = itertools.count()

    def answer(request: bytes, connection: socket.socket) -> bool:
        key = f"t{id(shapes)}-{next(numbers)}"
        connection.sendall(OK.replace(b"\r\n\r\n", f"\r\nX-Backlight-Id: {key}\r\n\r\n".encode()))
        threading.Timer(0.05, report, (request, key)).start()
        return True

    return answer


def test_statements_are_compared_by_fingerprint(desk: Desk, recorder: Recorder):
    recorder.answer = reporting(desk, recorder, {"SELECT orders": 1, "SELECT customers": 20}, "slow 374 ms")
    before = replay(desk, recorder)
    assert all(one.statements == 21 and one.sql_ms == 21.0 for one in before.runs)
    recorder.answer = reporting(desk, recorder, {"SELECT orders": 1, "SELECT customers IN": 1})
    found = replay(desk, recorder, before_run=before.run).comparison
    assert [(one.sql, one.before, one.after) for one in found.statements] == [
        ("SELECT orders", 1, 1),
        ("SELECT customers", 20, 0),
        ("SELECT customers IN", 0, 1),
    ]
    rows = {row.label: (row.before, row.after, row.tone) for row in found.verdict.rows}
    assert rows["statements"] == ("21", "2", "ok") and rows["SQL time"] == ("21 ms", "2.0 ms", "ok")
    assert found.logs == ["− WARNING shop: slow # ms"]


def test_a_capture_that_wrote_is_not_replayed_unasked(desk: Desk, recorder: Recorder):
    captured(desk, recorder, statements=[statement(1, "/* c */ UPDATE t SET a = 1", 1.0)])
    refused = desk.refused(REPLAY, ReplayRequest(trace="c1"))
    assert refused.code == "http.confirm" and "wrote to the database" in refused.detail
    assert "127.0.0.1" in refused.hint and recorder.requests == []
    replay(desk, recorder, request=None, trace="c1", confirm="127.0.0.1")
    assert len(recorder.requests) == 3


@pytest.mark.parametrize(("environment", "method", "count", "confirm", "code"), [
    ({"class_": "shared"}, "POST", 1, "127.0.0.1", "http.blocked"),
    ({"class_": "shared"}, "GET", 5, "", ""),
    ({"class_": "production"}, "GET", 2, "127.0.0.1", "http.blocked"),
    ({"class_": "production"}, "GET", 1, "", ""),
    ({"class_": "production"}, "POST", 1, "127.0.0.1", "http.blocked"),
    ({}, "POST", 2, "", "http.confirm"),
    ({}, "POST", 2, "localhost", "http.confirm"),
    ({"copy": True}, "DELETE", 2, "", ""),
])  # fmt: skip
def test_guards(desk: Desk, recorder: Recorder, environment, method, count, confirm, code):
    made = Environment(name="e", base_url=recorder.url, **environment)
    desk.call(SAVE_ENVIRONMENT, SaveEnvironmentRequest(environment=made))
    draft = Draft(method=method, url="http://x/")
    asked = ReplayRequest(request=draft, environment="e", count=count, warm_up=0, confirm=confirm)
    if code:
        assert desk.refused(REPLAY, asked).code == code and recorder.requests == []
    else:
        assert len(desk.call(REPLAY, asked).runs) == count


def test_an_application_that_dies_half_way_ends_the_run(desk: Desk, recorder: Recorder):
    left = itertools.count()

    def answer(_request: bytes, connection: socket.socket) -> bool:
        if next(left) < 2:
            connection.sendall(OK)
            return True
        return False

    recorder.answer = answer
    found = replay(desk, recorder, count=50)
    assert [bool(one.problem) for one in found.runs] == [False, False, True, True, True]
    assert "3 of 5 answered otherwise" in found.comparison.notes[0]


def test_a_cancelled_run_leaves_nothing(desk: Desk, recorder: Recorder):
    def cancel() -> None:
        wait_until(lambda: len(recorder.requests) > 5, "some requests")
        desk.services.jobs.cancel("long")

    threading.Thread(target=cancel, daemon=True).start()
    asked = ReplayRequest(request=Draft(url=recorder.url), count=10_000)
    assert desk.refused(REPLAY, asked, "long").code == "job.cancelled"
    assert desk.call(LIST, ListRequest()).runs == []


def test_a_busy_machine_is_told_of(desk: Desk, recorder: Recorder):
    program = "while True: sum(range(1000))"
    workers = [subprocess.Popen([sys.executable, "-c", program], env=child_env()) for _ in range(8)]
    try:
        before = replay(desk, recorder, count=400)
        found = replay(desk, recorder, count=400, before_run=before.run)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert 0 <= found.pressure <= 1
    busy = max(before.pressure, found.pressure) > 0.6
    assert any("The machine was busy" in note for note in found.comparison.notes) == busy


def test_unknown_runs_and_traces_are_problems(desk: Desk, recorder: Recorder):
    assert desk.refused(GET, GetRequest(run="x")).code == "http.unknown_run"
    assert desk.refused(DIFF, DiffRequest(after_run="x")).code == "http.unknown_run"
    assert desk.refused(DIFF, DiffRequest(before_trace="x", after_trace="y")).code == "trace.unknown"
    assert desk.refused(DIFF, DiffRequest()).code == "request.invalid"
    assert desk.refused(REPLAY, ReplayRequest(trace="x")).code == "trace.unknown"
    asked = ReplayRequest(request=Draft(url=recorder.url), before_run="x")
    assert desk.refused(REPLAY, asked).code == "http.unknown_run" and recorder.requests == []


def test_the_shop_replayed_is_unchanged(desk: Desk, shop: Shop):
    draft = Draft(url=f"{shop.url}/orders/recent")
    before = desk.call(REPLAY, ReplayRequest(request=draft, count=5))
    after = desk.call(REPLAY, ReplayRequest(request=draft, count=5, before_run=before.run))
    assert real(after.comparison) == [] and after.comparison.verdict.text.endswith("response unchanged")
    assert {one.noise for one in after.comparison.diff} <= {"token", "clock"}


def test_what_writes_says_how_to_replay_on_a_copy_and_why_not_by_itself(desk: Desk, recorder: Recorder):
    written = TracedStatement(
        number=1,
        start_ms=1,
        duration_ms=1,
        sql="INSERT INTO t VALUES (1)",
        database="sqlite:////data/my shop.db",
    )
    summary = TraceSummary(
        id="w9", at="2026-01-01T00:00:00+00:00", source="capture", method="POST", target="/x"
    )
    trace = Trace(summary=summary, request=Message(), response=Message(), statements=[written])
    desk.services.store.traces.add([trace])
    refused = desk.refused(REPLAY, ReplayRequest(trace="w9", base_url=recorder.url, count=2))
    assert refused.code == "http.confirm" and recorder.requests == []
    assert """sqlite3 '/data/my shop.db' ".backup '/data/my shop-copy.db'\"""" in refused.hint
    assert "says it works on a copy" in refused.hint and "neither its command" in refused.hint
