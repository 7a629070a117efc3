"""Fewer points for the same picture: of each column of pixels the first, lowest, highest and last one."""

from __future__ import annotations

import numpy as np

from .pieces import Bools, Floats
from .plot import Series


def window(xs: Floats, left: float, right: float) -> tuple[int, int]:
    """The points from `left` to `right`: the first one and the one behind the last."""
    return int(np.searchsorted(xs, left, "left")), int(np.searchsorted(xs, right, "right"))


def line(series: Series, left: float, right: float, columns: int) -> tuple[Floats, Floats, Bools]:
    """What a line is drawn through, with a neighbour beyond each edge: all of it while there is room.

    The last array marks points that no line leads to.
    """
    first, last = window(series.xs, left, right)
    first, last = max(0, first - 1), min(len(series), last + 1)
    xs, ys, broken = series.xs[first:last], series.ys[first:last], series.broken[first:last]
    if last - first <= 4 * columns:
        return xs, ys, broken
    # Where columns begin is looked up: going through all points would take longer than drawing them.
    edges = left + (right - left) * np.arange(columns + 1) / columns
    starts = np.unique(np.append(0, np.searchsorted(xs, edges, "left")))
    starts = starts[starts < len(xs)]
    ends = np.append(starts[1:], len(xs)) - 1
    middle = (xs[starts] + xs[ends]) / 2
    lowest, highest = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    found_xs = np.stack([xs[starts], middle, middle, xs[ends]], 1).ravel()
    found_ys = np.stack([ys[starts], lowest, highest, ys[ends]], 1).ravel()
    return found_xs, found_ys, np.zeros(len(found_xs), np.bool_)


def raster(across: Floats, up: Floats, width: int, height: int, size: int) -> Bools:
    """Which pixels of a picture are covered by round dots `size` pixels wide, however many dots there are."""
    inside = (across >= 0) & (across < width) & (up >= 0) & (up < height)
    spots = np.zeros((height + 2 * size, width + 2 * size), np.bool_)
    spots[up[inside].astype(np.int64) + size, across[inside].astype(np.int64) + size] = True
    found = np.zeros((height, width), np.bool_)
    middle = (size - 1) / 2
    for down in range(size):
        for aside in range(size):
            if (down - middle) ** 2 + (aside - middle) ** 2 <= size * size / 4:
                top, left = size + size // 2 - down, size + size // 2 - aside
                found |= spots[top : top + height, left : left + width]
    return found
