"""What a grid can ask of rows that are edited: nothing here writes, everything is staged by the owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from embedded_server.wire.values import Cell


class Setting(NamedTuple):
    """A new value for a cell of the rows: a cell, or what was typed for it as text."""

    row: int
    column: int
    value: Cell


class Place(Protocol):
    """A row kept by its identity: positions change when rows arrive, a row that is being edited does not."""

    def row(self) -> int | None:
        """Where the row is now, null if it is not at hand."""


class Editing(Protocol):
    """Stages edits of the rows of one source. Reasons are sentences for the user, "" when it can be done."""

    def why_not(self, row: int, column: int) -> str:
        """Why this cell cannot be set."""

    def why_no_rows(self) -> str:
        """Why rows cannot be added or deleted."""

    def place(self, row: int) -> Place | None:
        """The row at a position, to come back to; null if it is not at hand."""

    def content(self, row: int, column: int) -> str | None:
        """The text to edit: what was typed in vain, else the value's; null if it cannot be edited as text."""

    def is_long(self, row: int, column: int) -> bool:
        """Whether only the beginning of this text is at hand, and all of it can be fetched to be edited."""

    async def fetch(self, row: int, column: int) -> str:
        """All of a long text. Raises ProblemError."""

    def set_cells(self, settings: Sequence[Setting], title: str = "") -> str:
        """Stage values as one step, each checked against its column; what does not fit stays visible and
        is told. `title` names the step."""

    async def take_block(
        self, settings: Sequence[Setting], new: Sequence[dict[int, Cell]], title: str
    ) -> str:
        """As `set_cells`, with rows to be added: however many they are, the window lives on meanwhile."""

    def revert(self, spots: Sequence[tuple[int, int]]) -> str:
        """Give up what is staged for these cells."""

    def add_rows(self, values: Sequence[dict[int, Cell]]) -> int:
        """Stage new rows with these cells by column; the position of the first."""

    def clone_rows(self, rows: Sequence[int]) -> int | None:
        """Stage new rows with the cells of these, without the key that the database gives; the position of
        the first, null if a row is not at hand."""

    def delete_rows(self, rows: Sequence[int]) -> str:
        """Stage deleting rows; new ones just go."""

    def undo(self) -> str:
        """Take the last step back; what that was."""

    def redo(self) -> str:
        """Do again what was taken back last; what that was."""

    def undo_title(self) -> str:
        """What undo would take back, "" if nothing."""

    def redo_title(self) -> str:
        """What redo would do again, "" if nothing."""
