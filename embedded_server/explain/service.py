"""Plans, findings, index advice: handlers of the `explain` endpoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from embedded_server.fingerprint import fingerprint
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.wire.endpoint import Done, Endpoint, Nothing
from embedded_server.wire.explain import (
    ADVISE,
    COMPARE,
    PIN,
    PLAN,
    PLANS,
    STATEMENT,
    TOP,
    TRIAL,
    TRIALS,
    AdviseRequest,
    AdviseResponse,
    CompareRequest,
    CompareResponse,
    PinRequest,
    Plan,
    PlanRequest,
    PlansRequest,
    PlansResponse,
    StatementRequest,
    StatementResponse,
    TopRequest,
    TopResponse,
    TrialRequest,
    TrialResponse,
    TrialsResponse,
)
from embedded_server.wire.problem import problem
from embedded_server.wire.request_findings import ABOUT
from embedded_server.wire.switching import SWITCH
from embedded_server.wire.trace import Trace

from . import advising, telling
from .about import about
from .case import Case
from .comparing import compare
from .explainers import explainer
from .facts import column_names, tables_of
from .lab import mend, switch, try_index
from .parsers import read
from .prepare import prepare, spoken_by
from .rules import findings
from .syntax import parse
from .topping import top

MOST_PLANS = 1000


def statement(request: StatementRequest, call: Call) -> StatementResponse:
    """The plan of one statement and what it tells; stored, and noted on the trace it serves.

    Raises explain.several, explain.writes (analyze on what may write), sql.params, sql.error with the place
    in the given text, job.timeout, connection.*.
    """
    trace = trace_of(call.services, request.origin)
    with call.session(request.connection, read_only=True) as lease:
        line = call.services.line(request.connection, read_only=True)
        prepared = prepare(request.sql, request.params, spoken_by(line), lease.grammar)
        plan = explainer(lease.engine.name)(lease, prepared, request.analyze, request.timeout)
        tables = tables_of(lease, plan, prepared.parsed)
    parsed = prepared.parsed.qualified(column_names(tables))
    case = Case(lease.engine.name, plan, parsed, prepared.text, tables, trace, _number(request, trace))
    answer = StatementResponse(
        id="",
        plan=plan,
        findings=findings(case),
        sql=prepared.written,
        connection=request.connection,
        params=request.params,
        at=_now(),
        origin=request.origin,
        static=f"No static advice: {prepared.parsed.why}." if prepared.parsed.why else "",
    )
    key = call.services.store.plans.add(answer, fingerprint(prepared.text, lease.engine.name).hash)
    answer = msgspec.structs.replace(answer, id=key)
    telling.note(call.services, answer)
    return answer


def plan(request: PlanRequest, call: Call) -> StatementResponse:
    """A plan from elsewhere, read and judged without any database; or a stored one.

    Raises explain.unreadable, explain.unknown.
    """
    if request.id:
        stored = call.services.store.plans.get(request.id)
        if stored is None:
            raise problem("explain.unknown", detail=request.id)
        return stored
    if request.plan is None or request.plan == "":
        raise problem("explain.unreadable", detail="There is no plan in the request.")
    found: Plan = read(request.plan, request.dialect)
    parsed = parse(request.sql, found.engine)
    case = Case(found.engine, found, parsed, request.sql, trace=trace_of(call.services, request.origin))
    answer = StatementResponse(
        id="", plan=found, findings=findings(case), sql=request.sql, at=_now(), origin=request.origin
    )
    hashed = fingerprint(request.sql, found.engine).hash if request.sql else ""
    return msgspec.structs.replace(answer, id=call.services.store.plans.add(answer, hashed))


def plans(request: PlansRequest, call: Call) -> PlansResponse:
    """Stored plans, newest first. Source: the workspace."""
    hashed = fingerprint(request.sql, _engine(request.connection, call)).hash if request.sql else ""
    limit = max(1, min(request.limit, MOST_PLANS))
    found = call.services.store.plans.list(
        connection=request.connection, fingerprint=hashed, pinned=request.pinned, limit=limit
    )
    return PlansResponse(found)


def pin(request: PinRequest, call: Call) -> Done:
    """Keep a stored plan for good, or let it go. Raises explain.unknown."""
    if not call.services.store.plans.pin(request.id, request.pinned):
        raise problem("explain.unknown", detail=request.id)
    return Done()


def advise(request: AdviseRequest, call: Call) -> AdviseResponse:
    """Which indexes would help, by the statement's text and the planner's word; nothing is made.

    Raises explain.several, sql.params, sql.error, job.timeout, connection.*.
    """
    answer = advising.advise(request, call)
    telling.note_advice(call.services, request, answer)
    return answer


def trial(request: TrialRequest, call: Call) -> TrialResponse:
    """Build an index in a transaction, measure the statement without and with it in turn, roll back.

    Raises explain.not_local, explain.writes, explain.trial, data.unsupported, data.unknown_table,
    data.unknown_column, sql.read_only, sql.error (a lock that is not to be had), job.timeout, job.cancelled.
    """
    answer = try_index(request, call)
    telling.note_trial(call.services, request, answer)
    return answer


def trials(_: Nothing, call: Call) -> TrialsResponse:
    """Past trials, newest first. Killed ones are looked after first. Source: the workspace."""
    mend(call.services)
    return TrialsResponse(call.services.store.trials.list())


def compare_plans(request: CompareRequest, call: Call) -> CompareResponse:
    """Two plans matched operator by operator. Raises explain.unknown, explain.unreadable."""
    return compare(_given(request.before, call), _given(request.after, call))


def slowest(request: TopRequest, call: Call) -> TopResponse:
    """Statements by the time they took. Source: captured requests and pg_stat_statements.

    Raises connection.*; statistics that cannot be read are a note.
    """
    return top(request, call)


def _given(plan: Any, call: Call) -> Plan:
    """A stored plan by its id, or one that is read."""
    if isinstance(plan, str) and plan.isalnum() and len(plan) <= 32:
        stored = call.services.store.plans.get(plan)
        if stored is None:
            raise problem("explain.unknown", detail=plan)
        return stored.plan
    return read(plan)


def trace_of(services: Services, key: str) -> Trace | None:
    """The trace a request serves, null for none or one that is gone."""
    return services.store.traces.get(key) if key else None


def _number(request: StatementRequest, trace: Trace | None) -> int:
    """Which captured statement it is: the one that was named, else the first of the same text."""
    if trace is None or request.number >= 0:
        return request.number
    return next((one.number for one in trace.statements if one.sql == request.sql), -1)


def _engine(connection: str, call: Call) -> str:
    return call.services.line(connection, read_only=True).engine.name if connection else ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


HANDLERS: dict[Endpoint[Any, Any], Callable[[Any, Call], Any]] = {
    STATEMENT: statement,
    PLAN: plan,
    PLANS: plans,
    PIN: pin,
    ADVISE: advise,
    TRIAL: trial,
    TRIALS: trials,
    COMPARE: compare_plans,
    TOP: slowest,
    ABOUT: about,
    SWITCH: switch,
}
