"""What is asked of a planner and what it answers."""

from __future__ import annotations

from typing import NamedTuple

from embedded_server.explain.case import TableFacts
from embedded_server.explain.prepare import Prepared
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan, Suggestion


class Asked(NamedTuple):
    """The statement on a read-only session, its plan now, its tables, and the candidates."""

    call: Call
    connection: str
    lease: Lease
    statement: Prepared
    plan: Plan
    tables: dict[str, TableFacts]
    candidates: list[Suggestion]
    seconds: float


class Answer(NamedTuple):
    """The candidates with what the planner said; `how` is empty when it could not be asked, see `notes`."""

    suggestions: list[Suggestion]
    how: str = ""
    notes: tuple[str, ...] = ()


def ranked(suggestions: list[Suggestion]) -> list[Suggestion]:
    """Recommended ones first, then those the planner would use by their cost, then the others."""
    return sorted(suggestions, key=_rank)


def _rank(one: Suggestion) -> tuple[bool, bool, float, int]:
    cost = one.cost_after if one.cost_after is not None else float("inf")
    return not one.recommended, not one.uses, cost, len(one.columns)
