"""The list: filter language, keyset pages, limits of the store."""

from __future__ import annotations

import pytest

from embedded_server.wire.trace import GET, LIST, GetRequest, ListRequest

from .conftest import Desk, request, statement


@pytest.fixture
def filled(desk: Desk) -> Desk:
    many = [statement("select ?", [n]) for n in range(6)]
    desk.ingest(request(target="/a?q=1", status=200), request(target="/b", status=404, method="POST"))
    desk.ingest(request(target="/c", status=503, duration_ms=300), request(target="/a/n", statements=many))
    desk.ingest(
        request(target="/r", run="r1/2", origin="t1", route="/r/<x>"), request(target="/s", run="r10/1")
    )
    return desk


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "/s /r /a/n /c /b /a?q=1"),
        ("/a", "/a/n /a?q=1"),
        ("status:5xx", "/c"),
        ("-status:2xx", "/c /b"),
        ("status:404", "/b"),
        ("status>=404", "/c /b"),
        ("sql>5", "/a/n"),
        ("-sql>5 slow>=200", "/c"),
        ("method:post", "/b"),
        ("mark:n+1", "/a/n"),
        ("-mark:N+1 /a", "/a?q=1"),
        ("run:r1", "/r"),
        ("source:run", "/s /r"),
        ("origin:t1", "/r"),
        ("route:<x>", "/r"),
        ('"/a?q"', "/a?q=1"),
        ("%", ""),
        ("app:shop method!=GET", "/b"),
    ],
)
def test_filters(filled: Desk, text: str, expected: str) -> None:
    assert filled.targets(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "position"),
    [("x mark:new", 2), ("sql>many", 0), ('a "b', 2), ("color:red", 0), ("method>GET", 0), ("status:", 0)],
)
def test_what_cannot_be_understood_is_said_where(desk: Desk, text: str, position: int) -> None:
    refusal = desk.refused(LIST, ListRequest(filter=text))
    assert (refusal.code, refusal.position) == ("trace.bad_filter", position) and "status:5xx" in refusal.hint


def test_pages_by_key(filled: Desk) -> None:
    first = filled.call(LIST, ListRequest(limit=4))
    second = filled.call(LIST, ListRequest(limit=4, before=first.next))
    assert [one.target for one in first.requests + second.requests] == [
        "/s",
        "/r",
        "/a/n",
        "/c",
        "/b",
        "/a?q=1",
    ]
    assert (first.hidden, second.next, first.total) == (None, "", 6)
    assert filled.call(LIST, ListRequest(filter="/a")).hidden == 4
    assert filled.refused(LIST, ListRequest(before="nonsense")).code == "trace.bad_key"
    wanted = [first.requests[0].id, "unknown"]
    assert [one.id for one in filled.call(LIST, ListRequest(ids=wanted)).requests] == wanted[:1]


def test_an_unknown_request_is_a_problem(desk: Desk) -> None:
    assert desk.refused(GET, GetRequest("nope")).code == "trace.unknown"


def test_runs_are_listed_in_their_order(desk: Desk) -> None:
    desk.ingest(*(request(target=f"/{n}", run=f"r/{n}") for n in (10, 9, 1)), request(run="r1/1"))
    assert [one.target for one in desk.traces.of_run("r")] == ["/1", "/9", "/10"]


def test_the_oldest_go_first_and_pinned_ones_never(desk: Desk) -> None:
    body = {"body": "the same" * 100}
    first = [request(target=f"/{n}", response=body) for n in range(10)]
    desk.ingest(*first)
    desk.traces.pin(first[0]["id"], True)
    desk.traces.most_traces = 300
    for _ in range(4):
        desk.ingest(*(request(response=body, statements=[statement("select ?", ["k"])]) for _ in range(100)))
    assert desk.traces.count() <= 300 and desk.get(first[0]["id"]).summary.pinned
    assert desk.traces.get(first[1]["id"]) is None
    with desk.services.store.engine.connect() as connection:
        counts = [
            connection.exec_driver_sql(f"select count(*) from {table}").scalar()
            for table in ("trace_body", "trace_value", "trace_statement", "trace")
        ]
    assert counts[0] == 1 and counts[1] == counts[2] == counts[3] - 1


def test_the_store_keeps_to_its_bytes(desk: Desk) -> None:
    desk.traces.most_bytes = 2_000_000
    for number in range(30):
        large = {"body": f"{number}" * 100_000}
        desk.ingest(*(request(response=large) for _ in range(30)))
    with desk.services.store.engine.connect() as connection:
        kept = connection.exec_driver_sql("select sum(size) from trace_body").scalar()
    assert kept <= 2_000_000 and desk.traces.count() > 0


def test_top_statements_over_all_requests(desk: Desk) -> None:
    slow = statement("SELECT * FROM o WHERE a = ?", [1], duration_ms=50, database="sqlite:////x.db")
    quick = statement("select * from o where a=?", [2], duration_ms=10, database="sqlite:////x.db")
    desk.ingest(request(route="/o", statements=[slow, quick]), request(route="/p", statements=[quick]))
    top = desk.traces.top(5)[0]
    assert (top.calls, top.total_ms, top.max_ms, top.requests) == (3, 70.0, 50.0, 2)
    assert top.sample.params == [1] and top.routes == ["GET /o", "GET /p"]
    assert top.connection == "sqlite:////x.db" and desk.traces.top(5, connection="other") == []
