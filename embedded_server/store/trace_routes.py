"""Routes that applications declare, and how the captured requests of each did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from sqlalchemy import Engine, Row, delete, insert, select

from embedded_server.wire.probe import ProbeRoute
from embedded_server.wire.trace import RouteRow

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
        calls = select(
            traces.c.app,
            traces.c.route,
            traces.c.method,
            traces.c.duration_ms,
            traces.c.statements,
            traces.c.status,
            traces.c.marks,
            traces.c.id,
            traces.c.at,
        ).where(traces.c.route != "", traces.c.source != "import")
        declared = select(table)
        if app:
            calls, declared = calls.where(traces.c.app == app), declared.where(table.c.app == app)
        with self._engine.connect() as connection:
            known = connection.execute(declared).all()
            called = _by_route(connection.execute(calls.order_by(traces.c.at)))
        rows = [_row(one, called) for one in known]
        rows += [
            _undeclared(key, method, found)
            for key, methods in called.items()
            for method, found in methods.items()
        ]
        return sorted(rows, key=_order)


_Calls = dict[_Key, dict[str, list[Row[Any]]]]


def _by_route(rows: Iterable[Row[Any]]) -> _Calls:
    found: _Calls = {}
    for row in rows:
        found.setdefault((row.app, row.route), {}).setdefault(row.method, []).append(row)
    return found


def _row(declared: Row[Any], called: _Calls) -> RouteRow:
    """A declared route takes its calls out of `called`."""
    methods = declared.methods.split()
    by_method = called.get((declared.app, declared.rule), {})
    taken = [row for method in [*methods, "HEAD", "OPTIONS"] for row in by_method.pop(method, [])]
    return RouteRow(
        app=declared.app,
        rule=declared.rule,
        methods=methods,
        endpoint=declared.endpoint,
        file=declared.file,
        line=declared.line,
        **_figures(taken),
    )


def _undeclared(key: _Key, method: str, found: list[Row[Any]]) -> RouteRow:
    return RouteRow(app=key[0], rule=key[1], methods=[method], declared=False, **_figures(found))


def _figures(calls: list[Row[Any]]) -> dict[str, Any]:
    if not calls:
        return {}
    last = max(calls, key=_at)
    return {
        "calls": len(calls),
        "errors": sum(1 for row in calls if row.status >= 500),
        "p50_ms": median(row.duration_ms for row in calls),
        "slowest_ms": max(row.duration_ms for row in calls),
        "statements": median(row.statements for row in calls),
        "marks": sorted({mark for row in calls for mark in row.marks}),
        "last": last.id,
        "last_at": last.at,
    }


def _at(row: Row[Any]) -> str:
    at: str = row.at
    return at


def _order(row: RouteRow) -> tuple[bool, float, str]:
    return row.calls == 0, -row.p50_ms, row.rule
