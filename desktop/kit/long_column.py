"""One column of many rows, in the parts it came in.

A list of a million cells is copied whenever it outgrows its place, and all columns of a table do so at the
same row: the window would stand still meanwhile. Here the next part is put beside the others.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import overload

from embedded_server.wire.values import Cell


class LongColumn(Sequence[Cell]):
    """Cells from the first row on. A part is taken as it is, not copied, and never changed."""

    __slots__ = ("_parts", "_ends", "_own")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, cells: Sequence[Cell] = ()) -> None:
        self._parts: list[Sequence[Cell]] = []
        self._ends: list[int] = []
        # Parts that hold a changed cell, by their number: copies that nobody else has.
        self._own: dict[int, list[Cell]] = {}
        self.add(cells)

    def add(self, cells: Sequence[Cell]) -> None:
        """Further rows; of another long column its parts."""
        for part in cells.parts() if isinstance(cells, LongColumn) else (cells,):
            if len(part):
                self._ends.append(len(self) + len(part))
                self._parts.append(part)

    def parts(self) -> list[Sequence[Cell]]:
        """The cells as they came."""
        return list(self._parts)

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[Cell]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, place: int) -> Cell: ...

    @overload
    def __getitem__(self, place: slice) -> list[Cell]: ...

    def __getitem__(self, place: int | slice) -> Cell | list[Cell]:
        if isinstance(place, slice):
            return self._cut(place)
        number, at = self._find(place)
        return self._parts[number][at]

    def __setitem__(self, place: int, cell: Cell) -> None:
        number, at = self._find(place)
        if number not in self._own:
            self._parts[number] = self._own[number] = list(self._parts[number])
        self._own[number][at] = cell

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"LongColumn({list(self)!r})"

    def _find(self, place: int) -> tuple[int, int]:
        """The part that holds a cell, and where in it."""
        row = place + len(self) if place < 0 else place
        if not 0 <= row < len(self):
            raise IndexError(place)
        number = bisect_right(self._ends, row)
        return number, row - self._start(number)

    def _start(self, number: int) -> int:
        return self._ends[number - 1] if number else 0

    def _cut(self, wanted: slice) -> list[Cell]:
        start, stop, step = wanted.indices(len(self))
        if step != 1:
            return [self[row] for row in range(start, stop, step)]
        cells: list[Cell] = []
        number = bisect_right(self._ends, start)
        while start < stop:
            first = self._start(number)
            cells += self._parts[number][start - first : stop - first]
            start, number = self._ends[number], number + 1
        return cells
