"""Sending: once, or many times with the answers, times and reports kept and compared."""

from __future__ import annotations

import time
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
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.refs import ReplayRef
from embedded_server.wire.replays import Answer, Run

from . import guard
from .captures import measured
from .compare import Side, alone, compare, noise_of, side_of, side_of_trace
from .engine import Engine, Exchange
from .exchanges import (
    TRACE_HEADER,
    Collected,
    answer_of,
    hash_of,
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
from .session import Session

MOST_COUNT = 10_000
# Different answers that are kept besides the first two.
KEPT_ANSWERS = 6
# After so many failures in a row the rest is not tried.
FAILURES = 3
_EVENT_SECONDS = 0.1


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
    guard.check_replay(made.draft, made.environment, made.kind, made.base, count + warm_up, request.confirm)
    before = _before(request, made, call)
    run = uuid4().hex[:12]
    origin = request.origin or made.draft.trace
    with engine_for(request, call) as engine:
        session = session_for(engine, made, call)
        session.login()
        session.refresh(made.draft)
        repeat = _Repeat(engine, session, made, run, origin, call)
        pressure = Pressure()
        collected = repeat.go(count, warm_up)
        waited = round(pressure.share(), 3)
    report(collected, made, run, origin, repeat.prepared, call)
    noise = noise_of(collected.answers)
    after = Side(run, collected.runs, collected.answers, measured(collected.traces), noise, pressure=waited)
    comparison = compare(before, after, request.rules) if before else alone(after)
    response = ReplayResponse(
        run=run,
        trace=made.draft.trace,
        at=collected.runs[0].at,
        title=f"{made.draft.method} {split_url(made.draft.url)[1]}",
        environment=made.environment.name,
        class_=made.kind,
        host=made.host,
        state="failed" if not after.times else "done",
        runs=collected.runs,
        sent=collected.sent,
        pressure=waited,
        comparison=comparison,
        hint=hint_of(after.first, collected.traces),
    )
    _store(response, after, made.draft, call)
    _steps(response, after, origin, call, compared=bool(before and before.run))
    return response


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


class _Repeat:
    """The exchanges of one run."""

    def __init__(
        self, engine: Engine, session: Session, made: Plan, run: str, origin: str, call: Call
    ) -> None:
        self._engine, self._session, self._made = engine, session, made
        self._run, self._origin, self._call = run, origin, call
        self.collected = Collected()
        self.prepared, self._notes = session.prepared(made.draft, self._names(0))
        self._hashes: set[str] = set()
        self._told = 0.0

    def _names(self, number: int) -> list[tuple[str, str]]:
        names = [("X-Backlight-Run", f"{self._run}/{number}")]
        return [*names, ("X-Backlight-Origin", self._origin)] if self._origin else names

    def go(self, count: int, warm_up: int) -> Collected:
        """Warm up, then send; raises what the very first exchange fails with."""
        self._engine.prepare(self.prepared)
        for _ in range(warm_up):
            self._engine.run()
        failures = 0
        for number in range(1, count + 1):
            self._call.check()
            failed = self._one(number)
            failures = failures + 1 if failed else 0
            self._tell(number, count)
            if failures >= FAILURES:
                break
        return self.collected

    def _one(self, number: int) -> bool:
        self._engine.number(self._names(number)[0])
        at = now()
        try:
            exchange = self._engine.run(record=number == 1)
        except ProblemError as error:
            if number == 1 or error.problem.code == "job.cancelled":
                raise
            told = f"{error.problem.title} {error.problem.detail}".strip()
            self.collected.runs.append(Run(number=number, at=at, problem=told))
            return True
        self._take(number, at, exchange)
        return False

    def _take(self, number: int, at: str, exchange: Exchange) -> None:
        kept = self.collected
        key = hash_of(exchange)
        if number == 1:
            kept.sent = sent_of(exchange, self._notes)
        fresh = key not in self._hashes and len(kept.answers) < KEPT_ANSWERS
        if number <= 2 or fresh:
            kept.answers[number] = answer_of(exchange)
            self._hashes.add(key)
        kept.runs.append(run_of(number, at, exchange, key))
        if trace := exchange.header(TRACE_HEADER):
            kept.ids[number] = trace

    def _tell(self, number: int, count: int) -> None:
        now = time.monotonic()
        if now - self._told >= _EVENT_SECONDS or number == count:
            self._told = now
            self._call.progress(f"replay {number} of {count}")
            self._call.services.events.emit("http.run", run=self._run, done=number, total=count)


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
