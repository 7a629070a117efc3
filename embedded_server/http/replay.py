"""Sending: once, or many times with the answers, times and reports kept and compared."""

from __future__ import annotations

from statistics import median
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.jobs import Call
from embedded_server.store.requests import RunRecord
from embedded_server.wire.http import (
    Draft,
    ReplayRequest,
    ReplayResponse,
    RunSummary,
    SendRequest,
    SendResponse,
)
from embedded_server.wire.problem import problem
from embedded_server.wire.refs import ReplayRef
from embedded_server.wire.replays import Answer, Comparison, Run

from . import guard
from .alternating import alternate, requests_of
from .captures import measured
from .compare import Side, alone, compare, noise_of, side_of, side_of_trace
from .exchanges import (
    TRACE_HEADER,
    Collected,
    answer_of,
    hint_of,
    now,
    report,
    run_of,
    sent_of,
    would_send,
)
from .plan import Plan, engine_for, plan, session_for
from .prepare import split_url
from .pressure import Pressure
from .repeat import Repeat

MOST_COUNT = 10_000


# --- once --------------------------------------------------------------------------------------------


def send(request: SendRequest, call: Call) -> SendResponse:
    """Send one request, or with `dry_run` only say what would be sent."""
    made = plan(request, call)
    if not request.dry_run:
        guard.check_send(made.draft, made.kind, made.base, request.confirm)
    origin = request.origin or made.draft.trace
    with engine_for(request, call) as engine:
        session = session_for(engine, made, call)
        if request.dry_run:
            prepared, notes = session.prepared(made.draft, [])
            return SendResponse(
                run=Run(number=0),
                sent=would_send(prepared, notes),
                answer=Answer(),
                environment=made.environment.name,
                class_=made.kind,
            )
        session.login()
        session.refresh(made.draft)
        prepared, notes = session.prepared(made.draft, [])
        engine.prepare(prepared)
        call.progress(f"{prepared.method} {made.host}")
        at, exchange = now(), engine.run(record=True)
    answer = answer_of(exchange)
    collected = Collected([run_of(1, at, exchange, answer)], {1: answer}, sent=sent_of(exchange, notes))
    if trace := exchange.header(TRACE_HEADER):
        collected.ids[1] = trace
    report(collected, made, "", origin, prepared, call)
    return SendResponse(
        run=collected.runs[0],
        sent=collected.sent,
        answer=answer,
        environment=made.environment.name,
        class_=made.kind,
        hint=hint_of(answer, collected.traces),
    )


# --- many times --------------------------------------------------------------------------------------


def replay(request: ReplayRequest, call: Call) -> ReplayResponse:
    """Send a request `count` times, store the run, compare it, and note the steps on its trace."""
    made = plan(request, call)
    count = max(1, min(request.count, MOST_COUNT))
    warm_up = max(0, min(request.warm_up, 1000))
    index = request.alternate
    total = count + warm_up if index is None else requests_of(count, warm_up)
    spoken_to = _databases(made, call)
    guard.check_replay(made.draft, made.environment, made.kind, made.base, total, request.confirm, spoken_to)
    before = _before(request, made, call) if index is None else None
    run = uuid4().hex[:12]
    origin = request.origin or made.draft.trace
    with engine_for(request, call) as engine:
        session = session_for(engine, made, call)
        session.login()
        session.refresh(made.draft)
        repeat, pressure = Repeat(engine, session, made, run, origin, call), Pressure()
        without = Repeat(engine, session, made, uuid4().hex[:12], origin, call)
        if index is None:
            repeat.go(count, warm_up)
        else:
            alternate(without, repeat, count, warm_up, index, call)
        waited = round(pressure.share(), 3)
    if index is not None:
        before = _side(without, made, origin, waited, call)
        _store(_response(without, before, alone(before), made), before, made.draft, call)
    after = _side(repeat, made, origin, waited, call)
    comparison = compare(before, after, request.rules) if before else alone(after)
    if index is not None:
        told = f"in turn without and with the index on {index.table} ({', '.join(index.columns)})"
        comparison = msgspec.structs.replace(comparison, notes=[told, *comparison.notes])
    response = _response(repeat, after, comparison, made)
    _store(response, after, made.draft, call)
    _steps(response, after, origin, call, compared=bool(before and before.run))
    return response


def _databases(made: Plan, call: Call) -> list[str]:
    """Those of the capture, as far as it is here."""
    trace = call.services.store.traces.get(made.draft.trace) if made.draft.trace else None
    return list(dict.fromkeys(one.database for one in trace.statements if one.database)) if trace else []


def _side(repeat: Repeat, made: Plan, origin: str, waited: float, call: Call) -> Side:
    """What a run's exchanges were, with what the application reports of them."""
    collected = repeat.collected
    report(collected, made, repeat.run, origin, repeat.prepared, call)
    noise = noise_of(collected.answers)
    seen = measured(collected.traces)
    repeat.hint = hint_of(collected.answers[1], collected.traces) if 1 in collected.answers else ""
    return Side(repeat.run, collected.runs, collected.answers, seen, noise, pressure=waited)


def _response(repeat: Repeat, side: Side, comparison: Comparison, made: Plan) -> ReplayResponse:
    return ReplayResponse(
        run=repeat.run,
        trace=made.draft.trace,
        at=side.runs[0].at,
        title=f"{made.draft.method} {split_url(made.draft.url)[1]}",
        environment=made.environment.name,
        class_=made.kind,
        host=made.host,
        state="failed" if not side.times else "done",
        runs=side.runs,
        sent=repeat.collected.sent,
        pressure=side.pressure,
        comparison=comparison,
        hint=repeat.hint,
    )


def _before(request: ReplayRequest, made: Plan, call: Call) -> Side | None:
    key, store = request.before_run, call.services.store.requests
    if key in ("first", "last"):
        runs = store.runs(made.draft.trace) if made.draft.trace else []
        key = (runs[-1] if key == "first" else runs[0]).run if runs else ""
    if key:
        return stored_side(key, call)
    # An imported request may name a trace that only another workspace has.
    trace = call.services.store.traces.get(made.draft.trace) if made.draft.trace else None
    return side_of_trace(trace) if trace else None


def stored_side(key: str, call: Call) -> Side:
    """A stored run as a side of a comparison. Raises http.unknown_run."""
    record = call.services.store.requests.run(key)
    if record is None:
        raise problem("http.unknown_run", detail=key)
    return side_of(record, call.services.store.requests.answers(key))


def _store(response: ReplayResponse, after: Side, draft: Draft, call: Call) -> None:
    verdict = response.comparison.verdict
    summary = RunSummary(
        run=response.run,
        trace=response.trace,
        at=response.at,
        environment=response.environment,
        host=response.host,
        count=len(response.runs),
        median_ms=median(after.times) if after.times else 0.0,
        status=after.first.status,
        state=response.state,
        before_run=response.comparison.before_run,
        verdict=verdict.text,
        tone=verdict.tone,
    )
    record = RunRecord(response=response, noise=after.noise, measured=after.measured, draft=draft)
    call.services.store.requests.add_run(record, summary, after.answers)


def _steps(response: ReplayResponse, after: Side, origin: str, call: Call, *, compared: bool) -> None:
    ref = ReplayRef(response.trace or origin, response.run, response.title)
    count, middle = len(after.times), median(after.times) if after.times else 0.0
    facts: dict[str, Any] = {"run": response.run, "count": count, "median_ms": round(middle, 3)}
    if after.measured.statements is not None:
        facts["statements"] = round(after.measured.statements)
    call.services.step(origin, "replayed", f"{count} × {middle:,.1f} ms", ref, facts)
    if compared:
        verdict = response.comparison.verdict
        call.services.step(
            origin,
            "verdict",
            verdict.text,
            ref,
            {
                "rows": msgspec.to_builtins(verdict.rows),
                "text": verdict.text,
                "tone": verdict.tone,
                "before_run": response.comparison.before_run,
                "after_run": response.run,
                "p": verdict.p,
                "ratio": verdict.ratio,
            },
        )
