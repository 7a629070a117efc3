"""What of a grid somebody means: the cells that are selected, or everything that is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtWidgets import QWidget

from desktop.kit.grid.grid import Grid
from desktop.kit.long_column import LongColumn
from desktop.kit.rows import Progress
from embedded_server.wire.data import Column

MOST_CELLS = 2_000_000


def grid_of(tab: QWidget | None) -> Grid | None:
    """The grid that is shown in a tab."""
    if tab is None:
        return None
    return next((grid for grid in tab.findChildren(Grid) if grid.isVisible()), None)


class Picked:
    """The selection at this moment: whole rows of the columns that have a selected cell.

    `whole`: no rows are selected but all of them, or a single one. `columns` are indexes of the source,
    `named` those that were selected from end to end.
    """

    def __init__(self, grid: Grid) -> None:
        self.source = grid.source
        total = grid.total_rows()
        shown = len(grid.columns) - 1
        areas = [area for area in grid.selection.areas if area.left <= shown]
        long = [area for area in areas if area.top == 0 and area.bottom >= total - 1 and total > 1]
        rows = grid.selection.row_count() if areas else 0
        self.whole = rows < 2 or len(long) == len(areas)
        chosen = {place for area in areas for place in range(area.left, min(area.right, shown) + 1)}
        self.named = [] if not self.whole or len(long) < len(areas) or not areas else sorted(chosen)
        if len(self.named) > shown:
            self.named = []
        places = sorted(chosen) if not self.whole and len(chosen) > 0 else range(shown + 1)
        self.columns = [grid.columns.places[place] for place in places]
        self.named = [grid.columns.places[place] for place in self.named]
        self.runs = [(0, total - 1)] if self.whole else _runs([(area.top, area.bottom) for area in areas])
        self.rows = sum(last - first + 1 for first, last in self.runs)

    def heads(self) -> list[Column]:
        """The columns."""
        known = self.source.columns()
        return [known[index] for index in self.columns]

    def too_many(self) -> bool:
        """Whether they should rather be read as a stream."""
        return self.rows * len(self.columns) > MOST_CELLS

    def at_hand(self) -> list[LongColumn]:
        """All rows that are loaded from the first one on, column by column."""
        found = [LongColumn() for _ in self.columns]
        row = 0
        while (block := self.source.block(row)) is not None and block.cells.keys() >= set(self.columns):
            for into, column in zip(found, self.columns, strict=True):
                into.add(block.cells[column][row - block.first :])
            row = block.end
        return found

    async def read(self, progress: Progress) -> list[LongColumn]:
        """The selected rows, column by column; long values stay cut. Raises problems of fetching them."""
        found = [LongColumn() for _ in self.columns]
        for first, last in self.runs:
            cells = await self.source.read(first, last, self.columns, progress)
            for into, more in zip(found, cells, strict=True):
                into.add(more)
        return found


def _runs(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return list(_joined(sorted(spans)))


def _joined(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Spans that touch or cover each other as one."""
    first, last = spans[0]
    for start, end in spans[1:]:
        if start > last + 1:
            yield first, last
            first = start
        last = max(last, end)
    yield first, last
