"""Rows of a table as they will be: the database's pages with what is staged laid over them.

New rows stand behind the last one. Positions of the others are the table's own, so that nothing moves
when a row is added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from PySide6.QtCore import QObject

from desktop.api.client import Client
from desktop.kit.flow import Turns
from desktop.kit.long_column import LongColumn
from desktop.kit.page_cache import Page
from desktop.kit.rows import Block, Marks, Missing, Preset, Progress, Value
from desktop.kit.table_reading import read_rows
from desktop.kit.table_source import TableSource
from embedded_server.wire.data import Column
from embedded_server.wire.edits import Stored
from embedded_server.wire.problem import problem
from embedded_server.wire.refs import TableRef
from embedded_server.wire.values import Cell, from_json

from .edit_journal import Edits
from .row_editing import RowEditing
from .staged import StagedRow

_MOST_PATCHED = 32
# So many rows are looked at before the event loop may have its turn.
_LAID_OVER = 4000


class EditedSource(TableSource):
    """A table's rows with the staged edits of `edits` over them. `why_not` says why none can be staged."""

    def __init__(
        self,
        client: Client,
        ref: TableRef,
        edits: Edits,
        engine: Callable[[], str],
        why_not: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(client, ref, "", parent)
        self.edits = edits
        self._engine = engine
        self._editing = RowEditing(self, edits, engine, why_not)
        # Pages with staged cells, by the page's identity: kept while page and edits are the same.
        self._patched: dict[int, tuple[Page, int, int, Block]] = {}
        self._new: tuple[int, int, Block] | None = None
        self._shown_new = 0
        edits.changed.connect(self._staged)
        # Another tab may show the same table.
        edits.written.connect(self.refresh)

    # --- what the view asks ------------------------------------------------------------------------

    def dialect(self) -> str:
        return self._engine()

    def editing(self) -> RowEditing:
        return self._editing

    def stored_count(self) -> int:
        """Rows of the table itself, without new ones."""
        return super().row_count()

    def row_count(self) -> int:
        rows = super().row_count()
        return rows if self.loading() or not self.columns() else rows + len(self.edits.staged.inserted())

    def want(self, first: int, last: int, columns: list[int], spare: Sequence[int] = ()) -> None:
        end = self.stored_count()
        if end and self.edits.staged.rows:
            first, last = min(first, end - 1), min(last, end - 1)
        super().want(first, last, columns, spare)

    def numbers_exact(self, row: int) -> bool:
        return row >= self.stored_count() or super().numbers_exact(row)

    def block(self, row: int) -> Block | None:
        if not self.edits.staged.rows:
            return super().block(row)
        if self.is_new(row):
            return self._new_rows()
        page = super().block(row)
        return self._patch(page) if isinstance(page, Page) else page

    def cell(self, row: int, column: int) -> Cell | Missing:
        if self.is_new(row):
            found = self.new_row(row).values.get(self.columns()[column].name)
            return from_json(found)
        cell = super().cell(row, column)
        staged = self.staged_at(row)
        name = self.columns()[column].name if staged is not None else ""
        return from_json(staged.values[name]) if staged is not None and name in staged.values else cell

    def stored_cell(self, row: int, column: int) -> Cell | Missing:
        """The cell as the database has it."""
        return super().cell(row, column)

    def row_key(self, row: int) -> list[Cell] | None:
        return None if self.is_new(row) else super().row_key(row)

    def value(self, row: int, column: int) -> Value | None:
        cell = self.cell(row, column)
        if isinstance(cell, str | bytes):
            from desktop.kit.rows import LoadedValue  # noqa: PLC0415  # lazy: only values that are opened

            return LoadedValue(cell)
        return None if self.is_new(row) else super().value(row, column)

    # --- what is staged ----------------------------------------------------------------------------

    def is_new(self, row: int) -> bool:
        """Whether a new row stands at this position."""
        return self.stored_count() <= row < self.row_count()

    def new_row(self, row: int) -> StagedRow:
        """The new row at a position."""
        return self.edits.staged.inserted()[row - self.stored_count()]

    def staged_at(self, row: int) -> StagedRow | None:
        """What is staged for the row at a position."""
        if not self.edits.staged.rows:
            return None
        if self.is_new(row):
            return self.new_row(row)
        page = super().block(row)
        if not isinstance(page, Page) or page.keys is None:
            return None
        return self.edits.staged.by_key(page.keys[row - page.first])

    def row_with_key(self, key: tuple[Cell, ...]) -> int | None:
        """Where the row with this key is, if it is at hand."""
        for page in self._loader.pages:
            if page.keys is not None and key in page.keys:
                return page.first + list(page.keys).index(key)
        return None

    def position(self, staged: StagedRow) -> int | None:
        """Where a staged row is, if it is at hand."""
        if staged.kind == "insert":
            ids = [row.id for row in self.edits.staged.inserted()]
            return self.stored_count() + ids.index(staged.id) if staged.id in ids else None
        return self.row_with_key(tuple(from_json(value) for value in staged.key))

    def marks(self, first: int, last: int) -> Marks | None:
        staged = self.edits.staged
        if not staged.rows:
            return None
        index = {column.name: number for number, column in enumerate(self.columns())}
        marks = Marks({}, {})
        for row in range(first, last + 1):
            found = self.staged_at(row)
            if found is None:
                continue
            objected = found.id in staged.conflicts or found.id in staged.refused or bool(found.bad)
            kinds = {"insert": "new", "delete": "deleted", "update": "changed"}
            marks.rows[row] = "conflict" if objected else kinds[found.kind]
            refused = {one.column for one in staged.refused.get(found.id, ())}
            for name in found.values:
                if name in index:
                    marks.cells[row, index[name]] = "bad" if name in refused else "changed"
            for name in found.bad:
                if name in index:
                    marks.cells[row, index[name]] = "bad"
        return marks

    def _staged(self) -> None:
        """Something was staged or taken back: rows look otherwise, and there may be more or fewer."""
        count = len(self.edits.staged.inserted())
        if count != self._shown_new:
            self._shown_new = count
            self.counted.emit()
        if self.columns():
            wish = self._loader.wished()
            self.arrived.emit(wish[0], max(wish[1], self.row_count() - 1))

    # --- laying over -------------------------------------------------------------------------------

    def _patch(self, page: Page) -> Block:
        version = self.edits.staged.version
        known = self._patched.get(id(page))
        if known is not None and known[0] is page and known[1:3] == (version, len(page.cells)):
            known[3].first = page.first
            return known[3]
        if len(self._patched) > _MOST_PATCHED:
            self._patched.clear()
        block = self._laid_over(page)
        self._patched[id(page)] = (page, version, len(page.cells), block)
        return block

    def _laid_over(self, page: Page) -> Block:
        rows = self._edited_rows(page)
        if not rows:
            return page
        names = {column.name: number for number, column in enumerate(self.columns())}
        cells: dict[int, list[Cell]] = {}
        for at, staged in rows:
            texts = {name: bad.text for name, bad in staged.bad.items()}
            for name, value in {**staged.values, **texts}.items():
                number = names.get(name, -1)
                if number in page.cells:
                    column = cells.setdefault(number, list(page.cells[number]))
                    column[at] = from_json(value)
        block = Block(page.first, page.length, {**page.cells, **cells})
        block.drawn = {number: drawn for number, drawn in page.drawn.items() if number not in cells}
        return block

    def _edited_rows(self, page: Page) -> list[tuple[int, StagedRow]]:
        if page.keys is None:
            return []
        find = self.edits.staged.by_key
        found = ((at, find(key)) for at, key in enumerate(page.keys))
        return [(at, staged) for at, staged in found if staged is not None and staged.kind == "update"]

    def _new_rows(self) -> Block:
        version, first = self.edits.staged.version, self.stored_count()
        if self._new is None or self._new[:2] != (version, first):
            rows = self.edits.staged.inserted()
            cells = {number: _NewCells(rows, column) for number, column in enumerate(self.columns())}
            self._new = (version, first, Block(first, len(rows), cells))  # type: ignore[arg-type]
        return self._new[2]

    # --- reading beside the view ---------------------------------------------------------------------

    async def read(self, first: int, last: int, columns: list[int], progress: Progress) -> list[LongColumn]:
        if not self.edits.staged.rows:
            return await super().read(first, last, columns, progress)
        stored = self.stored_count()
        new = self.edits.staged.inserted()[max(first, stored) - stored : max(last + 1, stored) - stored]
        cells = [LongColumn() for _ in columns]
        if first < stored:
            cells = await self._read_stored(first, min(last, stored - 1), columns, progress)
        for into, column in zip(cells, columns, strict=True):
            name = self.columns()[column].name
            into.add([from_json(row.values.get(name)) for row in new])
        return cells

    async def keys(self, first: int, last: int, progress: Progress) -> list[LongColumn]:
        if last >= self.stored_count():
            raise problem("data.unsupported", "New rows have no key before they are applied")
        return await super().keys(first, last, progress)

    async def _read_stored(
        self, first: int, last: int, columns: list[int], progress: Progress
    ) -> list[LongColumn]:
        """Rows of the table with their keys, so that what is staged can be laid over any of them."""
        names = [self.columns()[column].name for column in columns]
        keys = self.key_columns()
        asked = list(dict.fromkeys([*names, *keys]))
        read = await read_rows(self._client, self._request, (first, None), last, asked, progress)
        found = dict(zip(asked, read, strict=True))
        if "update" in self.edits.staged.counts():
            await self._lay_over(found, keys)
        return [found[name] for name in names]

    async def _lay_over(self, found: dict[str, LongColumn], keys: list[str]) -> None:
        """What is staged of these rows, in slices: any of them may be the one."""
        count, turns = min(map(len, found.values())), Turns()
        for start in range(0, count, _LAID_OVER):
            stop = min(start + _LAID_OVER, count)
            for at, key in enumerate(zip(*(found[name][start:stop] for name in keys), strict=True), start):
                staged = self.edits.staged.by_key(key)
                if staged is not None and staged.kind == "update":
                    for name in staged.values.keys() & found.keys():
                        found[name][at] = from_json(staged.values[name])
            if stop < count:
                await turns.rest()

    # --- after applying ------------------------------------------------------------------------------

    def settle(self, rows: Sequence[StagedRow], stored: Sequence[Stored]) -> None:
        """What was written is what the database has now: shown at once, until it is fetched again."""
        kept = {one.id: one for one in stored}
        index = {column.name: number for number, column in enumerate(self.columns())}
        for row in rows:
            found = kept.get(row.id)
            if row.kind == "update" and found is not None and found.cells:
                self._settle_row(row, found, index)
        self._patched.clear()

    def _settle_row(self, row: StagedRow, stored: Stored, index: dict[str, int]) -> None:
        key = tuple(from_json(value) for value in row.key)
        for page in self._loader.pages:
            if page.keys is None or key not in page.keys:
                continue
            at = list(page.keys).index(key)
            for name, value in stored.cells.items():
                number = index.get(name, -1)
                if number in page.cells:
                    cells = list(page.cells[number])
                    cells[at] = from_json(value)
                    page.cells[number] = cells
            page.drawn.clear()


class _NewCells(Sequence["Cell | Preset"]):
    """A column of the new rows, looked up as it is shown: with each edit there may be a hundred thousand."""

    def __init__(self, rows: Sequence[StagedRow], column: Column) -> None:
        self._rows, self._column = rows, column

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> Cell | Preset: ...

    @overload
    def __getitem__(self, place: slice) -> list[Cell | Preset]: ...

    def __getitem__(self, place: int | slice) -> Cell | Preset | list[Cell | Preset]:
        if isinstance(place, slice):
            return [_new_cell(row, self._column) for row in self._rows[place]]
        return _new_cell(self._rows[place], self._column)


def _new_cell(row: StagedRow, column: Column) -> Cell | Preset:
    if column.name in row.bad:
        return row.bad[column.name].text
    if column.name in row.values:
        return from_json(row.values[column.name])
    if column.default is not None or column.generated:
        return Preset("default")
    if column.key and column.kind == "number":
        return Preset("automatic")
    return Preset("required") if column.nullable is False else None
