"""What the row view shows rows from: a table page source, a console result, a log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from PySide6.QtCore import QObject, Signal

from desktop.kit.flow import Waiter
from desktop.kit.long_column import LongColumn
from embedded_server.wire.data import Column, Filter, Order
from embedded_server.wire.problem import Problem, problem
from embedded_server.wire.values import Cell, Truncated

if TYPE_CHECKING:
    from desktop.kit.grid.editing import Editing

# Row positions exceed a C int: this carries 64 bits through Qt's signals (typed as `type` in the stubs).
LONG: Any = "qlonglong"

_SCROLL = "They come only as they are looked at: scroll through them first."

Progress = Callable[[int, int], None]
"""Told how many rows are done, and of how many."""


class Missing:
    """The mark of a cell that has not arrived yet; painted as a placeholder."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


class Preset:
    """Stands in a new row's cell that nobody set: what the database will put there, in a word."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Marks(NamedTuple):
    """What is staged of the visible rows: words of `rows` ("new", "deleted", "changed", "conflict") by
    position, and of `cells` ("changed", "bad") by position and column."""

    rows: dict[int, str]
    cells: dict[tuple[int, int], str]


class Block:
    """Rows at hand: positions `first` to `end` (excluded), column by column.

    `cells[c]` holds the `length` cells of column `c`; a column that has not been fetched is absent.
    `drawn` is the view's own store of what it prepared for painting; it lives and dies with the rows.
    """

    __slots__ = ("first", "length", "cells", "drawn")

    def __init__(self, first: int, length: int, cells: dict[int, Sequence[Cell]]) -> None:
        self.first = first
        self.length = length
        self.cells = cells
        self.drawn: dict[int, Any] = {}

    @property
    def end(self) -> int:
        """The position behind the last row."""
        return self.first + self.length


class Value(Protocol):
    """One whole value that can be read in parts: `size` counts `unit` ("bytes" or "characters")."""

    size: int
    unit: str

    def read(self, offset: int, length: int) -> Waiter[str | bytes]:
        """A part; shorter than asked only at the end."""


class LoadedValue:
    """A value that is already here."""

    def __init__(self, content: str | bytes) -> None:
        self._content = content
        self.size = len(content)
        self.unit = "bytes" if isinstance(content, bytes) else "characters"

    def read(self, offset: int, length: int) -> Waiter[str | bytes]:
        """A part; shorter than asked only at the end."""
        part: Waiter[str | bytes] = Waiter()
        part.resolve(self._content[offset : offset + length])
        return part


class RowSource(QObject):
    """Rows by 64-bit position. Subclasses fetch windows around what the view asks for.

    `arrived(first, last)`: cells of these positions may have changed; repaint. `reshaped`: columns,
    order or filters changed; positions mean something else now. `counted`: the total, or whether it
    is being counted, changed. `moved(delta)`: an approximate position was corrected; the view shifts
    its origin by `delta` rows so that what the user looks at stays where it is. `troubled`: `problem`
    changed.
    """

    arrived = Signal(LONG, LONG)
    reshaped = Signal()
    counted = Signal()
    moved = Signal(LONG)
    troubled = Signal()

    def columns(self) -> list[Column]:
        """The columns in the table's own order; the view hides and reorders for itself."""
        return []

    def row_count(self) -> int:
        """The number of rows as far as it is known (an estimate while `exact` is false)."""
        return 0

    def exact(self) -> bool:
        """Whether `row_count` is exact."""
        return True

    def loading(self) -> bool:
        """Whether the first rows are still under way, so that an empty view shows placeholders."""
        return False

    def counting(self) -> bool:
        """Whether the exact count is being taken at the moment."""
        return False

    def numbers_exact(self, row: int) -> bool:
        """Whether the row number of this position is proven (else it prints with `~`)."""
        return True

    def cell(self, row: int, column: int) -> Cell | Missing:
        """One cell; never blocks."""
        block = self.block(row)
        if block is None or column not in block.cells:
            return MISSING
        return block.cells[column][row - block.first]

    def block(self, row: int) -> Block | None:
        """The rows at hand around a position, or null; the view paints from these."""
        return None

    def want(self, first: int, last: int, columns: list[int], spare: Sequence[int] = ()) -> None:
        """The view shows positions first..last and these columns now; fetch what is missing.

        Called at every scroll; only the newest wish counts. `spare` are columns beside the visible
        ones, worth having when something must be fetched anyway.
        """

    def order_by(self) -> list[Order]:
        """The current order, strongest first."""
        return []

    def set_order(self, order: list[Order]) -> None:
        """Sort by these columns; sources that cannot ignore it and say so by `can_order`."""

    def can_order(self) -> bool:
        """Whether `set_order` works."""
        return False

    def filters(self) -> list[Filter]:
        """The current column filters."""
        return []

    def set_filters(self, filters: list[Filter]) -> None:
        """Show only rows that pass these."""

    def filtered(self) -> bool:
        """Whether rows are left out, by filters or otherwise."""
        return bool(self.filters())

    def show_all(self) -> None:
        """Leave none out any more."""
        self.set_filters([])

    def can_filter(self) -> bool:
        """Whether `set_filters` works."""
        return False

    def row_key(self, row: int) -> list[Cell] | None:
        """The cells that identify the row, or null when it has no key or has not arrived."""
        return None

    def key_columns(self) -> list[str]:
        """The columns that `row_key` gives the cells of; empty if nothing identifies a row."""
        return []

    async def keys(self, first: int, last: int, progress: Progress) -> list[LongColumn]:
        """The cells of `key_columns` for these rows as the database has them. Raises ProblemError."""
        return []

    def table_path(self) -> tuple[str, ...]:
        """The table, qualified as needed, that INSERT statements copied from here name."""
        return ("result",)

    def dialect(self) -> str:
        """The engine's name, by which literals are written ("" for standard SQL)."""
        return ""

    def problem(self) -> Problem | None:
        """What keeps rows from being shown, with a retry offered; null if nothing does."""
        return None

    def retry(self) -> None:
        """Try again what failed."""

    def refresh(self) -> None:
        """Fetch again what is shown; scroll and selection stay."""

    def cancel(self) -> bool:
        """Stop what runs for this view; false if nothing did."""
        return False

    def editing(self) -> Editing | None:
        """How these rows are edited; null for rows that are only read."""
        return None

    def marks(self, first: int, last: int) -> Marks | None:
        """What is staged of these rows; null if nothing is."""
        return None

    def value(self, row: int, column: int) -> Value | None:
        """A text or binary value for reading in parts; null for other cells and missing ones."""
        cell = self.cell(row, column)
        return LoadedValue(cell) if isinstance(cell, str | bytes) else None

    async def read(self, first: int, last: int, columns: list[int], progress: Progress) -> list[LongColumn]:
        """The cells of rows first..last, column by column, fetching what is not at hand.

        Long values stay `Truncated`. Raises ProblemError.
        """
        read = [LongColumn() for _ in columns]
        row = first
        while row <= last:
            block = self.block(row)
            if block is None or not block.cells.keys() >= set(columns):
                raise problem("data.unsupported", "Some of these rows are not loaded", _SCROLL)
            stop = min(block.end, last + 1)
            for into, column in zip(read, columns, strict=True):
                into.add(block.cells[column][row - block.first : stop - block.first])
            row = stop
        progress(last - first + 1, last - first + 1)
        return read

    def more_to_load(self) -> bool:
        """Whether `load` would bring further rows, which are not asked for by looking at them."""
        return False

    async def load(self, most: int, progress: Progress) -> None:
        """Fetch what is left behind the last row, up to so many rows altogether. Raises ProblemError."""

    async def whole(self, row: int, column: int, cell: Truncated) -> str | bytes:
        """All of a value that a page carried only the beginning of. Raises ProblemError."""
        return cell.prefix
