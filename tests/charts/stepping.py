"""Charts made of columns at once, without a window."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeVar

from desktop.charts.building import build
from desktop.charts.pieces import Held
from desktop.charts.plot import Plot
from desktop.charts.spec import Role, Spec
from embedded_server.wire.values import Cell

T = TypeVar("T")


def held(columns: dict[str, Sequence[Cell]]) -> Held:
    """These columns as they are kept."""
    found = Held()
    found.add(list(columns), list(columns.values()))
    return found


def drawn(spec: Spec, columns: dict[str, Sequence[Cell]], roles: dict[str, Role] | None = None) -> Plot:
    """A chart, all steps of it."""
    plot, _ = run(build(spec, held(columns), roles or {}))
    return plot


def run(steps: Generator[None, None, T]) -> tuple[T, int]:
    """What all steps come to, and how many there were."""
    count = 0
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result, count
        count += 1
