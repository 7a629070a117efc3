"""From a record to the captured request it belongs to, and how sure that is."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from embedded_server.store.conditions import Condition
from embedded_server.store.traces import Traces
from embedded_server.wire.logs import LogId, RecordResponse
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.trace import Trace, TraceSummary

from .times import micros

_NAMES = (
    r"x-backlight-id|backlight[_-]?id|x-request-id|request[_.-]?id|req[_.-]?id|otelTraceID|trace[_.-]?id"
    r"|traceparent|correlation[_.-]?id|rid"
)
_NAMED = re.compile(rf"[\"']?\b(?P<name>{_NAMES})[\"']?\s*[=:]\s*[\"']?(?P<value>[\w.:/+=-]{{6,128}})", re.I)
_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.I)
_HEX = re.compile(r"\b(?=[0-9a-f]*\d)(?:[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{12})\b", re.I)
_PARENT = re.compile(r"^[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")
_NEAR = timedelta(seconds=30)
_MOST_IDS = 8
_MOST_TRACES = 60


def ids_in(text: str, fields: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values of what may be an id of a request, those with a name first."""
    found: dict[str, str] = {}
    for name, value in fields.items():
        if isinstance(value, str) and re.fullmatch(_NAMES, name, re.I):
            found.setdefault(value, name)
    for hit in _NAMED.finditer(text):
        found.setdefault(hit["value"].rstrip("."), hit["name"])
    for pattern in (_UUID, _HEX):
        for hit in pattern.finditer(text):
            found.setdefault(hit[0], "id")
    return [(name, value) for value, name in found.items()][:_MOST_IDS]


def with_ids(record: RecordResponse, traces: Traces) -> RecordResponse:
    """The record with the requests that its ids, or at least its time, lead to."""
    try:
        return replace(record, ids=_looked_up(record, traces))
    except ProblemError:
        return record


def _looked_up(record: RecordResponse, traces: Traces) -> list[LogId]:
    ids = ids_in(record.text[:65536], record.fields)
    found = [_exact(name, value, traces) for name, value in ids]
    if any(each.trace for each in found):
        return sorted(found, key=lambda each: not each.trace)
    near = _near(record, traces)
    found = [_by_header(each, near, traces) for each in found]
    inside = (
        [] if any(each.trace for each in found) else [summary for summary in near if _covers(summary, record)]
    )
    if len(inside) == 1:
        found.append(LogId("time", record.time, inside[0].id, _title(inside[0]), "time"))
    return sorted(found, key=lambda each: not each.trace)


def _exact(name: str, value: str, traces: Traces) -> LogId:
    parent = _PARENT.match(value)
    key = parent["trace"] if parent else value
    for spelled in dict.fromkeys((key, key.lower(), key.replace("-", "").lower())):
        summary = traces.summary(spelled)
        if summary is not None:
            return LogId(name, value, summary.id, _title(summary), "exact")
    return LogId(name, value)


def _by_header(found: LogId, near: list[TraceSummary], traces: Traces) -> LogId:
    if found.name == "id" and len(found.value) < 12:
        return found
    for summary in near:
        trace = traces.get(summary.id)
        if trace is not None and _has_header(trace, found.value):
            return LogId(found.name, found.value, summary.id, _title(summary), "header")
    return found


def _has_header(trace: Trace, value: str) -> bool:
    return any(value in text for message in (trace.request, trace.response) for _, text in message.headers)


def _near(record: RecordResponse, traces: Traces) -> list[TraceSummary]:
    """Requests captured around the record's time; the newest ones if it has none."""
    at = _moment(record.time)
    if at is None:
        return traces.list(limit=_MOST_TRACES)
    wanted = [Condition("at", ">=", _text(at - _NEAR)), Condition("at", "<=", _text(at + _NEAR))]
    return traces.list(wanted, limit=_MOST_TRACES)


def _moment(text: str) -> datetime | None:
    """A record's time; one without a zone is this machine's."""
    forms = ("iso", "%d/%b/%Y %H:%M:%S", "%d/%b/%Y:%H:%M:%S %z")
    at = next((at for form in forms if (at := micros(text, form)) is not None), None) if text else None
    if at is None:
        return None
    moment = datetime.fromtimestamp(at / 1e6, UTC)
    zoned = re.search(r"(?:Z|[A-Z]{2,5}|[+-]\d\d:?\d{0,2})$", text) or re.fullmatch(r"[\d.]+", text)
    return moment if zoned else moment.replace(tzinfo=None).astimezone(UTC)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _covers(summary: TraceSummary, record: RecordResponse) -> bool:
    at = _moment(record.time)
    if at is None:
        return False
    begun = datetime.fromisoformat(summary.at)
    begun = begun if begun.tzinfo else begun.replace(tzinfo=UTC)
    # A log's clock often has whole milliseconds only.
    slack = timedelta(milliseconds=2)
    return begun - slack <= at <= begun + timedelta(milliseconds=summary.duration_ms) + slack


def _title(summary: TraceSummary) -> str:
    return f"{summary.method} {summary.target}"
