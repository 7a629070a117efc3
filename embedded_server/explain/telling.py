"""What is noted about a trace when its statement was explained: the lines of "Why it is slow"."""

from __future__ import annotations

from typing import Any

from embedded_server.services import Services
from embedded_server.wire.explain import (
    AdviseRequest,
    AdviseResponse,
    Plan,
    PlanNode,
    StatementResponse,
    Suggestion,
    TrialRequest,
    TrialResponse,
)
from embedded_server.wire.refs import LabRef, PlanRef, StatementRef

from .words import milliseconds

MOST_LINES = 12


def note(services: Services, answer: StatementResponse) -> None:
    """Add the step; without an origin nothing happens."""
    if not answer.origin:
        return
    facts: dict[str, Any] = {"lines": lines(answer.plan)}
    primary = next((one for one in answer.findings if one.primary), None)
    if primary is not None:
        text = " ".join(filter(None, (primary.text, primary.advice)))
        facts["finding"] = {"title": primary.title, "text": text, "confidence": primary.confidence}
    ref = PlanRef(answer.id, " ".join(answer.sql.split())[:40])
    services.step(answer.origin, "explained", _line(answer), ref, facts)


def note_advice(services: Services, request: AdviseRequest, answer: AdviseResponse) -> None:
    """An index that the planner would use is a station of the way."""
    best = next((one for one in answer.suggestions if one.recommended), None)
    if request.origin and best is not None:
        text = f"{best.name}: the planner would use it"
        services.step(request.origin, "index", text, _lab(request), _facts(best, request))


def note_trial(services: Services, request: TrialRequest, answer: TrialResponse) -> None:
    """What a trial measured."""
    one = answer.suggestion
    if request.origin and one.before_ms is not None and one.after_ms is not None:
        text = f"{one.name} {milliseconds(one.before_ms)} → {milliseconds(one.after_ms)}, measured"
        services.step(request.origin, "index", text, _lab(request), _facts(one, request))


def _lab(request: AdviseRequest | TrialRequest) -> LabRef:
    return LabRef(StatementRef(request.connection, request.sql, request.params, request.origin))


def _facts(one: Suggestion, request: AdviseRequest | TrialRequest) -> dict[str, Any]:
    index = {"table": one.table, "columns": one.columns, "schema": one.schema}
    return {
        "index": {"connection": request.connection, **index},
        "ddl": one.ddl,
        "stage": one.stage,
        "cost_before": one.cost_before,
        "cost_after": one.cost_after,
        "before_ms": one.before_ms,
        "after_ms": one.after_ms,
        "write_cost": one.write_cost,
    }


def lines(plan: Plan) -> list[dict[str, Any]]:
    """The plan's nodes as short lines, the costliest marked; of a large plan the way to that one."""
    hottest = max(plan.nodes, key=_own, default=None)
    shown = plan.nodes
    if hottest is not None and len(shown) > MOST_LINES:
        way = {hottest.id}
        above = hottest
        while above.parent >= 0:
            above = plan.nodes[above.parent]
            way.add(above.id)
        heavy = sorted(plan.nodes, key=_own, reverse=True)[:MOST_LINES]
        way |= {one.id for one in heavy[: max(0, MOST_LINES - len(way))]}
        shown = [one for one in plan.nodes if one.id in way]
    return [_shown(one, plan, one is hottest and one.share >= 0.25) for one in shown]


def _own(node: PlanNode) -> float:
    return node.share


def _shown(node: PlanNode, plan: Plan, hot: bool) -> dict[str, Any]:
    name = " ".join(filter(None, (node.operator, node.relation)))
    ms = node.self_ms
    if ms is None and plan.share_of == "rows" and plan.execution_ms is not None:
        ms = round(plan.execution_ms * node.share, 3)
    return {
        "depth": node.depth,
        "text": name,
        "ms": ms,
        "share": node.share,
        "hot": hot,
        "detail": node.detail,
    }


def _line(answer: StatementResponse) -> str:
    hottest = max(answer.plan.nodes, key=_own, default=None)
    primary = next((one for one in answer.findings if one.primary), None)
    name = " ".join(filter(None, (hottest.operator, hottest.relation))) if hottest is not None else "Plan"
    if answer.plan.measured and answer.plan.execution_ms is not None:
        own = hottest.self_ms if hottest is not None and hottest.self_ms is not None else None
        return f"{name} {milliseconds(own if own is not None else answer.plan.execution_ms)}"
    return f"{name} · {primary.title}" if primary is not None else f"{name} · planner's guess"
