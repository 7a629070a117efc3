"""From a line to the request it belongs to, and how sure that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from embedded_server.logs.ids import ids_in
from embedded_server.wire.logs import RECORD, LogId, RecordRequest
from embedded_server.wire.trace import Message, Trace, TraceSummary

AT = datetime(2026, 11, 26, 10, 0, 0, tzinfo=UTC)
TRACE = "5f2b6a0c9d3e4f71a2b3c4d5e6f70819"


def stored(desk, key: str, at: datetime, duration: float = 50.0, header: str = "") -> None:
    headers = [("X-Request-ID", header)] if header else []
    summary = TraceSummary(
        id=key,
        at=at.isoformat(timespec="microseconds"),
        source="capture",
        method="GET",
        target="/orders/recent",
        status=200,
        duration_ms=duration,
    )
    desk.services.store.traces.add(
        [Trace(summary=summary, request=Message(headers=headers), response=Message())]
    )


def found(desk, tmp_path, line: str) -> list[LogId]:
    path = tmp_path / "app.log"
    path.write_text(line + "\n")
    return desk.call(RECORD, RecordRequest(source=str(path), offset=0)).ids


@pytest.mark.parametrize(
    "text",
    [
        f"request_id={TRACE} slow",
        f"[{TRACE}] slow",
        f"X-Backlight-Id: {TRACE}",
        f"traceparent=00-{TRACE}-00f067aa0ba902b7-01",
        f"trace_id='{TRACE.upper()}'",
        f"id {TRACE[:8]}-{TRACE[8:12]}-{TRACE[12:16]}-{TRACE[16:20]}-{TRACE[20:]}",
    ],
)
def test_an_id_in_the_line_is_exact(desk, tmp_path, text):
    stored(desk, TRACE, AT)
    (first, *_) = found(desk, tmp_path, f"2026-11-26 10:00:00,010 INFO shop: {text}")
    assert (first.trace, first.match, first.title) == (TRACE, "exact", "GET /orders/recent")


def test_an_id_in_json_is_exact(desk, tmp_path):
    stored(desk, TRACE, AT)
    (first,) = found(desk, tmp_path, f'{{"event": "slow", "level": "info", "request_id": "{TRACE}"}}')
    assert (first.name, first.trace, first.match) == ("request_id", TRACE, "exact")


def test_a_header_of_the_request_is_said_to_be_one(desk, tmp_path):
    stored(desk, TRACE, AT, header="edge-7731-abcdef")
    (first,) = found(
        desk, tmp_path, "2026-11-26 10:00:00,010+00:00 INFO shop: request_id=edge-7731-abcdef slow"
    )
    assert (first.value, first.trace, first.match) == ("edge-7731-abcdef", TRACE, "header")


def test_the_clock_alone_is_said_to_be_no_more(desk, tmp_path):
    stored(desk, TRACE, AT)
    stored(desk, "another", AT + timedelta(seconds=5))
    (first,) = found(desk, tmp_path, "2026-11-26T10:00:00.020Z INFO shop: slow listing")
    assert (first.trace, first.match) == (TRACE, "time")


@pytest.mark.parametrize("seconds", [0, 3])
def test_two_requests_at_once_or_none_are_no_answer(desk, tmp_path, seconds):
    stored(desk, TRACE, AT + timedelta(seconds=seconds))
    stored(desk, "another", AT + timedelta(seconds=seconds))
    assert found(desk, tmp_path, "2026-11-26T10:00:00.020Z INFO shop: slow listing") == []


def test_an_unknown_id_leads_nowhere(desk, tmp_path):
    (first,) = found(desk, tmp_path, f"2026-11-26 10:00:00,010 INFO shop: request_id={TRACE}")
    assert (first.value, first.trace, first.match) == (TRACE, "", "")


def test_words_are_no_ids():
    assert ids_in("INFO grid=abc deadbeefcafe facade request accepted", {}) == []
    assert ids_in("rid=4711-ab", {}) == [("rid", "4711-ab")]
