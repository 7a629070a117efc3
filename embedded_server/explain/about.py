"""Findings of a request as a whole: the rules that need its statements and no plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import msgspec

from embedded_server.jobs import Call
from embedded_server.wire.explain import Plan
from embedded_server.wire.problem import problem
from embedded_server.wire.request_findings import AboutRequest, AboutResponse, RequestFinding
from embedded_server.wire.trace import Trace, TracedStatement

from .case import Case
from .rules import Rule, literal_from_request, n_plus_one, repeated_statement
from .syntax import Parsed

# More shapes than these are not looked through: the request is a program of its own.
MOST_SHAPES = 300
_NO_PLAN = Plan(engine="", format="")


def about(request: AboutRequest, call: Call) -> AboutResponse:
    """What the request's statements tell without a database. Raises trace.unknown."""
    trace = call.services.store.traces.get(request.trace)
    if trace is None:
        raise problem("trace.unknown", detail=request.trace, hint="It may have been removed to make room.")
    return AboutResponse(findings_of(trace))


def findings_of(trace: Trace) -> list[RequestFinding]:
    """Each thing once, at the first statement it speaks of."""
    found: list[RequestFinding] = []
    seen: set[tuple[str, str, str]] = set()
    for rule, statement in _looked_at(trace):
        case = Case("", _NO_PLAN, Parsed(None), statement.sql, {}, trace, statement.number)
        for one in rule.check(case):
            key = (one.rule, one.title, one.text)
            if key not in seen:
                seen.add(key)
                caller = next(iter(statement.callers), None)
                finding = msgspec.structs.replace(one, doc=one.doc or rule.DOC)
                found.append(RequestFinding(finding=finding, number=statement.number, caller=caller))
    return sorted(found, key=_order)


def _order(one: RequestFinding) -> tuple[bool, float]:
    return one.finding.rule != literal_from_request.ID, -one.finding.gain_ms


def _looked_at(trace: Trace) -> Iterator[tuple[Rule, TracedStatement]]:
    """Each rule with the first statement of everything it could speak of."""
    ways = (
        (cast("Rule", literal_from_request), _text),
        (cast("Rule", repeated_statement), _question),
        (cast("Rule", n_plus_one), _shape),
    )
    for rule, kind in ways:
        first: dict[object, TracedStatement] = {}
        for statement in trace.statements:
            if statement.kind == "statement":
                first.setdefault(kind(statement), statement)
        for statement in list(first.values())[:MOST_SHAPES]:
            yield rule, statement


def _text(statement: TracedStatement) -> object:
    return statement.sql


def _question(statement: TracedStatement) -> object:
    return statement.sql, msgspec.json.encode(statement.params), statement.database


def _shape(statement: TracedStatement) -> object:
    return statement.fingerprint
