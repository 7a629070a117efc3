"""Single exchanges: what is kept of them, and what the application reports of what they made it do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import msgspec

from embedded_server.jobs import Call
from embedded_server.wire.replays import Answer, Run, Sent
from embedded_server.wire.trace import Message, Trace, TraceSummary

from .bodies import digest, header, message, plain_body
from .captures import KEPT_BODY, own_trace, wait_for
from .engine import Exchange, Prepared
from .plan import Plan

# Traces that are stored for an application that does not report.
KEPT_TRACES = 50
TRACE_HEADER = "x-backlight-id"


@dataclass
class Collected:
    """What came of the exchanges. `ids` are the traces that the application says it made."""

    runs: list[Run] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    traces: list[Trace] = field(default_factory=list)
    sent: Sent = Sent()


def report(collected: Collected, made: Plan, run: str, origin: str, prepared: Prepared, call: Call) -> None:
    """Wait for what the application reports; store what the outside saw where it does not."""
    reported = {trace.summary.id: trace for trace in wait_for(list(collected.ids.values()), call)}
    collected.traces = list(reported.values())
    told: list[Run] = []
    own: list[Trace] = []
    for one in collected.runs:
        trace = reported.get(collected.ids.get(one.number, ""))
        if trace is not None:
            summary = trace.summary
            one = msgspec.structs.replace(
                one, trace=summary.id, statements=summary.statements, sql_ms=summary.sql_ms
            )
        elif not one.problem and len(own) < KEPT_TRACES:
            own.append(_outside(one, collected, made, run, origin, prepared))
            one = msgspec.structs.replace(one, trace=own[-1].summary.id)
        told.append(one)
    collected.runs = told
    if own:
        call.services.store.traces.add(own)
        call.services.events.gather("trace.new", [trace.summary.id for trace in own])


def _outside(one: Run, collected: Collected, made: Plan, run: str, origin: str, prepared: Prepared) -> Trace:
    answer = collected.answers.get(one.number) or collected.answers[1]
    summary = TraceSummary(
        id=uuid4().hex,
        at=one.at,
        source="run",
        method=prepared.method,
        target=prepared.target.decode("latin-1"),
        status=one.status,
        duration_ms=one.ms,
        host=made.host,
        run=f"{run}/{one.number}" if run else "",
        origin=origin,
    )
    headers = [(name.decode(), value.decode("latin-1")) for name, value in prepared.headers]
    body = prepared.body or b""
    request = message(headers, body[:KEPT_BODY], size=len(body))
    return own_trace(summary, request, _short(answer.message))


def _short(given: Message) -> Message:
    if given.body is None or len(given.body) <= KEPT_BODY:
        return given
    return msgspec.structs.replace(given, body=given.body[:KEPT_BODY], truncated=True)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def hash_of(exchange: Exchange) -> str:
    if exchange.header("content-encoding"):
        return digest(plain_body(exchange.body, exchange.headers))
    return exchange.hash


def answer_of(exchange: Exchange) -> Answer:
    body = plain_body(exchange.body, exchange.headers)
    size = exchange.size if exchange.truncated else len(body)
    return Answer(
        status=exchange.status,
        reason=exchange.reason,
        version=exchange.version,
        message=message(exchange.headers, body, size=size),
        hash=digest(body),
    )


def run_of(number: int, at: str, exchange: Exchange, key: str | Answer, pace: float = 0.0) -> Run:
    return Run(
        number=number,
        at=at,
        status=exchange.status,
        ms=round(exchange.ms, 3),
        phases=exchange.phases,
        bytes=exchange.size,
        hash=key if isinstance(key, str) else key.hash,
        truncated=exchange.truncated,
        pace=round(pace, 5),
    )


def sent_of(exchange: Exchange, notes: list[str]) -> Sent:
    return Sent(
        text=exchange.sent.decode("latin-1"),
        bytes=exchange.sent_bytes,
        truncated=exchange.sent_bytes > len(exchange.sent),
        differences=notes,
    )


def would_send(prepared: Prepared, notes: list[str]) -> Sent:
    lines = [prepared.method.encode() + b" " + prepared.target + b" HTTP/1.1"]
    lines += [name + (b": " + value if value else b":") for name, value in prepared.headers]
    data = b"\r\n".join(lines) + b"\r\n\r\n" + (prepared.body or b"")
    return Sent(
        text=data[: 256 << 10].decode("latin-1"),
        bytes=len(data),
        truncated=len(data) > 256 << 10,
        differences=notes,
    )


def hint_of(answer: Answer, traces: list[Trace]) -> str:
    """What a refused request lacks, where that can be told."""
    body = (answer.message.body or "")[:20_000].lower()
    forged = any(trace.exception and "csrf" in trace.exception.type.lower() for trace in traces)
    if answer.status in (400, 403, 419) and (forged or "csrf" in body):
        return "The CSRF token is stale. A token rule of the environment fetches a fresh one."
    where = header(answer.message.headers, "location")
    if answer.status in (401, 403) or (answer.status in (302, 303, 307) and "login" in where.lower()):
        return "Not signed in. Give the environment a login that is replayed first."
    return ""
