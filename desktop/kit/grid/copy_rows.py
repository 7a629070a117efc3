"""Cells that were read rectangle by rectangle, as rows: each is made when its turn comes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, repeat
from typing import Generic, NamedTuple, TypeVar

from desktop.kit.grid.copy_as import SLICE
from desktop.kit.long_column import LongColumn
from embedded_server.wire.values import Cell

Blank = TypeVar("Blank")


class Read(NamedTuple):
    """The cells of a rectangle, from row `top` on, column by column from place `left` on."""

    top: int
    left: int
    columns: Sequence[LongColumn]

    @property
    def end(self) -> int:
        """The row behind the last one."""
        return self.top + (len(self.columns[0]) if self.columns else 0)


class _Band(NamedTuple):
    """Rows that have cells in the same places: in `columns`, whose first cells are those of row `top`."""

    first: int
    end: int
    columns: dict[int, tuple[int, LongColumn]]


class ReadRows(Generic[Blank]):
    """Rectangles that never overlap as rows over all their places; `blank` stands where none has a cell.

    `given` counts the rows that were handed out since somebody began to go through them.
    """

    def __init__(self, reads: Sequence[Read], blank: Blank) -> None:
        self._reads = sorted(reads, key=_top)
        self._blank = blank
        self.places = sorted(
            {place for read in reads for place in range(read.left, read.left + len(read.columns))}
        )
        self.cells = sum((read.end - read.top) * len(read.columns) for read in reads)
        self._count = sum(band.end - band.first for band in self._bands())
        self.given = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Sequence[Cell | Blank]]:
        self.given = 0
        size = max(1, SLICE // max(1, len(self.places)))
        for band in self._bands():
            for first in range(band.first, band.end, size):
                end = min(first + size, band.end)
                yield from zip(*(self._part(band, place, first, end) for place in self.places), strict=True)
                self.given += end - first

    def _part(self, band: _Band, place: int, first: int, end: int) -> Iterator[Cell | Blank]:
        if place not in band.columns:
            return repeat(self._blank, end - first)
        top, column = band.columns[place]
        return iter(column[first - top : end - top])

    def _bands(self) -> Iterator[_Band]:
        """The rows from one edge of a rectangle to the next edge of any."""
        edges = sorted({edge for read in self._reads for edge in (read.top, read.end)})
        waiting = list(reversed(self._reads))
        met: list[Read] = []
        for first, end in pairwise(edges):
            met = [read for read in met if read.end > first]
            while waiting and waiting[-1].top == first:
                met.append(waiting.pop())
            columns = {
                place: (read.top, column)
                for read in met
                for place, column in enumerate(read.columns, read.left)
            }
            if columns:
                yield _Band(first, end, columns)


def _top(read: Read) -> int:
    return read.top
