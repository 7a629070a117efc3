"""The summary of what is selected, recomputed in the idle moments after each change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.kit.grid.aggregates import LIMIT, Aggregator, Number, Summary
from desktop.kit.grid.formats import exact_text
from desktop.kit.rows import MISSING, Missing
from embedded_server.wire.values import Cell

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

_SLICE = 4000


class SelectionSummary(QObject):
    """`changed` when `summary` is complete for the present selection (null: fewer than two cells)."""

    changed = Signal()

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._work: Iterator[Summary] | None = None
        self.summary: Summary | None = None
        self._idle = QTimer(self, interval=0)
        self._idle.timeout.connect(self._step)

    def restart(self) -> None:
        """The selection, or the cells in it, changed."""
        count = self._grid.selection.cell_count(len(self._grid.columns))
        if count < 2:
            self._idle.stop()
            self._work = None
            if self.summary is not None:
                self.summary = None
                self.changed.emit()
            return
        self._work = self._run(count)
        self._idle.start()

    def text(self) -> str:
        """The summary in one line, for the status bar; while it is being copied, how far that is."""
        return self._grid.copier.text() or ("" if self.summary is None else line(self.summary))

    def _step(self) -> None:
        summary = next(self._work, None) if self._work is not None else None
        if summary is None:
            self._idle.stop()
            self._work = None
            self.changed.emit()
        else:
            self.summary = summary

    def _run(self, count: int) -> Iterator[Summary]:
        aggregator = Aggregator()
        for place, first, last in self._stretches():
            index = self._grid.columns.places[place]
            numeric = self._grid.columns.columns[index].kind == "number"
            aggregator.take(self._cells(index, first, last), numeric)
            aggregator.summary.beyond = count - aggregator.summary.cells
            yield aggregator.summary

    def _stretches(self) -> Iterator[tuple[int, int, int]]:
        """Places with rows first..last of them, in slices, up to the limit."""
        left = LIMIT
        shown = len(self._grid.columns)
        for area in self._grid.selection.areas:
            for place in range(area.left, min(area.right, shown - 1) + 1):
                row = area.top
                while row <= area.bottom and left:
                    size = min(_SLICE, left, area.bottom - row + 1)
                    yield place, row, row + size - 1
                    row += size
                    left -= size

    def _cells(self, index: int, first: int, last: int) -> Iterator[Cell | Missing]:
        row = first
        while row <= last:
            block = self._grid.source.block(row)
            if block is None or index not in block.cells:
                yield MISSING
                row += 1
                continue
            stop = min(block.end, last + 1)
            cells: Sequence[Cell] = block.cells[index][row - block.first : stop - block.first]
            yield from cells
            row = stop


def line(summary: Summary) -> str:
    """`12 cells · 10 distinct · sum 3,100.50 · avg 258.375 · min 1 · max 900`"""
    parts = [f"{summary.cells + summary.beyond:,} cells"]
    if summary.nulls:
        parts.append(f"{summary.nulls:,} NULL")
    parts.append(f"{summary.distinct:,} distinct")
    if summary.sum is not None:
        parts.append(f"sum {number_text(summary.sum)}")
    average = summary.average
    if average is not None:
        value, exact = average
        parts.append(f"avg {'' if exact else '≈ '}{number_text(value)}")
    if summary.values:
        parts += [f"min {_short(summary.smallest)}", f"max {_short(summary.largest)}"]
    if summary.missing:
        parts.append(f"{summary.missing:,} not loaded")
    if summary.beyond:
        parts.append(f"only the first {summary.cells:,} looked at")
    return " · ".join(parts)


def number_text(number: Number) -> str:
    """A number as values are written: no grouping, every digit."""
    return exact_text(number) if isinstance(number, int | float) else format(number, "f")


def _short(cell: Cell) -> str:
    text = " ".join(exact_text(cell).split())
    return text if len(text) <= 40 else text[:39] + "…"
