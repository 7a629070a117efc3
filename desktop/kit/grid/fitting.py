"""Column widths from what is in the columns: once when the first rows arrive, later only on demand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from desktop.kit.flow import Flow, Turns
from desktop.kit.theme import theme
from embedded_server.wire.problem import Problem

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame

# Chosen by itself a column never becomes wider than this (at 13 px); on demand, most of the view.
_WIDEST = 320
_SHARE = 0.8
# Later rows are often a little longer than the first ones.
_SLACK = 10
_SAMPLE = 100
# So many columns are measured in one go.
_AT_ONCE = 48


class Fitting:
    """Widths are settled once: nothing moves any more when further rows arrive."""

    def __init__(self, grid: GridFrame) -> None:
        self._grid = grid
        self._settled: set[str] = set()
        self._started = False
        self._flow: Flow | None = None

    def forget(self) -> None:
        """Other columns are shown."""
        self._stop()
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
        self._fit(self._unsettled(block.cells), theme().scaled(_WIDEST), theme().scaled(_SLACK), asked=False)

    def fit(self, columns: Iterable[int]) -> None:
        """Fit on demand."""
        chosen = list(columns)
        for column in chosen:
            self.settle(column)
        self._fit(chosen, round(self._grid.viewport().width() * _SHARE), 0, asked=True)

    def _fit(self, columns: list[int], widest: int, slack: int, *, asked: bool) -> None:
        """Those that are seen at once, the others of a wide table while the window lives on."""
        self._stop()
        grid = self._grid
        seen = {grid.columns.places[place] for place in grid.shown_places()}
        columns.sort(key=lambda column: column not in seen)
        self._take(columns[:_AT_ONCE], widest, slack)
        if len(columns) > _AT_ONCE:
            self._flow = Flow(grid, self._fit_rest(columns[_AT_ONCE:], widest, slack, asked), _unheard)

    async def _fit_rest(self, columns: list[int], widest: int, slack: int, asked: bool) -> None:
        turns = Turns()
        for start in range(0, len(columns), _AT_ONCE):
            await turns.rest()
            some = columns[start : start + _AT_ONCE]
            self._take(some if asked else self._unsettled(some), widest, slack)
        if asked:
            self._grid.arranged.emit()

    def _unsettled(self, columns: Iterable[int]) -> list[int]:
        known = self._grid.columns.columns
        return [column for column in columns if known[column].name not in self._settled]

    def _take(self, columns: Iterable[int], widest: int, slack: int) -> None:
        widths = {column: min(self._natural(column) + slack, widest) for column in columns}
        self._grid.columns.set_widths(widths)
        self._grid.measure()
        self._grid.viewport().update()

    def _stop(self) -> None:
        if self._flow is not None:
            self._flow.cancel()

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


def _unheard(_: Problem) -> None:
    """A column that cannot be measured stays as wide as it is."""
