"""Puts an answer's rows in their place among the pages at hand, and corrects guessed positions.

A jump into an unevenly filled table lands at a guessed row number. The pages read from there on hang
together; as soon as one of them reaches something certain (a proven number, the first or the last row),
all of them take their true positions at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from desktop.kit.page_cache import Key, Origin, Page, Pages
from desktop.kit.page_plan import PAGE_ROWS, Fetch
from desktop.kit.row_total import RowTotal
from embedded_server.wire.data import PageResponse
from embedded_server.wire.values import Cell


class Place(NamedTuple):
    """Where rows stand; `delta` is how far the guessed pages they belong to have to move."""

    first: int
    exact: bool
    delta: int = 0


def page_of(fetch: Fetch, answer: PageResponse, index: Mapping[str, int]) -> Page:
    """An answer as a page at position 0; `index` numbers the columns by name."""
    named = {column.name: cells for column, cells in zip(answer.columns, answer.rows.columns, strict=True)}
    cells: dict[int, Sequence[Cell]] = {
        index[name]: column for name, column in named.items() if name in index
    }
    keys: list[Key] | None = None
    if answer.row_key and all(name in named for name in answer.row_key):
        keys = list(zip(*(named[name] for name in answer.row_key), strict=True))
    length = len(answer.rows)
    return Page(
        0,
        length,
        cells,
        origin=fetch.origin,
        next_token=answer.next,
        prev_token=answer.prev,
        keys=keys,
    )


def patched(pages: Pages, fetch: Fetch, page: Page) -> bool:
    """Add the columns of `page` to the page that lacks them; false if they are not the same rows."""
    old = fetch.patch
    if old is None or not any(old is here for here in pages):
        return True
    if page.length < old.length or (old.keys is not None and page.keys is None):
        return False
    if old.keys is not None and page.keys is not None and page.keys[: old.length] != old.keys:
        return False
    pages.grow(old, {column: cells[: old.length] for column, cells in page.cells.items()})
    return True


def land(pages: Pages, total: RowTotal, fetch: Fetch, answer: PageResponse, page: Page) -> int:
    """Give the page its place. Returns by how much the rows around it were moved (0: not)."""
    if page.length == 0:
        return _nothing(pages, total, fetch)
    place = _place(total, fetch, answer, page)
    place = _certain(total, answer, page, place)
    chain: list[Page] = []
    if fetch.beside is not None and not fetch.beside.exact:
        chain = [other for other in pages if not other.exact]
    elif fetch.beside is None and not place.exact:
        pages.drop([other for other in pages if not other.exact])
    elif place.delta:
        chain = list(pages)
    page.first, page.exact = place.first + place.delta, place.exact
    _move(pages, chain, place)
    pages.add(page)
    _count(total, answer, page)
    return place.delta if chain else 0


def anchor_end(pages: Pages, total: RowTotal) -> int:
    """The exact count is known now: pages that reach the end take their place from it."""
    ends = [page for page in pages if page.next is None and not page.exact]
    if not ends or not total.exact or total.rows is None:
        return 0
    delta = total.rows - ends[-1].end
    _move(pages, [page for page in pages if not page.exact], Place(0, True, delta))
    return delta


def _place(total: RowTotal, fetch: Fetch, answer: PageResponse, page: Page) -> Place:
    """Where the rows would stand by what is known of their neighbour or of the answer itself."""
    beside = fetch.beside
    if beside is not None:
        first = beside.end if fetch.start is not None else beside.first - page.length
        if answer.row_exact and not beside.exact:
            return Place(first, True, answer.row - first)
        return Place(first, beside.exact)
    if fetch.again is not None and not fetch.origin.last and not answer.row_exact:
        return Place(fetch.again.first, fetch.again.exact)
    if fetch.origin.last and not answer.row_exact:
        return Place(max(0, (total.rows or answer.row + page.length) - page.length), False)
    if fetch.origin == Origin():
        return Place(0, True)
    return Place(answer.row, answer.row_exact)


def _certain(total: RowTotal, answer: PageResponse, page: Page, place: Place) -> Place:
    """What the first and the last row of all prove."""
    first = place.first + place.delta
    if answer.prev is None:
        return place._replace(exact=True, delta=-place.first)
    if first <= 0:
        # More rows lie above than the guess left room for.
        return place._replace(exact=False, delta=PAGE_ROWS - place.first)
    if answer.next is None and not place.exact and total.exact and total.rows is not None:
        return place._replace(exact=True, delta=total.rows - page.length - place.first)
    return place


def _move(pages: Pages, chain: Sequence[Page], place: Place) -> None:
    for other in chain:
        other.exact = place.exact
    if place.delta or place.exact:
        pages.shift(place.delta, chain)


def _count(total: RowTotal, answer: PageResponse, page: Page) -> None:
    if answer.next is not None:
        total.at_least(page.end + 1, PAGE_ROWS)
        if answer.count is not None and answer.count > page.end:
            total.known(answer.count, exact=answer.count_exact)
    elif page.exact:
        total.known(page.end, exact=True)
    else:
        total.doubt(page.end)


def _nothing(pages: Pages, total: RowTotal, fetch: Fetch) -> int:
    """No rows there: the neighbour turns out to be the first or the last page."""
    beside = fetch.beside
    if beside is None:
        if fetch.origin.row:
            total.doubt(min(total.rows or 0, fetch.origin.row))
        else:
            total.known(0, exact=True)
        return 0
    chain = [page for page in pages if not page.exact] if not beside.exact else list(pages)
    if fetch.start is not None:
        beside.next = None
        if beside.exact:
            total.known(beside.end, exact=True)
            return 0
        if not total.exact or total.rows is None:
            total.doubt(beside.end)
            return 0
        delta = total.rows - beside.end
    else:
        beside.prev = None
        delta = -beside.first
    _move(pages, chain, Place(0, True, delta))
    return delta
