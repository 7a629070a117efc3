"""Two requests side by side, routes, requests that touched a row, pinning and deleting."""

from __future__ import annotations

import pytest

from embedded_server.trace.comparing import pattern
from embedded_server.wire.connections import Profile
from embedded_server.wire.server import PollRequest
from embedded_server.wire.trace import (
    DELETE,
    PIN,
    ROUTES,
    SEEN,
    DeleteRequest,
    PinRequest,
    RoutesRequest,
    SeenRequest,
)
from embedded_server.wire.trace_compare import COMPARE, CompareRequest, CompareResponse

from .conftest import Desk, request, statement

PRODUCTS = statement("SELECT * FROM product", duration_ms=2)
EAGER = statement("SELECT * FROM price WHERE product_id IN (?, ?)", [1, 2], duration_ms=3)
JSON = [["Content-Type", "application/json"]]


def lazy(number: int) -> dict:
    return statement("SELECT * FROM price WHERE product_id = ?", [number], frames=[0])


def compared(desk: Desk, before: dict, after: dict) -> CompareResponse:
    one, other = request(**before), request(**after)
    desk.ingest(one, other)
    return desk.call(COMPARE, CompareRequest(one["id"], other["id"]))


def test_a_loop_that_was_mended(desk: Desk) -> None:
    before = {
        "statements": [PRODUCTS, *map(lazy, range(20))],
        "frames": [["/app/v.py", 9, "f"]],
        "duration_ms": 60,
        "logs": [{"level": "INFO", "logger": "shop", "message": f"price of {n}"} for n in range(20)],
        "response": {"headers": JSON, "body": '{"n": 1}'},
    }
    after = {
        "statements": [PRODUCTS, EAGER],
        "duration_ms": 12,
        "logs": [{"level": "INFO", "logger": "shop", "message": "prices of 20"}],
        "response": {"headers": JSON, "body": '{"n": 1}'},
    }
    found = compared(desk, before, after)
    assert found.text == "21 → 2 statements, 1 new, 1 gone, 22.0 → 5.0 ms of SQL"
    gone = found.statements[0]
    assert (gone.before, gone.after, gone.mark, gone.caller) == (20, 0, "N+1", "/app/v.py:9")
    assert [(line.before, line.after) for line in found.lines] == [
        (1, 1),
        *((n, None) for n in range(2, 22)),
        (None, 2),
    ]
    assert [(log.pattern, log.before, log.after) for log in found.logs] == [
        ("price of #", 20, 0),
        ("prices of #", 0, 1),
    ]
    assert found.diff == [] and {row.label: row.tone for row in found.rows}["time"] == "ok"


def test_a_changed_answer_is_said(desk: Desk) -> None:
    before = {"response": {"headers": JSON, "body": '{"a": [1, 2]}'}}
    found = compared(desk, before, {"response": {"headers": JSON, "body": '{"a": [1, 3]}'}, "status": 500})
    parts = {(one.part, one.kind) for one in found.diff if not one.noise}
    assert ("status", "changed") in parts and ("body", "changed") in parts
    assert {row.label: row.tone for row in found.rows}["status"] == "error"
    desk.refused(COMPARE, CompareRequest("a", "b"))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("user 15 in 2.5 ms", "user # in # ms"),
        ('file "a b.txt" of deadbeefdeadbeef01', "file # of #"),
        ("id 123e4567-e89b-12d3-a456-426614174000", "id #"),
        ("nothing here", "nothing here"),
    ],
)
def test_patterns_of_log_lines(message: str, expected: str) -> None:
    assert pattern(message) == expected


def test_routes_called_and_not(desk: Desk) -> None:
    declared = [
        {"rule": "/a/<x>", "methods": ["GET"], "endpoint": "a", "file": "a.py", "line": 3},
        {"rule": "/never", "methods": ["POST"], "endpoint": "n"},
    ]
    many = [statement("select ?", [n]) for n in range(6)]
    requests = [request(route="/a/<x>", duration_ms=ms, statements=many) for ms in (10, 20, 90)]
    desk.ingest(
        *requests, request(route="/a/<x>", status=500), request(route="/old", method="PUT"), routes=declared
    )
    first, old, never = desk.call(ROUTES, RoutesRequest()).rows
    assert (first.rule, first.calls, first.errors, first.p50_ms, first.line) == ("/a/<x>", 4, 1, 15, 3)
    assert first.statements == 6 and set(first.marks) == {"N+1", "error"} and first.slowest_ms == 90
    assert (old.declared, old.methods) == (False, ["PUT"])
    assert (never.rule, never.calls) == ("/never", 0)
    assert desk.call(ROUTES, RoutesRequest("other")).rows == []
    desk.ingest(routes=declared[:1])
    assert len(desk.call(ROUTES, RoutesRequest()).rows) == 2


def test_requests_that_touched_a_row(desk: Desk) -> None:
    url = "sqlite:////x/shop.db"
    desk.services.store.profiles.save(Profile("shop", url))
    mine = statement("SELECT * FROM orders WHERE id = ?", [77], database=url)
    other_table = statement("SELECT * FROM orders_old WHERE id = ?", [77], database=url)
    write = statement("UPDATE orders SET a = ? WHERE id = ? AND zone = ?", ["x", "77", "eu"], database=url)
    desk.ingest(
        request(target="/read", statements=[other_table, mine]),
        request(target="/no", statements=[other_table]),
        request(
            target="/else",
            statements=[statement("SELECT * FROM orders WHERE id = ?", [77], database="x://y/z")],
        ),
        request(target="/write", statements=[write]),
    )

    def seen(**fields) -> list[tuple]:
        answer = desk.call(SEEN, SeenRequest(connection="shop", table="orders", **fields))
        return [(one.request.target, one.number, one.writes) for one in answer.requests]

    assert seen(key=[77]) == [("/write", 1, True), ("/read", 2, False)]
    assert seen(key=["77", "eu"]) == [("/write", 1, True)]
    assert seen(key=[{"$int": "77"}], limit=1) == [("/write", 1, True)]
    assert seen(key=[78]) == seen(key=[None]) == []
    refusal = desk.refused(SEEN, SeenRequest(connection="shop", table="orders", key=[{}]))
    assert refusal.code == "trace.bad_key" and "not a database value" in refusal.detail


def test_pin_and_delete(desk: Desk) -> None:
    sent = [request(target=f"/{n}") for n in range(3)]
    desk.ingest(*sent)
    ids = [one["id"] for one in sent]
    desk.call(PIN, PinRequest(ids[0]))
    assert desk.targets("pinned:yes") == ["/0"]
    assert desk.call(DELETE, DeleteRequest(ids=[ids[1], "unknown"])).count == 1
    assert desk.call(DELETE, DeleteRequest(all=True)).count == 1
    assert desk.targets() == ["/0"]
    desk.call(PIN, PinRequest(ids[0], False))
    assert desk.call(DELETE, DeleteRequest(all=True)).count == 1
    assert desk.refused(PIN, PinRequest("unknown")).code == "trace.unknown"
    ring = desk.services.events
    events = ring.poll(PollRequest(epoch=ring.epoch, after=0, wait=1)).events
    gone = [event.data["ids"] for event in events if event.kind == "trace.deleted"]
    assert gone == [[ids[1]], [ids[2]], [ids[0]]]
