"""What a person does to rows: set, paste, add, clone, delete, undo. Staged through the source's `Editing`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from desktop.kit.flow import Flow, Turns
from desktop.kit.grid.editing import Editing, Place, Setting
from desktop.kit.grid.paste import Row, rows_of
from desktop.kit.grid.selection import Spot
from embedded_server.wire.problem import Problem
from embedded_server.wire.values import Cell

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

# More cells at once are not staged: each is an edit to be looked at.
MOST_CELLS = 100_000
# So few are set at once; with many it is said that they are being taken in.
FEW_CELLS, MANY_CELLS = 500, 10_000
# So many rows are looked at before somebody else may have a turn.
AT_ONCE = 200
MOST_FILE = 64 * 1024 * 1024


class Edits(QObject):
    """Acts on the grid's cursor and selection; says why it cannot."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._target: tuple[Place, int] | None = None
        self._flow: Flow | None = None

    def why_not(self) -> str:
        """Why nothing can be edited here."""
        editing = self._grid.source.editing()
        return "These rows are only read" if editing is None else editing.why_no_rows()

    def why_no_cell(self) -> str:
        """Why the cursor's cell cannot be set."""
        editing, current = self._grid.source.editing(), self._grid.selection.current
        if editing is None or current is None:
            return self.why_not() or "There is no cell"
        return editing.why_not(current.row, self._grid.columns.places[current.place])

    def why_no_undo(self) -> str:
        """Why nothing can be taken back."""
        editing = self._grid.source.editing()
        return "" if editing is not None and editing.undo_title() else "There is nothing to undo"

    def why_no_redo(self) -> str:
        """Why nothing can be done again."""
        editing = self._grid.source.editing()
        return "" if editing is not None and editing.redo_title() else "There is nothing to redo"

    # --- cells ---------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Edit the cursor's cell."""
        self._say(self._grid.editor.begin())

    def set_selected(self, value: Cell, *, only_current: bool = False) -> None:
        """Stage a value for every selected cell."""
        editing, current = self._grid.source.editing(), self._grid.selection.current
        if editing is None or current is None:
            return
        spots = [current] if only_current else self._spots()
        if len(spots) > MOST_CELLS:
            self._say(f"At most {MOST_CELLS:,} cells are set at once")
            return
        places = self._grid.columns.places
        settings = [Setting(spot.row, places[spot.place], value) for spot in spots]
        if len(settings) <= FEW_CELLS:
            self._say(editing.set_cells(settings))
        elif not self._busy():
            self._flow = Flow(self, self._set(editing, settings), self._failed)

    def set_null(self) -> None:
        """Stage NULL for every selected cell."""
        self.set_selected(None)

    def revert(self) -> None:
        """Give up what is staged for the selected cells."""
        editing = self._grid.source.editing()
        places = self._grid.columns.places
        if editing is not None:
            self._say(editing.revert([(spot.row, places[spot.place]) for spot in self._spots()]))

    def paste(self) -> None:
        """Stage what the clipboard holds, from the selection's first cell on; one value for all selected."""
        text = QGuiApplication.clipboard().text()
        editing, first = self._grid.source.editing(), self._first()
        if editing is None or first is None or not text:
            self._say("The clipboard holds no text")
            return
        if "\t" not in text and "\n" not in text.rstrip("\n"):
            self.set_selected(text)
            return
        if not self._busy():
            self._flow = Flow(self, self._paste(editing, first, text), self._failed)

    def stop(self) -> bool:
        """Give up a long edit that is still being taken in; false if none is."""
        flow, self._flow = self._flow, None
        if flow is None or flow.done:
            return False
        flow.cancel()
        self._say("The edit was given up: nothing of it is staged")
        return True

    def _busy(self) -> bool:
        """Whether a long edit is still being taken in; then it is said."""
        busy = self._flow is not None and not self._flow.done
        self._say("The last edit is still being taken in" if busy else "")
        return busy

    async def _set(self, editing: Editing, settings: Sequence[Setting]) -> None:
        if len(settings) > MANY_CELLS:
            self._say(f"Setting {len(settings):,} cells · Esc stops it")
        self._say(await editing.take_block(settings, (), f"Set {len(settings):,} cells"))

    def _failed(self, problem: Problem) -> None:
        self._grid.failed.emit(problem)

    async def _paste(self, editing: Editing, first: Spot, text: str) -> None:
        rows = await self._read_rows(text)
        if len(rows) == 1 and len(rows[0]) == 1:
            self.set_selected(rows[0][0])
            return
        grid = self._grid
        wide = max(map(len, rows))
        if first.place + wide > len(grid.columns):
            left = len(grid.columns) - first.place
            self._say(f"The block has {wide} columns; from here on there are {left}")
            return
        if wide * len(rows) > MOST_CELLS:
            self._say(f"At most {MOST_CELLS:,} cells are pasted at once")
            return
        if wide * len(rows) > MANY_CELLS:
            self._say(f"Taking in {len(rows):,} rows · Esc stops it")
        columns = grid.columns.places[first.place : first.place + wide]
        room = max(0, grid.total_rows() - first.row)
        settings = await self._settings(rows[:room], first.row, columns)
        new = await self._new_rows(rows[room:], columns)
        self._say(await editing.take_block(settings, new, f"Paste {len(rows):,} × {wide} cells"))

    async def _read_rows(self, text: str) -> list[Row]:
        """The rows of the clipboard, no more than may be pasted."""
        rows: list[Row] = []
        turns, cells = Turns(), 0
        for row in rows_of(text):
            rows.append(row)
            cells += len(row)
            if cells > MOST_CELLS:
                break
            if len(rows) % AT_ONCE == 0:
                await turns.rest()
        return rows

    async def _settings(self, rows: Sequence[Row], first: int, columns: Sequence[int]) -> list[Setting]:
        turns = Turns()
        known = self._grid.columns.columns
        # An empty field is NULL, and where that cannot be the empty text.
        blank = ["" if known[at].nullable is False and known[at].kind == "text" else None for at in columns]
        settings: list[Setting] = []
        for down, cells in enumerate(rows):
            if down % AT_ONCE == AT_ONCE - 1:
                await turns.rest()
            settings += [
                Setting(first + down, column, nothing if text is None else text)
                for column, nothing, text in zip(columns, blank, cells, strict=False)
            ]
        return settings

    async def _new_rows(self, rows: Sequence[Row], columns: Sequence[int]) -> list[dict[int, Cell]]:
        turns = Turns()
        new: list[dict[int, Cell]] = []
        for number, cells in enumerate(rows, 1):
            new.append({at: text for at, text in zip(columns, cells, strict=False) if text is not None})
            if number % AT_ONCE == 0:
                await turns.rest()
        return new

    # --- rows ----------------------------------------------------------------------------------------

    def add_row(self) -> None:
        """Stage a new row and go to its first cell."""
        editing = self._grid.source.editing()
        if editing is not None:
            self._grid.move_to(Spot(editing.add_rows([{}]), 0))

    def clone_rows(self) -> None:
        """Stage copies of the selected rows."""
        editing, current = self._grid.source.editing(), self._grid.selection.current
        if editing is None or current is None:
            return
        first = editing.clone_rows(self._rows())
        if first is None:
            self._say("A row that is not loaded whole cannot be copied")
        else:
            self._grid.move_to(Spot(first, current.place))

    def delete_rows(self) -> None:
        """Stage deleting the selected rows."""
        editing = self._grid.source.editing()
        if editing is not None:
            self._say(editing.delete_rows(self._rows()))

    def undo(self) -> None:
        """Take the last step back."""
        editing = self._grid.source.editing()
        if editing is not None and (title := editing.undo()):
            self._say(f"Undone: {title}")

    def redo(self) -> None:
        """Do again what was taken back last."""
        editing = self._grid.source.editing()
        if editing is not None and (title := editing.redo()):
            self._say(f"Done again: {title}")

    # --- files ---------------------------------------------------------------------------------------

    def from_file(self) -> None:
        """Ask for a file whose bytes become the cell."""
        editing, current = self._grid.source.editing(), self._grid.selection.current
        if editing is None or current is None or (place := editing.place(current.row)) is None:
            return
        self._target = (place, self._grid.columns.places[current.place])
        from desktop.kit.ask_file import ask_file  # noqa: PLC0415  # lazy: dialogs are not in the first frame

        ask_file("Set the value from a file", "All files (*)", self.take_file)

    def take_file(self, path: str) -> None:
        """Stage a file's content for the cell that was asked for: its bytes, its text for a text column."""
        target, editing = self._target, self._grid.source.editing()
        row = target[0].row() if target is not None else None
        if target is None or row is None or editing is None:
            return
        try:
            if Path(path).stat().st_size > MOST_FILE:
                self._say(f"A file for a cell has at most {MOST_FILE // 1024 // 1024} MiB")
                return
            content: Cell = Path(path).read_bytes()
        except OSError as error:
            self._grid.failed.emit(Problem("file.unreadable", "The file cannot be read", f"{path}: {error}"))
            return
        kind = self._grid.columns.columns[target[1]].kind
        if kind not in ("binary", "other") and isinstance(content, bytes):
            try:
                content = content.decode()
            except UnicodeDecodeError:
                self._say("The file is no text in UTF-8, as this column needs")
                return
        self._say(editing.set_cells([Setting(row, target[1], content)], f"Set from {Path(path).name}"))

    # --- the selection -------------------------------------------------------------------------------

    def _first(self) -> Spot | None:
        bounds = self._grid.selection.bounds(len(self._grid.columns))
        return Spot(bounds.top, bounds.left) if bounds is not None else self._grid.selection.current

    def _spots(self) -> list[Spot]:
        return list(self._each_spot())

    def _each_spot(self) -> Iterator[Spot]:
        grid = self._grid
        last = len(grid.columns) - 1
        count = 0
        for area in grid.selection.areas:
            for row in range(area.top, min(area.bottom, grid.total_rows() - 1) + 1):
                for place in range(area.left, min(area.right, last) + 1):
                    count += 1
                    if count > MOST_CELLS + 1:
                        return
                    yield Spot(row, place)

    def _rows(self) -> list[int]:
        rows: dict[int, None] = {}
        for area in self._grid.selection.areas:
            last = min(area.bottom, self._grid.total_rows() - 1, area.top + MOST_CELLS)
            rows.update(dict.fromkeys(range(area.top, last + 1)))
        return sorted(rows)

    def _say(self, reason: str) -> None:
        if reason:
            self._grid.said.emit(reason)
