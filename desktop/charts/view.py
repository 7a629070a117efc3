"""Which stretch of a chart is seen, and where a value stands in it. Without Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from .pieces import Floats
from .plot import Plot, Series
from .sampling import window

AIR = 0.06
# So many times smaller than everything a stretch may become.
DEEPEST = 1e9


@dataclass(frozen=True)
class View:
    """Left, right, bottom and top in values of the axes."""

    left: float
    right: float
    low: float
    high: float

    def across(self, at: Floats | float, width: float) -> Floats:
        """Pixels from the left edge."""
        return np.asarray((np.asarray(at) - self.left) / (self.right - self.left) * width)

    def up(self, at: Floats | float, height: float) -> Floats:
        """Pixels from the top edge."""
        return np.asarray(height - (np.asarray(at) - self.low) / (self.high - self.low) * height)

    def zoomed(self, factor: float, share: float, whole: View) -> View:
        """A stretch `factor` times as long; the value at `share` (0 left, 1 right) stays where it is."""
        least = (whole.right - whole.left) / DEEPEST
        span = min(whole.right - whole.left, max(least, (self.right - self.left) * factor))
        fixed = self.left + (self.right - self.left) * share
        left = fixed - span * share
        moved = replace(self, left=left, right=left + span)
        return moved if span > 0 and moved.right > moved.left else self

    def moved(self, share: float, whole: View) -> View:
        """By a share of its length to the right, not beyond what there is."""
        span = self.right - self.left
        left = min(max(self.left + span * share, whole.left), max(whole.left, whole.right - span))
        return replace(self, left=left, right=left + span)

    def raised(self, factor: float, share: float) -> View:
        """The same up and down."""
        span = (self.high - self.low) * factor
        fixed = self.low + (self.high - self.low) * share
        low = fixed - span * share
        found = replace(self, low=low, high=low + span)
        return found if math.isfinite(span) and found.high > found.low else self


def whole(plot: Plot) -> View:
    """Everything, with some air around it."""
    left, right, low, high = plot.bounds()
    left, right = _wide(left, right, 43_200.0 if plot.x.role == "time" else 0.5)
    if plot.bars is None and plot.bins is None:
        air = (right - left) * 0.015
        left, right = left - air, right + air
    return View(left, right, *_tall(plot, low, high))


def _wide(low: float, high: float, least: float) -> tuple[float, float]:
    if not math.isfinite(high - low):
        return low / 4, high / 4
    if high > low:
        return low, high
    half = max(least, abs(low) * 1e-6)
    return low - half, high + half


def _tall(plot: Plot, low: float, high: float) -> tuple[float, float]:
    if plot.bars is not None or plot.bins is not None:
        low, high = _wide(low, high, 0.5) if low == high else (low, high)
        air = (high - low) * AIR
        return low - (air if low < 0 else 0.0), high + (air if high > 0 else 0.0)
    low, high = _wide(low, high, 43_200.0 if plot.y.role == "time" else 0.5)
    air = (high - low) * AIR
    return low - air, high + air


def following(plot: Plot, view: View) -> View:
    """The same stretch of x with the y of what is seen in it."""
    parts = [ys for one in plot.series if len(ys := _seen(one, view))]
    if not parts:
        return view
    low, high = min(float(ys.min()) for ys in parts), max(float(ys.max()) for ys in parts)
    low, high = _tall(plot, low, high)
    return replace(view, low=low, high=high)


def _seen(series: Series, view: View) -> Floats:
    first, last = window(series.xs, view.left, view.right)
    return series.ys[first:last]
