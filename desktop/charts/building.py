"""From rows to a chart, in slices: between two of them the window answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np

from desktop.kit.grid.formats import exact_text
from embedded_server.wire.values import Cell

from . import readings
from .pieces import Floats, Held, Ints
from .plot import Axis, Plot, Series, rows_text
from .readings import HUGE, INFINITE, NAN, NULL, UNREAD, Categories
from .sorting import ordered
from .spec import Role, Spec

Steps = Generator[None, None, Plot]

MOST_SERIES = 8
ROWS = "rows"
_REASONS = {
    NULL: "NULL",
    NAN: "NaN",
    INFINITE: "infinite",
    HUGE: "beyond what can be drawn",
    UNREAD: "text or other values",
}


def build(spec: Spec, held: Held, roles: dict[str, Role]) -> Steps:
    """The chart; each step is some milliseconds."""
    if spec.kind == "bar":
        from .bars import build_bars  # noqa: PLC0415  # lazy: the two know each other

        return build_bars(spec, held, roles)
    if spec.kind == "histogram":
        from .bins import build_bins  # noqa: PLC0415  # lazy: the two know each other

        return build_bins(spec, held, roles)
    return build_points(spec, held, roles)


@dataclass
class Positions:
    """A column as positions on an axis."""

    axis: Axis
    values: Floats
    odd: Counter[str] = field(default_factory=Counter)
    unix: int = 0
    mixed: int = 0

    def notes(self) -> list[str]:
        """What to know of the rows that have none, and of how the others were read."""
        found = [missing_text(self.axis, self.odd, len(self.values))] if self.odd.total() else []
        if self.unix:
            found.append(f"{self.unix:,} numbers in {self.axis.name} are taken as Unix time")
        if self.mixed:
            found.append(f"{self.mixed:,} values of {self.axis.name} have no zone and are taken as UTC")
        return found


def missing_text(axis: Axis, odd: Counter[str], rows: int) -> str:
    """`3 of 400 rows have no number in amount (2 NULL, 1 infinite)`, `no row has a number in word (NULL)`"""
    count, noun = odd.total(), "time" if axis.role == "time" else "number"
    found = [(odd[reason], word) for reason, word in _REASONS.items() if odd[reason]]
    # Each number stands once: a single reason has that of the rows.
    why = ", ".join(f"{part:,} {word}" if len(found) > 1 else word for part, word in found)
    if count == rows:
        return f"no row has a {noun} in {axis.name} ({why})"
    have = "has" if count == 1 else "have"
    return f"{count:,} of {rows_text(rows)} {have} no {noun} in {axis.name} ({why})"


def positions(held: Held, name: str, role: Role) -> Generator[None, None, Positions]:
    """A whole column on an axis; what is no category is tried as a number."""
    read = readings.moments if role == "time" else readings.numbers
    values, odd, zoned, bare, unix = [], Counter[str](), 0, 0, 0
    for piece in held.columns.get(name, []):
        reading = read(piece)
        values.append(reading.values)
        odd += reading.odd
        zoned, bare, unix = zoned + reading.zoned, bare + reading.bare, unix + reading.unix
        yield
    axis = Axis(name, "time" if role == "time" else "number", "UTC" if zoned else "")
    joined = np.concatenate(values) if values else np.empty(0)
    return Positions(axis, joined, odd, unix, bare if zoned else 0)


def codes(held: Held, name: str) -> Generator[None, None, tuple[Ints, Categories]]:
    """A whole column as groups of equal cells."""
    categories, found = Categories(), []
    for piece in held.columns.get(name, []):
        found.append(np.array(categories.take(piece.cells()), np.int64))
        yield
    return (np.concatenate(found) if found else np.empty(0, np.int64)), categories


def label(cell: Cell) -> str:
    """A category in a legend or under a bar."""
    if cell is None:
        return "NULL"
    return "empty text" if cell == "" else " ".join(exact_text(cell)[:200].split()) or "blanks"


def build_points(spec: Spec, held: Held, roles: dict[str, Role]) -> Steps:
    """Lines or points: every row that has both numbers."""
    x = yield from positions(held, spec.x, roles.get(spec.x, "number"))
    y = yield from positions(held, spec.y, roles.get(spec.y, "number"))
    plot = Plot(spec, x.axis, y.axis, held, notes=x.notes() + (y.notes() if spec.y != spec.x else []))
    names, groups = [""], np.zeros(held.rows, np.int64)
    if spec.by:
        by, categories = yield from codes(held, spec.by)
        names, groups = largest_groups(by, categories, plot.notes)
    placed = ~np.isnan(x.values)
    for number, name in enumerate(names):
        rows = np.flatnonzero(placed & (groups == number))
        yield
        plot.series.append((yield from _series(name, rows, x.values, y.values)))
        yield
    plot.drawn = sum(map(len, plot.series))
    plot.summary = _summary(plot)
    return plot


def largest_groups(by: Ints, categories: Categories, notes: list[str]) -> tuple[list[str], Ints]:
    """The groups with the most rows as 0, 1, ..; -1 for rows of the others, which are told."""
    counts = np.bincount(by, minlength=len(categories.cells))
    order = np.argsort(-counts, kind="stable")
    kept = sorted(order[:MOST_SERIES].tolist())
    left = len(counts) - len(kept)
    if left > 0:
        rest = int(counts.sum() - counts[kept].sum())
        notes.append(f"{left:,} smaller groups with {rows_text(rest)} are not drawn")
    places = np.full(max(len(counts), 1), -1, np.int64)
    places[kept] = np.arange(len(kept))
    return [label(categories.cells[code]) for code in kept], places[by] if len(by) else by


def _series(name: str, rows: Ints, xs: Floats, ys: Floats) -> Generator[None, None, Series]:
    """In steps: each walks through all points, and the window is to answer in between."""
    placed = xs[rows]
    yield
    # Rows often come in this order, which is found out a hundred times faster than it is made.
    order = rows if np.all(placed[:-1] <= placed[1:]) else rows[(yield from ordered(placed))]
    yield
    absent = np.isnan(ys[order])
    yield
    shown = order[~absent]
    yield
    # Rows without a value count up; where the count differs from the point before, there was a gap.
    gaps = np.cumsum(absent)[~absent]
    yield
    broken = np.diff(gaps, prepend=gaps[:1]) > 0
    yield
    across = xs[shown]
    yield
    return Series(name, across, ys[shown], shown, broken)


def _summary(plot: Plot) -> str:
    kind = {"line": "Line chart", "scatter": "Points"}[plot.spec.kind]
    by = f" by {plot.spec.by}" if plot.spec.by else ""
    head = f"{kind} of {plot.y.name} over {plot.x.name}{by}: {rows_text(plot.drawn)}"
    if plot.empty():
        return head
    left, right, low, high = plot.bounds()
    across = f"{plot.x.name} from {axis_text(plot.x, left)} to {axis_text(plot.x, right)}"
    up = f"{plot.y.name} from {axis_text(plot.y, low)} to {axis_text(plot.y, high)}"
    return f"{head}, {across}, {up}, mean {axis_text(plot.y, _mean(plot))}"


def _mean(plot: Plot) -> float:
    # Divided first: sums of huge numbers leave the range of floats.
    return math.fsum(float((one.ys / plot.drawn).sum()) for one in plot.series)


def axis_text(axis: Axis, value: float) -> str:
    """A position in words: six digits, or a moment."""
    from .calendar import moment_text  # noqa: PLC0415  # lazy: only time axes need it

    return moment_text(value) if axis.role == "time" else f"{value:,.6g}"
