"""From a trace to the rows of its timeline."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desktop.kit.ages import age_text
from desktop.trace.tables import statement_lines
from desktop.trace.timeline_rows import MOST_LOGS, gaps, rows_of
from desktop.trace.words import facts_text, ms_text, status_token
from embedded_server.wire.trace import (
    Group,
    Message,
    Span,
    Trace,
    TracedException,
    TracedLog,
    TracedStatement,
    TraceSummary,
)

SUMMARY = TraceSummary(
    id="t", at="2026-11-26T10:00:00.000000+00:00", source="capture", method="GET", target="/orders",
    status=200, duration_ms=100.0, statements=4, logs=1, marks=["N+1"],
)  # fmt: skip


def statement(number: int, start: float, takes: float, sql: str = "SELECT 1", **more: Any):
    return TracedStatement(number=number, start_ms=start, duration_ms=takes, sql=sql, **more)


def trace(**more: Any) -> Trace:
    return Trace(summary=SUMMARY, request=Message(), response=Message(), **more)


def test_rows_stand_in_the_order_of_their_begin_and_groups_fold():
    found = rows_of(
        trace(
            statements=[
                statement(1, 5, 60, "SELECT * FROM orders"),
                *(statement(n, 60 + n, 1, "SELECT * FROM c WHERE id = ?", params=[n]) for n in (2, 3, 4)),
            ],
            groups=[
                Group(fingerprint="a", sql="SELECT * FROM orders", count=1, total_ms=60, numbers=[1]),
                Group(
                    fingerprint="b",
                    sql="SELECT * FROM c WHERE id = ?",
                    count=3,
                    total_ms=3,
                    numbers=[2, 3, 4],
                    mark="N+1",
                ),
            ],
            spans=[Span(kind="template", name="orders.html", start_ms=80, duration_ms=10)],
            logs=[TracedLog(number=1, start_ms=2, level="WARNING", logger="shop", message="slow\nlisting")],
            unexplained_ms=27,
        )
    )
    assert found.text() == "GET /orders" and found.duration == 100.0
    assert [row.text() for row in found.children] == [
        "WARNING shop slow listing",
        "SELECT * FROM orders",
        "SELECT * FROM c WHERE id = ?  × 3  N+1",
        "render orders.html",
        "fetch + Python",
    ]
    log, slow, repeated, span, rest = found.children
    assert (log.token, slow.token, repeated.token, span.token) == ("warn", "warn", "error", "faint")
    assert log.duration is None and repeated.duration == 3
    assert [child.text() for child in repeated.children][0] == "SELECT * FROM c WHERE id = 2"
    assert rest.bars == ((0.0, 5.0), (65.0, 80.0), (90.0, 100.0)) or sum(b - a for a, b in rest.bars) == 27
    assert slow.numbers == (1,) and repeated.numbers == (2, 3, 4)


def test_the_list_of_all_statements_says_what_it_marks_and_numbers_statements_only():
    same = [statement(n, 60 + n, 1, "SELECT * FROM c WHERE id = ?", params=[n], rows=1) for n in (2, 3)]
    found = statement_lines(
        trace(
            statements=[statement(1, 5, 60), *same, statement(4, 99, 1, "", kind="rollback")],
            groups=[Group(fingerprint="b", sql="", count=2, total_ms=2, numbers=[2, 3], mark="N+1")],
        )
    )
    assert [line.lead for line in found] == ["1", "2", "3", ""], "the end of a transaction is not counted"
    assert [line.right.split()[0] for line in found] == ["60", "N+1", "N+1", "1"]
    assert [line.right_token for line in found] == ["dim", "error", "error", "dim"]


def test_many_log_lines_fold_but_warnings_stay():
    logs = [TracedLog(number=n, start_ms=n, level="DEBUG", logger="a", message="m") for n in range(1, 20)]
    logs.append(TracedLog(number=20, start_ms=20, level="ERROR", logger="a", message="broken"))
    rows = rows_of(trace(logs=logs)).children
    assert [(row.kind, row.text()) for row in rows] == [("logs", "19 log lines"), ("log", "ERROR a broken")]
    assert len(rows[0].children) == 19
    few = rows_of(trace(logs=logs[:MOST_LOGS])).children
    assert [row.kind for row in few] == ["log"] * MOST_LOGS


def test_an_exception_and_a_failed_statement_are_red_rows():
    error = TracedException(type="KeyError", message="'x'", handled=True)
    rows = rows_of(trace(exception=error, statements=[statement(1, 1, 1, error="no such table: t")])).children
    assert [(row.kind, row.token) for row in rows] == [("statement", "error"), ("exception", "error")]
    assert rows[0].note == "no such table: t" and rows[1].text() == "KeyError handled: 'x'"


INTERVALS = st.lists(st.tuples(st.floats(0, 90), st.floats(0, 40)), max_size=8)


@given(work=INTERVALS)
def test_gaps_and_work_cover_the_whole_request_once(work: list[tuple[float, float]]):
    covered = [(start, start + length) for start, length in work]
    found = gaps(covered, 100.0)
    for start, end in found:
        assert 0 <= start < end <= 100
        assert not any(other < end and start < stop for other, stop in covered if stop > other)
    assert found == sorted(found)
    for instant in (0.0, 13.7, 50.0, 99.9):
        inside = any(start <= instant < end for start, end in covered)
        assert inside or any(start <= instant <= end for start, end in found)


def test_words():
    assert [ms_text(value) for value in (0.44, 9.96, 18.2, 1240, 12345)] == [
        "0.4\u2009ms", "10\u2009ms", "18\u2009ms", "1,240\u2009ms", "12.3\u2009s",
    ]  # fmt: skip
    assert facts_text(SUMMARY) == "4 statements · N+1 · 1 log line"
    assert [status_token(code) for code in (200, 302, 404, 500, 0)] == ["ok", "ok", "warn", "error", "error"]
    assert age_text("not a time") and age_text(SUMMARY.at)
