"""Editing the rows of a table tab: from what a person does to steps of staged rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from desktop.kit.flow import Turns
from desktop.kit.grid.editing import Setting
from desktop.kit.grid.formats import exact_text
from desktop.kit.rows import Missing
from embedded_server.wire.data import Column
from embedded_server.wire.edits import Seen, digest_of
from embedded_server.wire.values import BadText, Cell, Truncated, from_json, to_json

from .edit_journal import Edits
from .staged import Bad, StagedRow, Swap

if TYPE_CHECKING:
    from .edited_source import EditedSource

# Longer cells are remembered by their digest.
LONG = 1024
# More bytes than this are not written out as hexadecimal digits to be edited.
_MOST_HEX = 2048
# A longer text is no work for a cell.
MOST_TEXT = 1_000_000
# So many cells or rows are looked at before somebody else may have a turn.
_AT_ONCE = 100
_NOT_HERE = "This row is still loading"


class KeptPlace:
    """A row by its key, or a new row by its identity."""

    def __init__(self, source: EditedSource, identity: str, key: tuple[Cell, ...] | None) -> None:
        self._source, self._identity, self._key = source, identity, key

    def row(self) -> int | None:
        """Where the row is now."""
        source = self._source
        if self._key is None:
            rows = [row.id for row in source.edits.staged.inserted()]
            return source.stored_count() + rows.index(self._identity) if self._identity in rows else None
        return source.row_with_key(self._key)


class RowEditing:
    """`Editing` for a table: see `desktop/kit/grid/editing.py`."""

    def __init__(
        self, source: EditedSource, edits: Edits, engine: Callable[[], str], why_not: Callable[[], str]
    ) -> None:
        self._source, self._edits = source, edits
        self._engine, self._why_not = engine, why_not
        # Long values that were fetched to be edited, as they were then.
        self._whole: dict[tuple[tuple[Cell, ...], str], Seen] = {}

    # --- whether -------------------------------------------------------------------------------------

    def why_no_rows(self) -> str:
        """Why nothing can be staged here."""
        reason = self._why_not()
        if not reason and self._source.columns() and not self._source.key_columns():
            return "This table has no key that tells its rows apart, so they cannot be edited"
        return reason if self._source.columns() else reason or "The rows are still loading"

    def why_not(self, row: int, column: int) -> str:
        """Why this cell cannot be set."""
        reason = self.why_no_rows()
        if reason:
            return reason
        found = self._source.columns()[column]
        if found.generated:
            return f"{found.name} is computed by the database"
        staged = self._source.staged_at(row)
        if staged is not None and staged.kind == "delete":
            return "This row is staged to be deleted"
        if staged is None and self._source.row_key(row) is None:
            return _NOT_HERE
        return ""

    def place(self, row: int) -> KeptPlace | None:
        """The row at a position, to come back to."""
        if self._source.is_new(row):
            return KeptPlace(self._source, self._source.new_row(row).id, None)
        key = self._source.row_key(row)
        return KeptPlace(self._source, "", tuple(key)) if key is not None else None

    def content(self, row: int, column: int) -> str | None:
        """The text to edit; null if the value cannot be edited as text."""
        name = self._source.columns()[column].name
        staged = self._source.staged_at(row)
        if staged is not None and name in staged.bad:
            return staged.bad[name].text
        cell = self._source.cell(row, column)
        if isinstance(cell, Missing | BadText | Truncated):
            return None
        if isinstance(cell, bytes):
            return f"x'{cell.hex()}'" if len(cell) <= _MOST_HEX else None
        return exact_text(cell)

    def is_long(self, row: int, column: int) -> bool:
        """Whether only the beginning of this text is at hand, and all of it can be fetched to be edited."""
        cell = self._source.cell(row, column)
        return isinstance(cell, Truncated) and isinstance(cell.prefix, str) and cell.size <= MOST_TEXT

    async def fetch(self, row: int, column: int) -> str:
        """All of a long text; it is compared as a whole when it is written."""
        cell, key = self._source.cell(row, column), tuple(self._source.row_key(row) or ())
        assert isinstance(cell, Truncated)
        whole = await self._source.whole(row, column, cell)
        text = whole if isinstance(whole, str) else whole.decode()
        self._whole[key, self._source.columns()[column].name] = _seen(text)
        return text

    # --- cells ---------------------------------------------------------------------------------------

    def set_cells(self, settings: Sequence[Setting], title: str = "") -> str:
        """Stage values as one step; the first reason why one does not fit."""
        wanted: dict[int, dict[int, Cell]] = {}
        for setting in settings:
            reason = self.why_not(setting.row, setting.column)
            if reason:
                return reason
            wanted.setdefault(setting.row, {})[setting.column] = setting.value
        swaps, complaint = [], ""
        for row, cells in wanted.items():
            before = self._source.staged_at(row)
            after, reason = self._with(before or self._begin(row), cells)
            complaint = complaint or reason
            swaps.append(Swap(before, after))
        self._do(title or _counted("Set", len(settings), "cell"), swaps)
        return complaint

    async def take_block(
        self, settings: Sequence[Setting], new: Sequence[dict[int, Cell]], title: str
    ) -> str:
        """Stage values and new rows as one step, in slices; anew if something else is staged meanwhile."""
        while True:
            version = self._edits.staged.version
            swaps: list[Swap] = []
            reason = await self._swap_cells(settings, swaps)
            if settings and not swaps:
                return reason
            await self._swap_new(new, swaps)
            prepared = await self._edits.prepared(title, swaps)
            if refused := self.why_no_rows():
                return refused
            if version == self._edits.staged.version:
                if prepared is not None:
                    self._know_keys()
                    self._edits.take(prepared)
                return reason

    async def _swap_cells(self, settings: Sequence[Setting], swaps: list[Swap]) -> str:
        """What setting cells changes, added to `swaps`: nothing where one cannot be set, which is told."""
        turns = Turns()
        wanted: dict[int, dict[int, Cell]] = {}
        for number, setting in enumerate(settings, 1):
            if reason := self.why_not(setting.row, setting.column):
                return reason
            wanted.setdefault(setting.row, {})[setting.column] = setting.value
            if number % _AT_ONCE == 0:
                await turns.rest()
        complaint = ""
        for number, (row, cells) in enumerate(wanted.items(), 1):
            before = self._source.staged_at(row)
            after, reason = self._with(before or self._begin(row), cells)
            complaint = complaint or reason
            swaps.append(Swap(before, after))
            if number % _AT_ONCE == 0:
                await turns.rest()
        return complaint

    async def _swap_new(self, new: Sequence[dict[int, Cell]], swaps: list[Swap]) -> None:
        turns = Turns()
        for number, cells in enumerate(new, 1):
            swaps.append(Swap(None, self._new_row(cells)))
            if number % _AT_ONCE == 0:
                await turns.rest()

    def _new_row(self, cells: dict[int, Cell]) -> StagedRow:
        identity, order = self._edits.staged.fresh()
        return self._with(StagedRow(identity, order, "insert"), cells)[0]

    def _with(self, row: StagedRow, cells: dict[int, Cell]) -> tuple[StagedRow, str]:
        """A row's state with these cells set, and why one of them does not fit."""
        from embedded_server.wire.typed import Unfit, fit  # noqa: PLC0415  # lazy: nothing is edited at the start

        values, bad, complaint = dict(row.values), dict(row.bad), ""
        for number, cell in cells.items():
            column = self._source.columns()[number]
            values.pop(column.name, None)
            bad.pop(column.name, None)
            base = _known(row, column.name)
            try:
                fitted = fit(column, cell, self._engine(), base) if self._engine() else cell
            except Unfit as error:
                complaint = complaint or f"{column.name}: {error}"
                bad[column.name] = Bad(exact_text(cell), str(error))
                continue
            value = to_json(fitted)
            # What is the old value again is no edit.
            if row.kind == "insert" or column.name not in row.base or row.base[column.name] != value:
                values[column.name] = value
        return msgspec.structs.replace(row, values=values, bad=bad), complaint

    def _begin(self, row: int) -> StagedRow:
        """The state of a stored row of which nothing is staged: what is seen of it now."""
        base: dict[str, Any] = {}
        seen: dict[str, Seen] = {}
        key = self._source.row_key(row) or []
        for number, column in enumerate(self._source.columns()):
            cell = self._source.stored_cell(row, number)
            if isinstance(cell, Missing):
                continue
            whole = self._whole.get((tuple(key), column.name)) if isinstance(cell, Truncated) else None
            if whole is not None:
                seen[column.name] = whole
            elif isinstance(cell, str | bytes | Truncated) and _length(cell) > LONG:
                seen[column.name] = _seen(cell)
            else:
                base[column.name] = to_json(cell)
        identity, order = self._edits.staged.fresh()
        return StagedRow(identity, order, "update", [to_json(cell) for cell in key], base, seen)

    def revert(self, spots: Sequence[tuple[int, int]]) -> str:
        """Give up what is staged for these cells; of a deleted row, that it is."""
        swaps: dict[str, Swap] = {}
        for row, column in spots:
            before = self._source.staged_at(row)
            if before is None:
                continue
            name = self._source.columns()[column].name
            last = swaps[before.id].after if before.id in swaps else before
            if last is not None:
                swaps[before.id] = Swap(before, _reverted(last, name))
        if not self._do(_counted("Revert", len(spots), "cell"), list(swaps.values())):
            return "Nothing is staged here"
        return ""

    # --- rows ----------------------------------------------------------------------------------------

    def add_rows(self, values: Sequence[dict[int, Cell]]) -> int:
        """Stage new rows; the position of the first."""
        first = self._source.row_count()
        swaps = [Swap(None, self._new_row(cells)) for cells in values]
        self._do(_counted("Add", len(swaps), "row"), swaps)
        return first

    def clone_rows(self, rows: Sequence[int]) -> int | None:
        """Stage copies of rows; what the database gives by itself is left to it."""
        made = []
        for row in rows:
            cells: dict[int, Cell] = {}
            for number, column in enumerate(self._source.columns()):
                cell = self._source.cell(row, number)
                if isinstance(cell, Missing | Truncated):
                    return None
                if not _given_by_itself(column):
                    cells[number] = cell
            made.append(cells)
        return self.add_rows(made)

    def delete_rows(self, rows: Sequence[int]) -> str:
        """Stage deleting rows; new ones just go."""
        reason = self.why_no_rows()
        swaps = []
        for row in rows:
            before = self._source.staged_at(row)
            if before is None and self._source.row_key(row) is None:
                return _NOT_HERE
            if before is not None and before.kind == "insert":
                swaps.append(Swap(before, None))
            else:
                after = msgspec.structs.replace(before or self._begin(row), kind="delete")
                swaps.append(Swap(before, after))
        if not reason:
            self._do(_counted("Delete", len(swaps), "row"), swaps)
        return reason

    # --- undo ----------------------------------------------------------------------------------------

    def undo(self) -> str:
        """Take the last step back; what that was."""
        step = self._edits.undo()
        return step.title if step is not None else ""

    def redo(self) -> str:
        """Do again what was taken back last; what that was."""
        step = self._edits.redo()
        return step.title if step is not None else ""

    def undo_title(self) -> str:
        """What undo would take back."""
        return self._edits.staged.undo_title()

    def redo_title(self) -> str:
        """What redo would do again."""
        return self._edits.staged.redo_title()

    def _do(self, title: str, swaps: list[Swap]) -> bool:
        self._know_keys()
        return self._edits.do(title, swaps)

    def _know_keys(self) -> None:
        if not self._edits.staged.rows:
            self._edits.staged.key_columns = self._source.key_columns()


def _reverted(row: StagedRow, name: str) -> StagedRow:
    if row.kind == "delete":
        return msgspec.structs.replace(row, kind="update")
    values = {key: value for key, value in row.values.items() if key != name}
    bad = {key: value for key, value in row.bad.items() if key != name}
    return msgspec.structs.replace(row, values=values, bad=bad)


def _given_by_itself(column: Column) -> bool:
    if column.generated:
        return True
    return bool(column.key) and (column.kind in ("number", "uuid") or column.default is not None)


def _known(row: StagedRow, name: str) -> Cell:
    """What stood in a cell, where a column takes values of any type."""
    return from_json(row.base[name]) if name in row.base else None


def _length(cell: str | bytes | Truncated) -> int:
    return len(cell.prefix) if isinstance(cell, Truncated) else len(cell)


def _seen(cell: str | bytes | Truncated) -> Seen:
    """A long cell by its digest; of one that was cut, by that of its beginning."""
    if isinstance(cell, Truncated):
        unit = "bytes" if cell.unit == "bytes" else "characters"
        return Seen(digest_of(cell.prefix), cell.size, unit, len(cell.prefix))  # type: ignore[arg-type]
    return Seen(digest_of(cell), len(cell), "bytes" if isinstance(cell, bytes) else "characters")


def _counted(verb: str, count: int, noun: str) -> str:
    return f"{verb} 1 {noun}" if count == 1 else f"{verb} {count:,} {noun}s"
