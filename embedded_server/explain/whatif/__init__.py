"""Asking a planner about indexes that are not there: one file per engine that can be asked."""

from __future__ import annotations

from collections.abc import Callable

from . import postgresql, sqlite
from .asking import Answer, Asked

_WAYS: dict[str, Callable[[Asked], Answer]] = {"postgresql": postgresql.ask, "sqlite": sqlite.ask}


def ask(asked: Asked) -> Answer:
    """Ask the engine's planner, if there is a way."""
    way = _WAYS.get(asked.lease.engine.name)
    if way is None:
        note = f"The planner of {asked.lease.engine.title} cannot be asked about an index that is not there."
        return Answer(asked.candidates, "", (note,))
    return way(asked)
