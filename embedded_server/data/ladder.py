"""Rows whose number is known, remembered so that later jumps can start near them."""

from __future__ import annotations

import time
from bisect import bisect_left, insort
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple

from embedded_server.wire.values import Cell, Truncated

# Rungs stand at least this many rows apart; when there are too many every second one goes.
STEP = 1_000
_MOST_RUNGS = 2_000
# A number learned longer ago than this may no longer be true: others insert and delete.
FRESH_SECONDS = 60.0


class Rung(NamedTuple):
    """The row with number `row` has these sort cells."""

    row: int
    cells: tuple[Cell, ...]
    at: float

    @property
    def fresh(self) -> bool:
        """Whether the number may still be called exact."""
        return time.monotonic() - self.at < FRESH_SECONDS


class Ladder:
    """Rungs of one order of one table, by row number. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rungs: list[Rung] = []

    def add(self, row: int, cells: Sequence[Cell]) -> None:
        """Remember a row whose number is exact, unless one is known nearby."""
        if any(isinstance(cell, Truncated) for cell in cells):
            return
        rung = Rung(row, tuple(cells), time.monotonic())
        with self._lock:
            place = self._place(row)
            near = self._rungs[max(place - 1, 0) : place + 1]
            stale = [other for other in near if abs(other.row - row) < STEP and not other.fresh]
            for other in stale:
                self._rungs.remove(other)
            if any(abs(other.row - row) < STEP for other in near if other not in stale):
                return
            insort(self._rungs, rung, key=_row)
            if len(self._rungs) > _MOST_RUNGS:
                del self._rungs[1::2]

    def around(self, row: int) -> tuple[Rung | None, Rung | None]:
        """The last known row before or at `row`, and the first one behind it."""
        with self._lock:
            place = self._place(row + 1)
            below = self._rungs[place - 1] if place else None
            above = self._rungs[place] if place < len(self._rungs) else None
            return below, above

    def _place(self, row: int) -> int:
        return bisect_left(self._rungs, row, key=_row)

    def __len__(self) -> int:
        return len(self._rungs)


def _row(rung: Rung) -> int:
    return rung.row
