"""Routes that applications declare, and how the captured requests of each did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, delete, insert, select

from embedded_server.wire.probe import ProbeRoute
from embedded_server.wire.trace import Mark, RouteRow

from .trace_models import routes as table
from .trace_models import traces

_Key = tuple[str, str]


class Routes:
    """What probes told of their applications' routes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def told(self, app: str, routes: Sequence[ProbeRoute]) -> None:
        """An application started and declares these: what it declared before is forgotten."""
        rows = {
            (one.rule, " ".join(one.methods)): {
                "app": app,
                "rule": one.rule,
                "methods": " ".join(one.methods),
                "endpoint": one.endpoint,
                "file": one.file,
                "line": one.line,
            }
            for one in routes
        }
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.app == app))
            if rows:
                connection.execute(insert(table), list(rows.values()))

    def listed(self, app: str = "") -> list[RouteRow]:
        """Every route with its figures: called ones by time, then those never called."""
        named = (traces.c.app, traces.c.route, traces.c.method)
        of_a_route = (traces.c.route != "") & (traces.c.source != "import")
        if app:
            of_a_route &= traces.c.app == app
        calls = select(
            *named, traces.c.duration_ms, traces.c.statements, traces.c.status, traces.c.at, traces.c.id
        )
        marks = select(*named, traces.c.marks).distinct().where(of_a_route)
        declared = select(table).where(table.c.app == app) if app else select(table)
        with self._engine.connect() as connection:
            known = connection.execute(declared).all()
            called: _Calls = {}
            for own, route, method, *call in connection.execute(calls.where(of_a_route)):
                called.setdefault((own, route), {}).setdefault(method, _Called()).calls.append(_Call(*call))
            for own, route, method, some in connection.execute(marks):
                # A request that came between the two queries is told the next time.
                if method in called.get((own, route), {}):
                    called[own, route][method].marks.update(some)
        rows = [_row(one, called) for one in known]
        for key, methods in called.items():
            rows += [_undeclared(key, method, found) for method, found in methods.items()]
        return sorted(rows, key=_order)


class _Call(NamedTuple):
    duration_ms: float
    statements: int
    status: int
    at: str
    id: str


@dataclass
class _Called:
    calls: list[_Call] = field(default_factory=list)
    marks: set[Mark] = field(default_factory=set)


_Calls = dict[_Key, dict[str, _Called]]


def _row(declared: Row[Any], called: _Calls) -> RouteRow:
    """A declared route takes its calls out of `called`."""
    methods = declared.methods.split()
    by_method = called.get((declared.app, declared.rule), {})
    taken = _Called()
    for method in [*methods, "HEAD", "OPTIONS"]:
        found = by_method.pop(method, _Called())
        taken.calls += found.calls
        taken.marks |= found.marks
    return RouteRow(
        app=declared.app,
        rule=declared.rule,
        methods=methods,
        endpoint=declared.endpoint,
        file=declared.file,
        line=declared.line,
        **_figures(taken),
    )


def _undeclared(key: _Key, method: str, found: _Called) -> RouteRow:
    return RouteRow(app=key[0], rule=key[1], methods=[method], declared=False, **_figures(found))


def _figures(called: _Called) -> dict[str, Any]:
    calls = called.calls
    if not calls:
        return {}
    last = max(calls, key=_at)
    return {
        "calls": len(calls),
        "errors": sum(1 for call in calls if call.status >= 500),
        "p50_ms": median(call.duration_ms for call in calls),
        "slowest_ms": max(call.duration_ms for call in calls),
        "statements": median(call.statements for call in calls),
        "marks": sorted(called.marks),
        "last": last.id,
        "last_at": last.at,
    }


def _at(call: _Call) -> str:
    return call.at


def _order(row: RouteRow) -> tuple[bool, float, str]:
    return row.calls == 0, -row.p50_ms, row.rule
