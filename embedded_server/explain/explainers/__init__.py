"""How each engine is asked for a plan: one file per engine; the others answer with their own text."""

from __future__ import annotations

from collections.abc import Callable

from embedded_server.explain.prepare import Prepared
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan

from . import postgresql, sqlite, text

Explainer = Callable[[Lease, Prepared, bool, float], Plan]
_EXPLAINERS: dict[str, Explainer] = {"postgresql": postgresql.explain, "sqlite": sqlite.explain}


def explainer(engine: str) -> Explainer:
    """The function that gets a plan: (session, statement, run it?, seconds) -> Plan."""
    return _EXPLAINERS.get(engine, text.explain)
