"""The pages of one table that are at hand, by row position, within a bounded amount of memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from desktop.kit.rows import Block
from embedded_server.wire.values import BadText, Cell, Truncated

CAPACITY = 6_000_000

# What a cell costs beside its content: the Python object and its slot in the list.
_CELL_BYTES = 64
# What a row costs beside its cells: the tuple of its key.
_ROW_BYTES = 120
_PLAIN = frozenset({int, float, bool, type(None)})

Key = tuple[Cell, ...]


class Origin(NamedTuple):
    """How a page was asked for, so that it can be asked for again with other columns."""

    after: str | None = None
    row: int | None = None
    last: bool = False


class Page(Block):
    """Rows as they came in one answer. `exact`: their position is proven, not guessed."""

    __slots__ = ("next", "prev", "exact", "keys", "origin", "weight", "used")

    def __init__(
        self,
        first: int,
        length: int,
        cells: dict[int, Sequence[Cell]],
        *,
        origin: Origin,
        exact: bool = True,
        next_token: str | None = None,
        prev_token: str | None = None,
        keys: Sequence[Key] | None = None,
    ) -> None:
        super().__init__(first, length, cells)
        self.next = next_token
        self.prev = prev_token
        self.exact = exact
        self.keys = keys
        self.origin = origin
        self.weight = sum(map(weigh, cells.values())) + (_ROW_BYTES * length if keys is not None else 0)
        self.used = 0

    def add_columns(self, cells: dict[int, Sequence[Cell]]) -> None:
        """Further columns of the same rows."""
        self.cells |= cells
        self.weight += sum(map(weigh, cells.values()))


def weigh(cells: Sequence[Cell]) -> int:
    """About how many bytes a column of cells takes."""
    size = _CELL_BYTES * len(cells)
    if _PLAIN.issuperset(map(type, cells)):
        return size
    return size + sum(map(_content, cells))


def _content(cell: Cell) -> int:
    if isinstance(cell, str | bytes):
        return len(cell)
    if isinstance(cell, BadText):
        return len(cell.raw)
    return len(cell.prefix) if isinstance(cell, Truncated) else 0


_first = attrgetter("first")


class Pages:
    """Pages that never overlap, sorted by position; the least recently used ones go first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._pages: list[Page] = []
        self._capacity = capacity
        self._clock = 0
        self.weight = 0

    def __iter__(self) -> Iterator[Page]:
        return iter(self._pages)

    def __len__(self) -> int:
        return len(self._pages)

    def at(self, row: int) -> Page | None:
        """The page that holds a row."""
        place = bisect_right(self._pages, row, key=_first) - 1
        if place < 0:
            return None
        page = self._pages[place]
        if row >= page.end:
            return None
        self._clock += 1
        page.used = self._clock
        return page

    def below(self, row: int) -> Page | None:
        """The last page that ends at or before a row."""
        place = bisect_right(self._pages, row, key=_first) - 1
        while place >= 0 and self._pages[place].end > row:
            place -= 1
        return self._pages[place] if place >= 0 else None

    def above(self, row: int) -> Page | None:
        """The first page that starts behind a row."""
        place = bisect_right(self._pages, row, key=_first)
        return self._pages[place] if place < len(self._pages) else None

    def add(self, page: Page) -> None:
        """Put a page in place of whatever overlaps it.

        Proven and guessed positions never adjoin: between them rows may be missing, or shown twice.
        """
        self.drop([other for other in self._pages if self._conflict(other, page)])
        self._insert(page)

    def drop(self, pages: Sequence[Page]) -> None:
        """Forget pages."""
        for page in pages:
            self._pages.remove(page)
            self.weight -= page.weight

    def clear(self) -> None:
        """Forget everything."""
        self._pages.clear()
        self.weight = 0

    def grow(self, page: Page, cells: dict[int, Sequence[Cell]]) -> None:
        """Add columns to a page that is here."""
        before = page.weight
        page.add_columns(cells)
        self.weight += page.weight - before

    def shift(self, delta: int, pages: Sequence[Page]) -> None:
        """These pages stand elsewhere; what they come to lie upon is dropped."""
        self.drop(pages)
        for page in pages:
            page.first += delta
        for page in pages:
            self.add(page)

    def evict(self, keep_first: int, keep_last: int) -> None:
        """Drop what was not used for longest until the rest fits; never what is being looked at."""
        while self.weight > self._capacity:
            idle = [page for page in self._pages if page.end <= keep_first or page.first > keep_last]
            if not idle:
                return
            self.drop([min(idle, key=attrgetter("used"))])

    def _insert(self, page: Page) -> None:
        self._clock += 1
        page.used = self._clock
        self._pages.insert(bisect_right(self._pages, page.first, key=_first), page)
        self.weight += page.weight

    @staticmethod
    def _conflict(one: Page, other: Page) -> bool:
        reach = 0 if one.exact == other.exact else 1
        return one.first < other.end + reach and other.first < one.end + reach
