"""Captured requests as something to send again, and what the application reported of a run."""

from __future__ import annotations

import re
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from embedded_server.jobs import Call
from embedded_server.store.requests import Measured, Shape
from embedded_server.wire.http import Draft
from embedded_server.wire.problem import problem
from embedded_server.wire.trace import Message, Trace, TracedLog, TracedStatement, TraceSummary

from .bodies import header

# How long an application may take to report what it did, after it has answered.
REPORT_SECONDS = 3.0
_PAUSE = 0.03
# Bodies of traces that are stored here are cut at this size, as a probe does.
KEPT_BODY = 64 << 10
_WRITES = re.compile(
    r"\s*(?:/\*.*?\*/\s*|--[^\n]*\n\s*)*(?:with\b.*?\b(?:insert|update|delete)\b|insert|update|delete|merge|replace"
    r"|create|alter|drop|truncate|call|copy|grant|revoke)\b",
    re.I | re.S,
)
_NUMBERS = re.compile(r"\d+(?:\.\d+)?")


def trace_of(key: str, call: Call) -> Trace:
    """The trace of that id. Raises trace.unknown."""
    found = call.services.store.traces.get(key)
    if found is None:
        raise problem("trace.unknown", detail=key)
    return found


def draft_of(trace: Trace) -> Draft:
    """The captured request as a draft."""
    summary, request = trace.summary, trace.request
    host = header(request.headers, "host") or summary.host
    base = f"http://{host}" if host else (trace.application.url if trace.application else "").rstrip("/")
    headers = [one for one in request.headers if not one[0].lower().startswith("x-backlight-")]
    needs = ["body"] if request.truncated else []
    notes = ["The capture kept only the beginning of the body."] if request.truncated else []
    empty = not request.body and not request.body_base64
    return Draft(
        name=f"{summary.method} {summary.target}",
        method=summary.method,
        url=base + summary.target,
        headers=headers,
        body=None if empty and not _says_empty(headers) else request.body,
        body_base64=request.body_base64,
        trace=summary.id,
        needs=needs,
        writes=writes(trace),
        notes=notes,
    )


def _says_empty(headers: list[tuple[str, str]]) -> bool:
    return header(headers, "content-length") == "0"


def writes(trace: Trace) -> bool:
    """Whether the request changed the database, as far as it was seen."""
    return "writes" in trace.summary.marks or any(_WRITES.match(one.sql) for one in trace.statements)


def wait_for(ids: Sequence[str], call: Call, seconds: float = REPORT_SECONDS) -> list[Trace]:
    """The traces of these ids, once they are all reported or the time is over; in the order asked for.

    The probe sends in batches a moment after the answer left. When nothing new has come for a third of the
    time the rest is given up.
    """
    traces = call.services.store.traces
    begin = last = time.monotonic()
    waiting, quiet = set(ids), threading.Event()
    while waiting:
        come = {one.id for one in traces.summaries(sorted(waiting))}
        now = time.monotonic()
        if come:
            waiting -= come
            last = now
        if not waiting or now - begin > seconds + len(ids) * 0.01 or now - last > seconds / 3 + 0.5:
            break
        call.check()
        quiet.wait(_PAUSE)
    found = [traces.get(key) for key in ids if key not in waiting]
    return [trace for trace in found if trace is not None]


def measured(traces: Sequence[Trace]) -> Measured:
    """What the application did, by medians over its requests."""
    if not traces:
        return Measured()
    counts: dict[str, list[int]] = defaultdict(list)
    times: dict[str, list[float]] = defaultdict(list)
    examples: dict[str, tuple[TracedStatement, str]] = {}
    for trace in traces:
        marks = {group.fingerprint: group.mark for group in trace.groups}
        grouped: dict[str, list[TracedStatement]] = defaultdict(list)
        for one in trace.statements:
            if one.kind == "statement":
                grouped[one.fingerprint or one.sql].append(one)
        for key, group in grouped.items():
            counts[key].append(len(group))
            times[key].append(sum(one.duration_ms for one in group))
            examples.setdefault(key, (group[0], marks.get(key, "")))
    shapes = [_shape(key, counts[key], times[key], *examples[key], len(traces)) for key in examples]
    return Measured(
        shapes=[one for one in shapes if one.count],
        logs=_usual_logs(traces),
        statements=median(trace.summary.statements for trace in traces),
        sql_ms=median(trace.summary.sql_ms for trace in traces),
        rows=_rows(traces),
    )


def _rows(traces: Sequence[Trace]) -> float | None:
    """Rows of all statements; null where no driver knows."""
    if not any(one.rows is not None and one.rows >= 0 for trace in traces for one in trace.statements):
        return None
    return median(sum(max(one.rows or 0, 0) for one in trace.statements) for trace in traces)


def _shape(
    key: str, counts: list[int], times: list[float], example: TracedStatement, mark: str, of: int
) -> Shape:
    missing = of - len(counts)
    caller = f"{example.callers[0].file}:{example.callers[0].line}" if example.callers else ""
    return Shape(
        fingerprint=key,
        sql=example.sql,
        count=round(median(counts + [0] * missing)),
        ms=round(median(times + [0.0] * missing), 3),
        caller=caller,
        mark=mark,
    )


def _usual_logs(traces: Sequence[Trace]) -> list[str]:
    """Log lines that at least half of the requests wrote, numbers left open."""
    seen: dict[str, int] = defaultdict(int)
    for trace in traces:
        for line in set(map(_pattern, trace.logs)):
            seen[line] += 1
    return sorted(line for line, times in seen.items() if times * 2 >= len(traces))


def _pattern(one: TracedLog) -> str:
    return f"{one.level} {one.logger}: {_NUMBERS.sub('#', one.message)[:200]}"


def own_trace(summary: TraceSummary, request: Message, response: Message) -> Trace:
    """The trace of an exchange that nobody reported: what the outside saw."""
    return Trace(summary=summary, request=request, response=response)
