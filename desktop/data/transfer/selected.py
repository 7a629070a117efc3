"""The selected cells of a grid as rows to be sent along."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.kit.grid.grid import Grid
from embedded_server.wire.transfer import Given
from embedded_server.wire.values import BadText, Cell, Truncated, cells_to_json

MOST_CELLS = 200_000


def grid_of(tab: QWidget | None) -> Grid | None:
    """The grid that is shown in a tab."""
    if tab is None:
        return None
    return next((grid for grid in tab.findChildren(Grid) if grid.isVisible()), None)


class Selection:
    """What is selected at this moment: whole rows of the selected columns."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        areas = [area for area in grid.selection.areas if area.left < len(grid.columns)]
        shown = len(grid.columns) - 1
        self.rows = sorted(
            {row for area in areas for row in range(area.top, min(area.bottom, area.top + MOST_CELLS) + 1)}
        )
        self.places = sorted({p for area in areas for p in range(area.left, min(area.right, shown) + 1)})
        self.cells = len(self.rows) * len(self.places)

    def why_not(self) -> str:
        """Why it cannot be exported, empty if it can."""
        if self.cells < 2:
            return "Less than two cells are selected"
        return "Too many cells are selected; filter the rows instead" if self.cells > MOST_CELLS else ""

    async def read(self) -> Given:
        """The cells, whole. Raises problems of fetching them."""
        source = self._grid.source
        indexes = [self._grid.columns.places[place] for place in self.places]
        columns = [source.columns()[index] for index in indexes]
        rows: list[list[Cell]] = []
        for first, last in _runs(self.rows):
            cells = await source.read(first, last, indexes, _unheard)
            for at in range(last - first + 1):
                rows.append(
                    [
                        await self._whole(first + at, index, column[at])
                        for index, column in zip(indexes, cells, strict=True)
                    ]
                )
        return Given(columns, [cells_to_json(row) for row in rows])

    async def _whole(self, row: int, column: int, cell: Cell) -> Cell:
        if not isinstance(cell, Truncated):
            return cell
        whole = await self._grid.source.whole(row, column, cell)
        return BadText(whole) if isinstance(whole, bytes) and isinstance(cell.prefix, str) else whole


def _unheard(_: int, __: int) -> None:
    """Nobody is told how far it is."""


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Rows that follow each other, first and last."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and found[-1][1] == row - 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found
