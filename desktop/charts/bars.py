"""Bars: sums of a column, or counts of rows, for each value of another one."""

from __future__ import annotations

import math
from collections.abc import Generator
from decimal import Decimal

import numpy as np

from embedded_server.wire.values import Cell

from .building import Steps, codes, label, largest_groups, missing_text
from .calendar import read_moment
from .pieces import Held, Ints
from .plot import Axis, Bars, Plot, rows_text
from .readings import number_of
from .spec import Role, Spec
from .sums import Sums, Total

MOST_BARS = 60
_EXACT = 10**308


def build_bars(spec: Spec, held: Held, roles: dict[str, Role]) -> Steps:
    """One bar for each value of x, or the largest and one for the rest."""
    by_x, xs = yield from codes(held, spec.x)
    plot = Plot(
        spec, Axis(spec.x, "category"), Axis(f"sum of {spec.y}" if spec.y else "rows", "number"), held
    )
    groups, names = np.zeros(held.rows, np.int64), [""]
    if spec.by:
        by, categories = yield from codes(held, spec.by)
        names, groups = largest_groups(by, categories, plot.notes)
    # One number for both: rows of groups that are not drawn come first.
    wide = len(xs.cells)
    sums = yield from _summed(spec, held, (groups + 1) * wide + by_x)
    if spec.y and sums.odd.total():
        plot.notes.insert(0, missing_text(Axis(spec.y, "number"), sums.odd, held.rows))
    order = _order(xs.cells, roles.get(spec.x, "category"), sums, len(names), bool(spec.y))
    yield
    plot.bars = _bars(order, xs.cells, sums, names, bool(spec.y))
    if plot.bars.rest:
        plot.notes.append(f"the last bar stands for {plot.bars.rest:,} further values of {spec.x}")
    plot.drawn = sum(sum(counts) for counts in plot.bars.counts)
    plot.summary = _summary(plot, plot.bars)
    return plot


def _summed(spec: Spec, held: Held, places: Ints) -> Generator[None, None, Sums]:
    sums, row = Sums(), 0
    for piece in held.columns.get(spec.y or spec.x, []):
        part = places[row : row + piece.length]
        row += piece.length
        if spec.y:
            sums.add(part, piece)
        else:
            sums.count(part)
        yield
    return sums


def _order(cells: list[Cell], role: Role, sums: Sums, groups: int, summed: bool) -> list[int]:
    """Numbers and times as they follow each other, words by the height of their bars; NULL last."""
    if role in ("number", "time"):
        return sorted(range(len(cells)), key=lambda code: _rank(cells[code], role))

    def height(code: int) -> tuple[bool, float]:
        places = [group * len(cells) + code for group in range(groups + 1)]
        value = sums.total(places) if summed else sum(sums.counts[place] for place in places)
        return cells[code] is None, -abs(_float(value))

    return sorted(range(len(cells)), key=height)


def _rank(cell: Cell, role: Role) -> tuple[bool, float, str]:
    if role == "time" and isinstance(cell, str):
        moment = read_moment(cell)
        return moment is None, moment.seconds if moment is not None else 0.0, cell
    number = number_of(cell)
    return isinstance(number, str), 0.0 if isinstance(number, str) else number, str(cell)


def _bars(order: list[int], cells: list[Cell], sums: Sums, names: list[str], summed: bool) -> Bars:
    shown = order if len(order) <= MOST_BARS else order[: MOST_BARS - 1]
    rest = order[len(shown) :]
    stacks = [[code] for code in shown] + ([rest] if rest else [])
    found = Bars([label(cells[code]) for code in shown], names, [], [], [], len(rest))
    if rest:
        found.names.append(f"{len(rest):,} others")
    for group in range(len(names)):
        places = [[(group + 1) * len(cells) + code for code in stack] for stack in stacks]
        counts = [sum(sums.counts[place] for place in some) for some in places]
        values = [sums.total(some) if summed else count for some, count in zip(places, counts, strict=True)]
        found.counts.append(counts)
        found.values.append([format(one, "f") if isinstance(one, Decimal) else one for one in values])
        found.heights.append([_float(one) for one in values])
    return found


def _float(value: Total) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(_EXACT, value)


def _summary(plot: Plot, bars: Bars) -> str:
    what = f"sums of {plot.spec.y}" if plot.spec.y else "numbers of rows"
    by = f" and {plot.spec.by}" if plot.spec.by else ""
    count = len(bars.names) - bool(bars.rest)
    head = f"Bars of {what} by {plot.spec.x}{by}: {count:,} of them from {rows_text(plot.drawn)}"
    if plot.empty():
        return head
    totals = [math.fsum(group[at] for group in bars.heights) for at in range(count)]
    high = max(range(count), key=totals.__getitem__)
    low = min(range(count), key=totals.__getitem__)
    ends = (("highest", high), ("lowest", low))
    return ", ".join([head, *(f"{word} {bars.names[at]} with {totals[at]:,.6g}" for word, at in ends)])
