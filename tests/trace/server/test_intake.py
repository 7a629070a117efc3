"""What a probe sends becomes a trace: numbers, groups, marks, and no batch spoils the server."""

from __future__ import annotations

import pytest

from embedded_server.store.trace_rows import value_text
from embedded_server.wire.connections import Profile
from embedded_server.wire.server import PollRequest

from .conftest import Desk, request, statement

CALLER = ["/app/views.py", 12, "products", "for p in products: p.prices"]


def loop(count: int, **fields) -> list[dict]:
    return [
        statement(
            "SELECT * FROM price WHERE product_id = ?", [number], start_ms=2.0 + number, frames=[0], **fields
        )
        for number in range(count)
    ]


def test_a_request_comes_back_whole(desk: Desk) -> None:
    trace = desk.taken(
        method="POST",
        target="/orders?x=1",
        route="/orders",
        status=201,
        request={
            "headers": [["Content-Type", "application/json"]],
            "body": '{"ü": "\\ud83d\\ude00"}',
            "body_bytes": 9,
        },
        response={"headers": [["X-A", "1"], ["X-A", "2"]], "body_base64": "AP8=", "body_bytes": 2},
        statements=[statement("INSERT INTO o (a) VALUES (?)", ["x"], rows=1)],
        logs=[
            {"start_ms": 1, "level": "WARNING", "logger": "shop", "message": "m", "file": "f.py", "line": 3}
        ],
        spans=[{"kind": "template", "name": "a.html", "start_ms": 1, "duration_ms": 2}],
        exception={
            "type": "ValueError",
            "message": "no",
            "frames": [{"file": "a", "line": 1, "function": "f"}],
        },
    )
    assert trace.request.body == '{"ü": "\\ud83d\\ude00"}' and trace.response.body_base64 == "AP8="
    assert trace.response.headers == [("X-A", "1"), ("X-A", "2")]
    assert trace.statements[0].rows == 1 and trace.statements[0].number == 1
    assert trace.logs[0].line == 3 and trace.spans[0].kind == "template"
    assert trace.exception is not None and trace.exception.frames[0].function == "f"
    assert trace.application is not None and trace.application.name == "shop"
    assert set(trace.summary.marks) == {"error", "writes"} and trace.summary.statements == 1


def test_a_loop_with_its_caller_and_its_parent(desk: Desk) -> None:
    parent = statement("SELECT * FROM product", start_ms=0.5, rows=6)
    trace = desk.taken(statements=[parent, *loop(6)], frames=[CALLER], duration_ms=20)
    group = next(group for group in trace.groups if group.mark)
    assert (group.mark, group.count, group.parent) == ("N+1", 6, 1)
    assert group.caller is not None and (group.caller.line, group.caller.file) == (12, "/app/views.py")
    assert group.values[:2] == ["[0]", "[1]"] and "as many as statement 1 returned" in group.reason
    assert trace.summary.marks == ["N+1"] and (trace.summary.statements, trace.summary.shapes) == (7, 2)


def test_four_times_is_no_loop_and_a_parent_of_too_few_rows_is_none(desk: Desk) -> None:
    assert desk.taken(statements=loop(4)).summary.marks == []
    parent = statement("SELECT * FROM product", rows=2)
    group = next(g for g in desk.taken(statements=[parent, *loop(6)]).groups if g.mark)
    assert group.parent is None


def test_the_same_values_again_are_duplicates_and_no_loop(desk: Desk) -> None:
    trace = desk.taken(statements=[statement("SELECT * FROM user WHERE id = ?", [7]) for _ in range(9)])
    assert trace.groups[0].mark == "duplicates" and trace.groups[0].reason.startswith("9 times")
    assert trace.summary.marks == ["duplicates"]


def test_inserts_in_a_row_are_neither(desk: Desk) -> None:
    trace = desk.taken(statements=[statement("INSERT INTO t VALUES (?)", [n]) for n in range(9)])
    assert trace.groups[0].mark == "" and trace.summary.marks == ["writes"]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", False),
        ("PRAGMA foreign_keys=ON", False),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", True),
        ("update t set a = 1", True),
        ("SAVEPOINT a", False),
        ("", False),
    ],
)
def test_what_writes(desk: Desk, sql: str, expected: bool) -> None:
    assert ("writes" in desk.taken(statements=[statement(sql)]).summary.marks) == expected


def test_time_that_nothing_explains(desk: Desk) -> None:
    trace = desk.taken(
        duration_ms=100,
        statements=[
            statement("select 1", start_ms=10, duration_ms=20),
            statement("select 2", start_ms=20, duration_ms=20),
        ],
        spans=[{"kind": "template", "name": "x", "start_ms": 90, "duration_ms": 30}],
    )
    assert trace.unexplained_ms == pytest.approx(100 - 30 - 10)


def test_what_was_only_counted_still_counts(desk: Desk) -> None:
    beyond = [{"sql": "SELECT * FROM price WHERE product_id = ?", "count": 100, "total_ms": 50}]
    trace = desk.taken(statements=loop(6), overflow=beyond)
    assert trace.summary.statements == 106 and trace.groups[0].count == 106
    assert trace.dropped == {"statements": 100} and "truncated" in trace.summary.marks


def test_broken_requests_do_not_spoil_the_others(desk: Desk) -> None:
    good = request()
    answer = desk.ingest(
        good,
        {"id": "x"},
        [],
        None,
        request(id="../../etc"),
        request(status=10**30),
        request(headers=5),
        request(frames=[["f.py", 10**30, "f"]], statements=[statement("select 1", frames=[0])]),
    )
    assert (answer.accepted, answer.dropped) == (2, 6) and answer.problem
    assert desk.get(good["id"]).summary.id == good["id"]


def test_unknown_fields_and_odd_values_are_taken(desk: Desk) -> None:
    trace = desk.taken(
        newer={"field": 1},
        at=1e300,
        statements=[statement("select ?", [10**40, {"a": [None, True]}], frames=[0, 99, -1])],
        request={"headers": [["x\u0000y\r\nevil", "\u0007"]], "body": "\u0000"},
    )
    assert trace.statements[0].params == [str(10**40), {"a": [None, True]}]
    assert trace.statements[0].callers == [] and trace.request.body == "\u0000"
    assert trace.summary.at.startswith("20")


def test_a_batch_that_comes_twice_is_stored_once(desk: Desk) -> None:
    one = request()
    assert desk.ingest(one).accepted == 1 and desk.ingest(one, one).accepted == 2
    assert desk.traces.count() == 1


def test_a_statement_names_the_saved_connection(desk: Desk, tmp_path) -> None:
    desk.services.store.profiles.save(Profile("shop db", f"sqlite:///{tmp_path}/shop.db"))
    urls = [f"sqlite:///{tmp_path}/./shop.db", f"sqlite+pysqlite:///{tmp_path}/other.db", ""]
    trace = desk.taken(statements=[statement("select 1", database=url) for url in urls])
    assert [one.connection for one in trace.statements] == ["shop db", urls[1], ""]


def test_new_requests_are_told_in_few_events(desk: Desk) -> None:
    for _ in range(30):
        desk.ingest(request())
    ring = desk.services.events
    told: list[str] = []
    last = 0
    while len(told) < 30:
        answer = ring.poll(PollRequest(epoch=ring.epoch, after=last, wait=5))
        told += [key for event in answer.events for key in event.data["ids"]]
        last = answer.last
    assert len(set(told)) == 30 and last <= 10


def test_values_are_searched_as_text() -> None:
    assert [value_text(value) for value in (5, "5", 2.5, None, True)] == ["5", "5", "2.5", "", ""]
