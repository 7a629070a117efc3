"""Copies the selection: fetches what is not at hand, makes the text, puts it on the clipboard.

Fetching is a flow with progress and limits; a second copy, or Esc, ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop.kit.flow import Flow
from desktop.kit.grid.copy_as import HOLE, Given, Table
from desktop.kit.grid.copy_forms import FORMATS, KEYED
from desktop.kit.grid.selection import Area
from desktop.kit.long_column import LongColumn
from desktop.kit.rows import Missing
from embedded_server.wire.problem import Problem, problem
from embedded_server.wire.values import BadText, Cell, Truncated

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

MOST_CELLS = 1_000_000
MOST_BYTES = 64 * 1024 * 1024

Columns = list[LongColumn]


class Copier(QObject):
    """`progress(done, total)` while rows are being fetched, total 0 at the end."""

    progress = Signal(int, int)

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._flow: Flow | None = None

    def copy(self, form: str = "tsv") -> None:
        """Copy the selection in one of `copy_forms.FORMATS`."""
        self.cancel()
        grid = self._grid
        count = grid.selection.cell_count(len(grid.columns))
        if not count:
            grid.said.emit("Nothing is selected")
            return
        if count > MOST_CELLS:
            grid.failed.emit(
                Problem(
                    "data.unsupported",
                    f"{count:,} cells are too many to copy",
                    hint=f"Copy at most {MOST_CELLS:,} cells, or export the table to a file.",
                )
            )
            return
        self._flow = Flow(self, self._copy(form), self._failed)

    def cancel(self) -> bool:
        """Stop fetching; false if nothing was being fetched."""
        flow, self._flow = self._flow, None
        if flow is None or flow.done:
            return False
        flow.cancel()
        self.progress.emit(0, 0)
        return True

    def at_hand(self) -> Table | None:
        """The selection as a table if every cell of it has been loaded whole, for dragging."""
        grid = self._grid
        if grid.selection.cell_count(len(grid.columns)) > MOST_CELLS:
            return None
        rows: dict[int, dict[int, Given]] = {}
        for area in self._areas():
            for row in range(area.top, area.bottom + 1):
                for place in range(area.left, area.right + 1):
                    cell = grid.source.cell(row, grid.columns.places[place])
                    if isinstance(cell, Missing | Truncated):
                        return None
                    rows.setdefault(row, {})[place] = cell
        return self._table(rows)

    async def _copy(self, form: str) -> None:
        grid = self._grid
        rows: dict[int, dict[int, Given]] = {}
        budget = MOST_BYTES
        for area in self._areas():
            places = list(range(area.left, area.right + 1))
            cells = await self._read(area, [grid.columns.places[place] for place in places])
            budget = await self._complete(area, places, cells, budget)
            for place, column in zip(places, cells, strict=True):
                for row, cell in enumerate(column, area.top):
                    rows.setdefault(row, {})[place] = cell
        table = self._table(rows)
        if form in KEYED:
            table = await self._keyed(table, rows)
        title, write = FORMATS[form]
        try:
            text = write(table)
        except ValueError as error:
            raise problem("data.unsupported", str(error)) from error
        # Text alone: data made here would be freed behind the interpreter's end, which crashes the exit.
        QGuiApplication.clipboard().setText(text)
        count = sum(map(len, rows.values()))
        self.progress.emit(0, 0)
        grid.said.emit(f"Copied {count:,} cell{'s' if count != 1 else ''} as {title}")

    async def _keyed(self, table: Table, rows: dict[int, dict[int, Given]]) -> Table:
        """The same with the keys of the rows."""
        source = self._grid.source
        keys: dict[int, list[Cell]] = {}
        for area in self._areas():
            columns = await source.keys(area.top, area.bottom, self.progress.emit)
            for row, key in enumerate(zip(*columns, strict=True), area.top):
                keys[row] = list(key)
        known = {column.name: column for column in source.columns()}
        if not set(source.key_columns()) <= known.keys() or any(
            isinstance(cell, Truncated) for key in keys.values() for cell in key
        ):
            return table
        if not keys.keys() >= rows.keys() and source.key_columns():
            raise problem("data.unsupported", "Some of these rows are not in the table yet: they have no key")
        named = [known[name] for name in source.key_columns()]
        return replace(table, keys=named, key_rows=[keys[row] for row in sorted(rows)] if named else [])

    async def _read(self, area: Area, columns: list[int]) -> Columns:
        source = self._grid.source
        return await source.read(area.top, area.bottom, columns, self.progress.emit)

    async def _complete(self, area: Area, places: Sequence[int], cells: Columns, budget: int) -> int:
        """Fetch the values that pages carry only the beginning of."""
        grid = self._grid
        cut = [
            (column, at)
            for column, column_cells in enumerate(cells)
            for at, cell in enumerate(column_cells)
            if isinstance(cell, Truncated)
        ]
        for done, (column, at) in enumerate(cut):
            cell = cells[column][at]
            assert isinstance(cell, Truncated)
            budget -= cell.size
            if budget < 0:
                raise problem(
                    "data.unsupported",
                    "The selected values are too long to copy together",
                    hint=f"At most {MOST_BYTES >> 20} MB fit; export the table to a file instead.",
                )
            self.progress.emit(done, len(cut))
            index = grid.columns.places[places[column]]
            whole = await grid.source.whole(area.top + at, index, cell)
            if isinstance(whole, bytes) and isinstance(cell.prefix, str):
                cells[column][at] = BadText(whole)
            else:
                cells[column][at] = whole
        return budget

    def _areas(self) -> list[Area]:
        shown = len(self._grid.columns)
        return [
            area._replace(right=min(area.right, shown - 1))
            for area in self._grid.selection.areas
            if area.left < shown
        ]

    def _table(self, rows: dict[int, dict[int, Given]]) -> Table:
        grid = self._grid
        places = sorted({place for cells in rows.values() for place in cells})
        return Table(
            [grid.columns.columns[grid.columns.places[place]] for place in places],
            [[rows[row].get(place, HOLE) for place in places] for row in sorted(rows)],
            grid.source.table_path(),
            grid.source.dialect(),
            len(rows) == 1 and len(places) == 1,
        )

    def _failed(self, problem: Problem) -> None:
        self.progress.emit(0, 0)
        self._grid.failed.emit(problem)
