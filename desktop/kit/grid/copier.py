"""Copies the selection: fetches what is not at hand, makes the text, puts it on the clipboard.

Fetching is a flow with progress and limits; a second copy, or Esc, ends it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from desktop.kit.flow import Flow, Pause, Turns
from desktop.kit.grid.copy_as import HOLE, SLICE, Form, Hole, Table
from desktop.kit.grid.copy_forms import FORMATS, KEYED
from desktop.kit.grid.copy_rows import Read, ReadRows
from desktop.kit.grid.selection import Area
from desktop.kit.long_column import LongColumn
from desktop.kit.rows import Missing
from embedded_server.wire.problem import Problem, problem
from embedded_server.wire.values import BadText, Truncated

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

MOST_CELLS = 1_000_000
# Dragging begins at once, with all there is to be dragged.
MOST_DRAGGED = 20_000
MOST_BYTES = 64 * 1024 * 1024
# So many cells are looked through before somebody else may have a turn.
LOOKED_AT = 20_000
# What is done by then says nothing of how far it is; after that it does so often.
PATIENCE_SECONDS = 0.3
TOLD_SECONDS = 0.15

Columns = list[LongColumn]


class Copier(QObject):
    """`progress(done, total)` while rows are being fetched and written, total 0 at the end."""

    progress = Signal(int, int)

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._flow: Flow | None = None
        self._told_at = 0.0
        self._text = ""
        self.progress.connect(self._tell)

    def text(self) -> str:
        """How far it is, once that takes a while."""
        return self._text

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
        self._told_at = time.monotonic() + PATIENCE_SECONDS
        self._flow = Flow(self, self._copy(form), self._failed)

    def cancel(self) -> bool:
        """Stop fetching; false if nothing was being fetched."""
        flow, self._flow = self._flow, None
        if flow is None or flow.done:
            return False
        flow.cancel()
        self.progress.emit(0, 0)
        return True

    def too_many_to_drag(self) -> bool:
        """Whether so much is selected that the window would wait for it."""
        return self._grid.selection.cell_count(len(self._grid.columns)) > MOST_DRAGGED

    def at_hand(self) -> Table | None:
        """The selection as a table if every cell of it has been loaded whole, for dragging."""
        grid = self._grid
        if self.too_many_to_drag():
            return None
        reads = []
        for area in self._areas():
            columns = []
            for place in range(area.left, area.right + 1):
                index = grid.columns.places[place]
                cells = [grid.source.cell(row, index) for row in range(area.top, area.bottom + 1)]
                whole = [cell for cell in cells if not isinstance(cell, Missing | Truncated)]
                if len(whole) < len(cells):
                    return None
                columns.append(LongColumn(whole))
            reads.append(Read(area.top, area.left, columns))
        return self._table(ReadRows(reads, HOLE))

    async def _copy(self, form: str) -> None:
        reads: list[Read] = []
        budget = MOST_BYTES
        for area in self._areas():
            indexes = self._grid.columns.places[area.left : area.right + 1]
            columns = await self._grid.source.read(area.top, area.bottom, indexes, self.progress.emit)
            budget = await self._complete(area, indexes, columns, budget)
            reads.append(Read(area.top, area.left, columns))
        rows = ReadRows(reads, HOLE)
        table = self._table(rows)
        if form in KEYED:
            table = await self._keyed(table, reads)
        title, write = FORMATS[form]
        text = await self._written(write, table, rows)
        if rows.cells > SLICE:
            await Pause()
        # Text alone: data made here would be freed behind the interpreter's end, which crashes the exit.
        QGuiApplication.clipboard().setText(text)
        self.progress.emit(0, 0)
        self._grid.said.emit(f"Copied {rows.cells:,} cell{'s' if rows.cells != 1 else ''} as {title}")

    async def _written(self, write: Form, table: Table, rows: ReadRows[Hole]) -> str:
        """The text, bit by bit."""
        turns, pieces = Turns(), []
        try:
            for piece in write.pieces(table):
                pieces.append(piece)
                if rows.cells > SLICE and turns.over():
                    self.progress.emit(rows.given, len(rows))
                    await turns.rest()
        except ValueError as error:
            raise problem("data.unsupported", str(error)) from error
        return "".join(pieces)

    async def _keyed(self, table: Table, reads: Sequence[Read]) -> Table:
        """The same with the keys of the rows."""
        source = self._grid.source
        known = {column.name: column for column in source.columns()}
        found: list[Read] = []
        for top, end in _rows_of(reads):
            columns = await source.keys(top, end - 1, self.progress.emit)
            if await self._cut(columns):
                return table
            found.append(Read(top, 0, columns))
        if not set(source.key_columns()) <= known.keys():
            return table
        keys: ReadRows[None] = ReadRows(found, None)
        if len(keys) < len(table.rows) and source.key_columns():
            raise problem("data.unsupported", "Some of these rows are not in the table yet: they have no key")
        named = [known[name] for name in source.key_columns()]
        return replace(table, keys=named, key_rows=keys if named else ())

    async def _complete(self, area: Area, indexes: Sequence[int], columns: Columns, budget: int) -> int:
        """Fetch the values that pages carry only the beginning of."""
        cut = await self._cut(columns)
        for done, (number, at) in enumerate(cut):
            cell = columns[number][at]
            assert isinstance(cell, Truncated)
            budget -= cell.size
            if budget < 0:
                raise problem(
                    "data.unsupported",
                    "The selected values are too long to copy together",
                    hint=f"At most {MOST_BYTES >> 20} MB fit; export the table to a file instead.",
                )
            self.progress.emit(done, len(cut))
            whole = await self._grid.source.whole(area.top + at, indexes[number], cell)
            if isinstance(whole, bytes) and isinstance(cell.prefix, str):
                columns[number][at] = BadText(whole)
            else:
                columns[number][at] = whole
        return budget

    async def _cut(self, columns: Columns) -> list[tuple[int, int]]:
        """Where columns have only the beginnings of values: the column's number, and the place in it."""
        found: list[tuple[int, int]] = []
        turns, looked_at = Turns(), 0
        for number, column in enumerate(columns):
            for start in range(0, len(column), LOOKED_AT):
                part = column[start : start + LOOKED_AT]
                if Truncated in set(map(type, part)):
                    found += [
                        (number, at) for at, cell in enumerate(part, start) if isinstance(cell, Truncated)
                    ]
                looked_at += len(part)
                if looked_at >= LOOKED_AT:
                    looked_at = 0
                    await turns.rest()
        return found

    def _areas(self) -> list[Area]:
        shown = len(self._grid.columns)
        return [
            area._replace(right=min(area.right, shown - 1))
            for area in self._grid.selection.areas
            if area.left < shown
        ]

    def _table(self, rows: ReadRows[Hole]) -> Table:
        grid = self._grid
        return Table(
            [grid.columns.columns[grid.columns.places[place]] for place in rows.places],
            rows,
            grid.source.table_path(),
            grid.source.dialect(),
            rows.cells == 1,
        )

    @Slot(int, int)
    def _tell(self, done: int, total: int) -> None:
        """In the status bar: now and then while it goes on, and when it is over."""
        now = time.monotonic()
        if total and now < self._told_at:
            return
        self._told_at = now + TOLD_SECONDS
        before, self._text = self._text, f"Copying · {done * 100 // total} % · Esc stops it" if total else ""
        if self._text != before:
            self._grid.summary.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self.progress.emit(0, 0)
        self._grid.failed.emit(problem)


def _rows_of(reads: Sequence[Read]) -> list[tuple[int, int]]:
    """The rows that have a cell, in stretches: first, and the one behind the last."""
    found: list[tuple[int, int]] = []
    for first, end in sorted((read.top, read.end) for read in reads):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif first < end:
            found.append((first, end))
    return found
