"""Column widths from what is in the columns: once when the first rows arrive, later only on demand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from desktop.kit.theme import theme

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame

# Chosen by itself a column never becomes wider than this (at 13 px); on demand, most of the view.
_WIDEST = 320
_SHARE = 0.8
# Later rows are often a little longer than the first ones.
_SLACK = 10
_SAMPLE = 100


class Fitting:
    """Widths are settled once: nothing moves any more when further rows arrive."""

    def __init__(self, grid: GridFrame) -> None:
        self._grid = grid
        self._settled: set[str] = set()
        self._started = False

    def forget(self) -> None:
        """Other columns are shown."""
        self._settled.clear()
        self._started = False

    def settle(self, column: int) -> None:
        """The user chose this column's width."""
        self._settled.add(self._grid.columns.columns[column].name)

    def settle_names(self, names: Iterable[str]) -> None:
        """Widths that were restored stay."""
        self._settled.update(names)

    def rows_arrived(self, row: int) -> None:
        """The first rows tell how wide columns need to be."""
        block = self._grid.source.block(row)
        if self._started or block is None or not block.length:
            return
        self._started = True
        columns = self._grid.columns
        open_columns = [column for column in block.cells if columns.columns[column].name not in self._settled]
        widest, slack = theme().scaled(_WIDEST), theme().scaled(_SLACK)
        columns.set_widths({column: min(self._natural(column) + slack, widest) for column in open_columns})
        self._grid.measure()
        self._grid.viewport().update()

    def fit(self, columns: Iterable[int]) -> None:
        """Fit on demand."""
        widest = round(self._grid.viewport().width() * _SHARE)
        for column in columns:
            self.settle(column)
            self._grid.columns.set_width(column, min(self._natural(column), widest))

    def _natural(self, column: int) -> int:
        grid = self._grid
        described = grid.columns.columns[column]
        width = grid.header.natural_width(described)
        first, last = grid.visible()
        row = first if grid.total_rows() else 0
        while row <= max(last, first):
            block = grid.source.block(row)
            if block is None:
                row += 1
                continue
            if column in block.cells:
                at = row - block.first
                cells = block.cells[column][at : at + _SAMPLE]
                width = max(width, grid.painter.texts.natural_width(cells, described))
            row = block.end
        return width
