"""What of a chart is meant by a place on the paper, the marks before and behind it, and what it says."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF

from desktop.kit.grid.formats import show
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

from .building import axis_text
from .drawing import Drawing
from .plot import Plot, rows_text
from .sampling import window

REACH = 28.0


class Mark(NamedTuple):
    """A point, bar or bin: `group` is the series, `at` its place there."""

    group: int
    at: int


def find(drawing: Drawing, place: QPointF) -> Mark | None:
    """The mark nearest to a place of the paper, if one is near."""
    plot, inner = drawing.plot, drawing.inner
    if not inner.adjusted(-4, -4, 4, 4).contains(place) or plot.empty():
        return None
    view = drawing.view
    x = view.left + (place.x() - inner.left()) / inner.width() * (view.right - view.left)
    if plot.bars is not None:
        return _bar(drawing, place, x)
    if plot.bins is not None:
        at = int(np.searchsorted(plot.bins.edges, x, "right")) - 1
        return Mark(0, at) if 0 <= at < len(plot.bins.counts) else None
    return _point(drawing, place)


def _bar(drawing: Drawing, place: QPointF, x: float) -> Mark | None:
    bars = drawing.plot.bars
    assert bars is not None
    at = round(x)
    if not 0 <= at < len(bars.names):
        return None
    groups = range(len(bars.groups))
    return min((Mark(group, at) for group in groups), key=lambda mark: _aside(drawing, mark, place))


def _aside(drawing: Drawing, mark: Mark, place: QPointF) -> float:
    return abs(drawing.bar_area(mark.at, mark.group).center().x() - place.x())


def _point(drawing: Drawing, place: QPointF) -> Mark | None:
    best, found = REACH**2, None
    line = drawing.plot.spec.kind == "line"
    view, inner = drawing.view, drawing.inner
    reach = (view.right - view.left) * REACH / inner.width()
    x = view.left + (place.x() - inner.left()) / inner.width() * (view.right - view.left)
    for group, one in enumerate(drawing.plot.series):
        first, last = window(one.xs, x - reach, x + reach)
        if first == last:
            continue
        aside = drawing.x_of(one.xs[first:last]) - place.x()
        above = drawing.y_of(one.ys[first:last]) - place.y()
        # On a line the x is what is pointed at; how far above or below matters less.
        distances = aside**2 + (above * (0.1 if line else 1.0)) ** 2
        at = int(distances.argmin())
        if distances[at] < best:
            best, found = float(distances[at]), Mark(group, first + at)
    return found


def step(plot: Plot, mark: Mark | None, by: int, view_left: float, view_right: float) -> Mark | None:
    """The mark `by` places to the right; without one the first, or last, that is seen."""
    if plot.empty():
        return None
    group = mark.group if mark is not None else next((n for n, one in enumerate(plot.series) if len(one)), 0)
    count = len_of(plot, group)
    if not count:
        return None
    if mark is not None:
        return Mark(group, min(max(mark.at + by, 0), count - 1))
    if plot.series:
        first, last = window(plot.series[group].xs, view_left, view_right)
        return Mark(group, min(count - 1, first if by > 0 else max(0, last - 1)))
    return Mark(group, 0 if by > 0 else count - 1)


def beside(plot: Plot, mark: Mark, by: int) -> Mark:
    """The same x in another series."""
    groups = len(plot.bars.groups) if plot.bars is not None else max(1, len(plot.series))
    group = (mark.group + by) % groups
    if not plot.series:
        return Mark(group, mark.at)
    while not len(plot.series[group]):
        group = (group + (1 if by > 0 else -1)) % groups
    x = plot.series[mark.group].xs[mark.at]
    at = int(np.searchsorted(plot.series[group].xs, x))
    return Mark(group, min(at, len(plot.series[group]) - 1))


def len_of(plot: Plot, group: int) -> int:
    """How many marks a series has."""
    if plot.bars is not None:
        return len(plot.bars.names)
    return len(plot.bins.counts) if plot.bins is not None else len(plot.series[group])


def spot(drawing: Drawing, mark: Mark) -> QPointF:
    """Where a mark is on the paper."""
    plot = drawing.plot
    if plot.bars is not None:
        area = drawing.bar_area(mark.at, mark.group)
        return QPointF(
            area.center().x(), area.top() if plot.bars.heights[mark.group][mark.at] >= 0 else area.bottom()
        )
    if plot.bins is not None:
        area = drawing.bin_area(mark.at)
        return QPointF(area.center().x(), area.top())
    one = plot.series[mark.group]
    return QPointF(float(drawing.x_of(one.xs[mark.at])), float(drawing.y_of(one.ys[mark.at])))


def words(plot: Plot, mark: Mark) -> list[tuple[str, str]]:
    """What a mark says, name by name; values as they are stored."""
    if plot.bars is not None:
        return _bar_words(plot, mark)
    if plot.bins is not None:
        edges, count = plot.bins.edges, int(plot.bins.counts[mark.at])
        last = mark.at == len(plot.bins.counts) - 1
        ends = [axis_text(plot.x, float(edges[mark.at + more])) for more in (0, 1)]
        return [
            (plot.x.name, f"{ends[0]} up to {'and with ' if last else ''}{ends[1]}"),
            ("rows", f"{count:,}"),
        ]
    row = int(plot.series[mark.group].rows[mark.at])
    spec = plot.spec
    found = [(name, exact(plot.held.exact(name, row))) for name in spec.names()]
    return [*found, ("row", f"{row + 1:,}")]


def _bar_words(plot: Plot, mark: Mark) -> list[tuple[str, str]]:
    bars = plot.bars
    assert bars is not None
    found = [(plot.spec.x, bars.names[mark.at])]
    if plot.spec.by:
        found.append((plot.spec.by, bars.groups[mark.group]))
    if plot.spec.y:
        found.append((f"sum of {plot.spec.y}", exact(bars.values[mark.group][mark.at])))
    return [*found, ("from", rows_text(bars.counts[mark.group][mark.at]))]


def exact(cell: Cell) -> str:
    """A value as the grid shows it: every digit of it."""
    return show(cell, Column("")).text
