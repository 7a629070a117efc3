"""Fewer points for the same picture: of each column of pixels the first, lowest, highest and last one."""

from __future__ import annotations

import numpy as np

from .pieces import Bools, Floats, Ints
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
    places = np.floor((xs - left) / (right - left) * columns)
    starts = np.flatnonzero(np.diff(places, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(xs)) - 1
    middle = (xs[starts] + xs[ends]) / 2
    lowest, highest = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    found_xs = np.stack([xs[starts], middle, middle, xs[ends]], 1).ravel()
    found_ys = np.stack([ys[starts], lowest, highest, ys[ends]], 1).ravel()
    return found_xs, found_ys, np.zeros(len(found_xs), np.bool_)


def spots(across: Floats, up: Floats, cell: float) -> Ints:
    """Which of many dots to draw so that the picture is the same: one for each place they fall on."""
    columns = np.round(across / cell).astype(np.int64)
    rows = np.round(up / cell).astype(np.int64)
    _, found = np.unique(columns * 1_000_003 + rows, return_index=True)
    return np.asarray(np.sort(found), np.int64)
