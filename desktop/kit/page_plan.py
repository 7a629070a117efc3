"""Which page to ask for next, given what the view shows and what is at hand. Pure decisions.

Neighbours of cached pages are read by their keys, which costs the same anywhere in the table; only a
jump into the unknown asks for a row number, and the end is read backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from desktop.kit.page_cache import Origin, Page, Pages

PAGE_ROWS = 200
MOST_ROWS = 256


class Wish(NamedTuple):
    """Positions first..last and the columns of them that are visible; `spare` ones are worth having."""

    first: int
    last: int
    columns: tuple[int, ...]
    spare: tuple[int, ...] = ()

    def with_rows(self, first: int, last: int) -> Wish:
        """The same columns of other rows."""
        return self._replace(first=first, last=last)


class Fetch(NamedTuple):
    """One request. Its rows come to stand from `start`, or before `end`, or wherever the answer says;
    `beside` is the page they adjoin, `patch` the page that only lacks columns, `again` the page of which
    they are the new state."""

    origin: Origin
    limit: int
    columns: tuple[int, ...]
    start: int | None = None
    end: int | None = None
    beside: Page | None = None
    patch: Page | None = None
    again: Page | None = None

    def covers(self, wish: Wish) -> bool:
        """Whether its answer still helps with a newer wish."""
        columns = set(self.columns)
        if self.patch is not None:
            start, end = self.patch.first, self.patch.end
            columns |= self.patch.cells.keys()
        elif self.end is not None:
            start, end = self.end - self.limit, self.end
        else:
            start = self.start or 0
            end = start + self.limit
        return start <= wish.last and wish.first < end and columns >= set(wish.columns)


def plan(pages: Pages, wish: Wish, total: int, *, more: bool, upwards: bool = False) -> Fetch | None:
    """What to ask for first, or null if all is there.

    `total` rows exist as far as is known; `more`: there may be further ones behind them. `upwards`: the
    view comes from the rows below these, which must stay what they are.
    """
    columns = tuple(dict.fromkeys(wish.columns + wish.spare))
    row = max(0, wish.first)
    while row <= wish.last and (row < total or more):
        page = pages.at(row)
        if page is None:
            return _gap(pages, row, wish, total, columns, upwards)
        if not set(wish.columns) <= page.cells.keys():
            return _patch(page, columns)
        row = page.end
    return None


def _patch(page: Page, columns: Sequence[int]) -> Fetch:
    missing = tuple(column for column in columns if column not in page.cells)
    return Fetch(page.origin, page.length, missing, patch=page)


def _gap(
    pages: Pages, row: int, wish: Wish, total: int, columns: tuple[int, ...], upwards: bool
) -> Fetch | None:
    """Fill the hole that begins at or before `row`."""
    below, above = pages.below(row), pages.above(row)
    if upwards and above is not None and not above.exact:
        # Read on from the guessed rows on view; proven ones that were met would stand elsewhere.
        below = below if below is not None and not below.exact else None
    if below is not None and below.next is not None and wish.last - below.end < MOST_ROWS:
        limit = _room(below.end, above)
        return Fetch(Origin(after=below.next), limit, columns, start=below.end, beside=below)
    if below is not None and below.next is None:
        return None
    if above is not None and above.prev is not None and above.first - row <= MOST_ROWS:
        limit = PAGE_ROWS
        if below is not None:
            limit = min(limit, above.first - below.end)
        return Fetch(Origin(after=above.prev), limit, columns, end=above.first, beside=above)
    if row == 0 or wish.first < PAGE_ROWS - (wish.last - wish.first):
        return Fetch(Origin(), _room(0, above), columns, start=0)
    if wish.last >= total - 1:
        return Fetch(Origin(last=True), PAGE_ROWS, columns, end=total)
    lead = max(0, PAGE_ROWS - (wish.last - wish.first + 1)) // 2
    start = max(row - lead, below.end if below is not None else 0)
    return Fetch(Origin(row=start), _room(start, above), columns, start=start)


def _room(start: int, above: Page | None) -> int:
    """How many rows to ask for from a position: not those that are here, if they are proven."""
    if above is None or not above.exact:
        return PAGE_ROWS
    return max(1, min(PAGE_ROWS, above.first - start))
