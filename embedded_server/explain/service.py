"""Plans, findings, index advice: handlers of the `explain` endpoints."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec

from embedded_server.fingerprint import fingerprint
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.wire.endpoint import Done, Endpoint
from embedded_server.wire.explain import (
    PIN,
    PLAN,
    PLANS,
    STATEMENT,
    PinRequest,
    Plan,
    PlanRequest,
    PlansRequest,
    PlansResponse,
    StatementRequest,
    StatementResponse,
)
from embedded_server.wire.problem import problem
from embedded_server.wire.trace import Trace

from . import telling
from .case import Case
from .explainers import explainer
from .facts import tables_of
from .parsers import read
from .prepare import prepare, spoken_by
from .rules import findings
from .syntax import parse

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
    number = _number(request, trace)
    case = Case(lease.engine.name, plan, prepared.parsed, prepared.text, tables, trace, number)
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
}
