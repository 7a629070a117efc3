"""Which columns stand where: order, widths, hidden and frozen ones, and what a pixel hits.

A *column* is an index into the source's columns; a *place* counts the shown ones from the left.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from embedded_server.wire.data import Column

MINIMUM_WIDTH = 32
FROZEN_SHARE = 0.6
_CHARS = {"number": 12, "text": 22, "bool": 7, "time": 29, "json": 32, "uuid": 36, "binary": 24, "array": 24}


class ColumnLayout:
    """The arrangement of one source's columns. Widths are pixels."""

    def __init__(self) -> None:
        self.columns: list[Column] = []
        self._order: list[int] = []
        self._hidden: set[int] = set()
        self._frozen: set[int] = set()
        self._widths: dict[int, int] = {}
        self.places: list[int] = []
        self.frozen_count = 0
        self._edges: list[int] = [0]
        self._view_width = 1 << 30

    def reset(self, columns: Sequence[Column], char_width: float) -> None:
        """New columns: keep what the user arranged for names that are still there."""
        kept = self.state()
        self.columns = list(columns)
        self._order = list(range(len(columns)))
        self._hidden = {index for index, column in enumerate(columns) if column.hidden}
        self._frozen = {index for index, column in enumerate(columns) if column.key == index + 1}
        self._widths = {index: default_width(column, char_width) for index, column in enumerate(self.columns)}
        self.restore(kept)

    # --- where things are --------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many columns are shown."""
        return len(self.places)

    def place_of(self, column: int) -> int | None:
        """The place of a column, or null while it is hidden."""
        return self.places.index(column) if column in self.places else None

    def width(self, place: int) -> int:
        """Pixels of the column at a place."""
        return self._edges[place + 1] - self._edges[place]

    def left(self, place: int) -> int:
        """The left edge, from the first shown column's, as if nothing were scrolled."""
        return self._edges[place]

    def total_width(self) -> int:
        """Pixels of all shown columns."""
        return self._edges[-1]

    def frozen_width(self) -> int:
        """Pixels of the frozen columns, which come first."""
        return self._edges[self.frozen_count]

    def place_at(self, x: int) -> int | None:
        """The place at a coordinate of the unscrolled content."""
        if not 0 <= x < self._edges[-1]:
            return None
        return bisect_right(self._edges, x) - 1

    def span(self, left: int, right: int) -> range:
        """The unfrozen places of which something lies in left..right (unscrolled coordinates)."""
        first = max(self.frozen_count, bisect_right(self._edges, left) - 1)
        last = bisect_right(self._edges, max(left, right - 1)) - 1
        return range(first, min(last + 1, len(self.places)))

    # --- arranging ---------------------------------------------------------------------------------

    def set_width(self, column: int, width: int) -> None:
        """Make a column so many pixels wide, within reason."""
        self._widths[column] = max(MINIMUM_WIDTH, width)
        self._arrange()

    def set_widths(self, widths: dict[int, int]) -> None:
        """Several widths at once."""
        for column, width in widths.items():
            self._widths[column] = max(MINIMUM_WIDTH, width)
        self._arrange()

    def scale(self, ratio: float) -> None:
        """Letters are so many times as wide as before: so are the columns."""
        self.set_widths({column: round(width * ratio) for column, width in self._widths.items()})

    def move(self, place: int, to: int) -> None:
        """Take the column at a place out and put it in so that it stands at place `to`.

        A column cannot leave the frozen ones, nor join them, by being moved.
        """
        low, high = (0, self.frozen_count) if place < self.frozen_count else (self.frozen_count, len(self))
        shown = list(self.places)
        column = shown.pop(place)
        shown.insert(max(low, min(to, high - 1)), column)
        self._order = shown + [other for other in self._order if other in self._hidden]
        self._arrange()

    def hide(self, columns: Iterable[int]) -> None:
        """Hide columns; at least one stays."""
        hidden = self._hidden | set(columns)
        if len(hidden) < len(self.columns):
            self._hidden = hidden
            self._arrange()

    def show(self, columns: Iterable[int]) -> None:
        """Show hidden columns again."""
        self._hidden -= set(columns)
        self._arrange()

    def hidden(self) -> list[int]:
        """The hidden columns, in the source's order."""
        return sorted(self._hidden)

    def frozen(self, column: int) -> bool:
        """Whether a column keeps its place while others scroll."""
        return column in self._frozen

    def freeze(self, columns: Iterable[int], on: bool) -> None:
        """Let columns stay at the left while the others scroll, or not."""
        self._frozen = self._frozen | set(columns) if on else self._frozen - set(columns)
        self._arrange()

    # --- remembering -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """The arrangement by column names, as JSON values."""
        names = [column.name for column in self.columns]
        return {
            "order": [names[index] for index in self._order],
            "hidden": [names[index] for index in sorted(self._hidden)],
            "frozen": [names[index] for index in sorted(self._frozen)],
            "widths": {names[index]: width for index, width in self._widths.items()},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Apply an arrangement to the columns that it names."""
        named = {column.name: index for index, column in enumerate(self.columns)}
        order = [named[name] for name in state.get("order", ()) if name in named]
        if order:
            self._order = _with_new(order, len(self.columns))
            for key, place in (("hidden", self._hidden), ("frozen", self._frozen)):
                place.difference_update(order)
                place.update(named[name] for name in state.get(key, ()) if name in named)
        for name, width in state.get("widths", {}).items():
            if name in named:
                self._widths[named[name]] = max(MINIMUM_WIDTH, int(width))
        self._arrange()

    def fit(self, width: int) -> None:
        """Tell how wide the view is: frozen columns may take no more than most of it."""
        self._view_width = width
        self._limit_frozen()

    def _limit_frozen(self) -> None:
        count = sum(column in self._frozen for column in self.places)
        while count and self._edges[count] > self._view_width * FROZEN_SHARE:
            count -= 1
        self.frozen_count = count

    def _arrange(self) -> None:
        shown = [column for column in self._order if column not in self._hidden]
        frozen = [column for column in shown if column in self._frozen]
        self.places = frozen + [column for column in shown if column not in self._frozen]
        self._edges = [0, *accumulate(self._widths[column] for column in self.places)]
        self._limit_frozen()


def _with_new(order: list[int], count: int) -> list[int]:
    """An order of some columns with the others put behind the one they follow in the table."""
    arranged = list(order)
    for column in sorted(set(range(count)) - set(order)):
        arranged.insert(arranged.index(column - 1) + 1 if column else 0, column)
    return arranged


def default_width(column: Column, char_width: float) -> int:
    """A width from the type alone, used until cells of the column have been seen."""
    chars = max(_CHARS.get(column.kind, 18), min(len(column.name) + 3, 40), min(len(column.type), 24))
    return round(min(chars, 40) * char_width + 2 * char_width)
