"""Charts made of columns at once, without a window."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.charts.building import build
from desktop.charts.pieces import Held
from desktop.charts.plot import Plot
from desktop.charts.spec import Role, Spec
from embedded_server.wire.values import Cell


def held(columns: dict[str, Sequence[Cell]]) -> Held:
    """These columns as they are kept."""
    found = Held()
    found.add(list(columns), list(columns.values()))
    return found


def drawn(spec: Spec, columns: dict[str, Sequence[Cell]], roles: dict[str, Role] | None = None) -> Plot:
    """A chart, all steps of it."""
    steps = build(spec, held(columns), roles or {})
    while True:
        try:
            next(steps)
        except StopIteration as end:
            plot: Plot = end.value
            return plot
