"""Histograms: how many rows fall between two values."""

from __future__ import annotations

import math

import numpy as np

from .building import Steps, axis_text, positions
from .pieces import Floats, Held
from .plot import Axis, Bins, Plot, rows_text
from .spec import Role, Spec
from .ticks import nice_step

FEWEST, MOST = 8, 80


def build_bins(spec: Spec, held: Held, roles: dict[str, Role]) -> Steps:
    """All rows that have a number, counted."""
    x = yield from positions(held, spec.x, roles.get(spec.x, "number"))
    plot = Plot(spec, x.axis, Axis("rows", "number"), held, notes=x.notes())
    values = x.values[~np.isnan(x.values)]
    plot.drawn = len(values)
    yield
    edges = edges_of(values) if len(values) else np.array([0.0, 1.0])
    yield
    counts, _ = np.histogram(values, edges)
    plot.bins = Bins(edges, counts.astype(np.int64))
    plot.summary = _summary(plot, plot.bins)
    return plot


def edges_of(values: Floats) -> Floats:
    """Edges at round numbers, as many as the spread of the values asks for (Freedman and Diaconis)."""
    low, high = float(values.min()), float(values.max())
    spread = high - low
    if not math.isfinite(spread):
        return np.linspace(low / 2, high / 2, 21) * 2
    if spread <= abs(high) * 1e-12:
        half = abs(low) * 1e-3 or 0.5
        return np.array([low - half, low + half])
    first, third = np.percentile(values, [25, 75])
    width = 2 * float(third - first) / len(values) ** (1 / 3)
    wanted = spread / width if width > 0 else math.log2(len(values)) + 1
    step = nice_step(spread / max(FEWEST, min(MOST, wanted)))
    if np.all(values == np.floor(values)) and step < 1:
        step = 1.0
    start = math.floor(low / step)
    count = max(1, math.ceil(high / step) - start)
    edges = np.array([(start + number) * step for number in range(count + 1)])
    edges[0], edges[-1] = min(edges[0], low), max(edges[-1], high)
    return np.unique(edges)


def _summary(plot: Plot, bins: Bins) -> str:
    head = f"Histogram of {plot.x.name}: {rows_text(plot.drawn)}"
    if plot.empty():
        return head
    high = int(bins.counts.argmax())
    left, right = (axis_text(plot.x, float(bins.edges[at])) for at in (high, high + 1))
    ends = [axis_text(plot.x, float(bins.edges[at])) for at in (0, -1)]
    return f"{head} from {ends[0]} to {ends[1]}, most between {left} and {right}: {int(bins.counts[high]):,}"
