"""The slowest statements: from captures, and from pg_stat_statements where it is."""

from __future__ import annotations

from embedded_server.wire.explain import TOP, TopRequest, TopResponse
from embedded_server.wire.trace import Message, Trace, TracedStatement, TraceSummary
from tests.explain.server.conftest import Desk


def top(desk: Desk, **fields) -> TopResponse:
    return desk.call(TOP, TopRequest(**fields))


def capture(desk: Desk, key: str, ms: float) -> None:
    statements = [
        TracedStatement(
            number=0,
            start_ms=0,
            duration_ms=ms,
            sql="SELECT * FROM orders WHERE id = ?",
            params=[int(ms)],
            fingerprint="f1",
            dialect="sqlite",
            database=desk.url,
        )
    ]
    summary = TraceSummary(
        id=key,
        at="2026-01-01T00:00:00.000000+00:00",
        source="capture",
        method="GET",
        target="/orders",
        route="/orders",
        statements=1,
    )
    trace = Trace(summary=summary, request=Message(), response=Message(), statements=statements)
    desk.services.store.traces.add([trace])


def test_from_captures_with_the_slowest_run(lite: Desk) -> None:
    capture(lite, "a", 10)
    capture(lite, "b", 30)
    (one,) = top(lite).statements
    assert (one.calls, one.total_ms, one.mean_ms, one.max_ms, one.requests) == (2, 40, 20, 30, 2)
    assert (one.source, one.trace, one.number, one.params) == ("captures", "b", 0, [30])
    assert one.connection == lite.url and one.routes == ["GET /orders"]
    assert top(lite, connection="sqlite:////elsewhere.db").statements == []


def test_a_server_without_statistics_is_a_note(postgres: Desk) -> None:
    answer = top(postgres, connection=postgres.url)
    assert answer.statements == [] and "not installed" in answer.notes[0]


def test_from_the_servers_own_statistics(services, private_postgres) -> None:
    server = private_postgres(settings={"shared_preload_libraries": "pg_stat_statements"})
    desk = Desk(services, server.url(), "postgresql")
    desk.run("CREATE EXTENSION pg_stat_statements")
    desk.run(*["SELECT count(*) FROM generate_series(1, 100000) AS g(n) WHERE n % 7 = 3"] * 3)
    answer = top(desk, connection=desk.url)
    one = next(one for one in answer.statements if "generate_series" in one.sql)
    assert (one.source, one.calls, one.rows) == (
        "pg_stat_statements",
        3,
        1,
    ) and one.total_ms > one.mean_ms > 0
    assert "$1" in one.sql and not any("pg_stat" in other.sql for other in answer.statements)
