"""Putting a million numbers in order, a part at a time: between two of them the window answers."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from .pieces import Floats, Ints

# So many numbers are ordered in one go: some milliseconds.
PART = 1 << 16
_SAMPLED = 64


def ordered(values: Floats) -> Generator[None, None, Ints]:
    """The places of the numbers from the smallest on, equal ones as they come. None is NaN.

    They are dealt out to parts by what a sample of them says, and each part is ordered by itself.
    """
    count = len(values)
    if count <= PART:
        return np.argsort(values, kind="stable")
    parts = 2 * count // PART
    sample = np.sort(values[:: max(1, count // (parts * _SAMPLED))])
    edges = np.unique(sample[:: max(1, len(sample) // parts)])
    part_of = np.empty(count, np.int32)
    for start in range(0, count, PART):
        part_of[start : start + PART] = np.searchsorted(edges, values[start : start + PART], "right")
        yield
    found = []
    for part in range(len(edges) + 1):
        places = np.flatnonzero(part_of == part)
        found.append(places[np.argsort(values[places], kind="stable")])
        yield
    return np.concatenate(found)
