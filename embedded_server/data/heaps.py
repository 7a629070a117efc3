"""Tables with neither key nor order, read by the pages their rows lie on.

A place is a page of the table and how many rows to skip from there on, so a page deep in the table
costs no more than the first one. Where numbers grow large the place moves on to a later page.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from embedded_server.engines.base import Fragment, Heap
from embedded_server.lanes import Lease
from embedded_server.wire.data import PageRequest

from . import tokens
from .fragments import both
from .keyset import Part
from .ladder import FRESH_SECONDS
from .planner import NEAR
from .shape import Shape
from .tokens import Token
from .window import Page, Window

if TYPE_CHECKING:
    from .pager import Pager

# No table has so many pages: the open end of a range.
_END = 2**32 - 1
_USUAL_ROWS = 50


class Place(NamedTuple):
    """Behind the first `skip` rows from page `page` on; that is row number `number`, if `exact`."""

    page: int
    skip: int
    number: int
    exact: bool


def size_of(lease: Lease, shape: Shape, *, anew: bool = False) -> Heap | None:
    """How large the table is on disk, asked at most once a minute; null if its pages cannot be addressed."""
    if shape.order or not lease.engine.capabilities.heap_ranges:
        return None
    described, facts = shape.table.described, shape.table.facts
    found = facts.get("heap")
    if found is None or time.monotonic() - found[1] > FRESH_SECONDS or (anew and found[0] is not None):
        found = (lease.session.heap_pages(described.schema, described.table), time.monotonic())
        facts.put("heap", found)
    heap = found[0]
    assert heap is None or isinstance(heap, Heap)
    return heap


class HeapPages:
    """Pages of one shape by place."""

    def __init__(self, pager: Pager, heap: Heap) -> None:
        self.pager, self.heap = pager, heap
        known = heap.rows / heap.pages if heap.rows and heap.pages else 0.0
        self.rows_per_page = known or _USUAL_ROWS

    def page(self, request: PageRequest, limit: int) -> Page:
        """The window that a request for another than the first page names. Raises data.bad_key."""
        if request.after is not None:
            token = tokens.decode(request.after, self.pager.shape.fingerprint, 2)
            place = self._place(token)
            return self.before(place, limit) if token.back else self.at(place, limit)
        if request.last:
            return self.last(limit)
        return self.to_row(request.row or 0, limit)

    def to_row(self, row: int, limit: int) -> Page:
        """Exact while counting off is quick, else by the share of pages; beyond the end the last page."""
        if row <= NEAR or not self.heap.rows:
            page = self.at(Place(0, row, row, True), limit)
        elif row >= self.heap.rows:
            return self.last(limit)
        else:
            page = self.at(Place(row * self.heap.pages // self.heap.rows, 0, row, False), limit)
        return page if len(page.block) else self.last(limit)

    def last(self, limit: int) -> Page:
        """The last rows; how many come before them is a guess unless everything fits."""
        heap = size_of(self.pager.lease, self.pager.shape, anew=True) or self.heap
        return self.before(Place(heap.pages, 0, heap.rows or 0, False), limit)

    def at(self, place: Place, limit: int) -> Page:
        """The rows from a place on."""
        return self._read(self._moved_on(place), limit)

    def before(self, place: Place, limit: int) -> Page:
        """The rows up to a place."""
        page, have = place.page, place.skip
        share = 1.5
        while have < limit and page > 0:
            start = max(0, page - max(1, int((limit - have) / self.rows_per_page * share)))
            have += self._count(start, page)
            page, share = start, share * 2
        found = min(have, limit)
        return self._read(Place(page, have - found, place.number - found, place.exact), found)

    def _place(self, token: Token) -> Place:
        key = token.key()
        page, skip = (int(str(cell)) for cell in key) if key else (0, token.row)
        return Place(page, skip, token.row, token.exact)

    def _read(self, place: Place, count: int) -> Page:
        pager = self.pager
        if place.page == 0 and place.skip == 0:
            place = Place(0, 0, 0, True)
        bound = pager.lease.grammar.heap_range(place.page, _END) or Fragment("")
        window = Window((), [Part(bound)], offset=place.skip, access="ctid")
        rows = pager.rows(window, max(count, 1))
        if count == 0:
            rows.more = len(rows) > 0
            rows.block.columns[:] = [column[:0] for column in rows.block.columns]
        number = place.number if place.number > 0 or place.exact else 1
        size = len(rows)
        end = place._replace(skip=place.skip + size, number=number + size)
        return Page(
            rows.block,
            number,
            place.exact,
            self._key(end, False) if rows.more else None,
            self._key(place._replace(number=number), True) if place.page or place.skip else None,
            "ctid",
            pager.sql,
            pager.params,
        )

    def _key(self, place: Place, back: bool) -> str:
        cells = tokens.block_of([place.page, place.skip])
        shape = self.pager.shape
        token = Token(tokens.VERSION, shape.fingerprint, back, False, place.number, place.exact, cells)
        return tokens.encode(token)

    def _moved_on(self, place: Place) -> Place:
        """The same place by a later page when there are many rows to skip."""
        pages = int(place.skip / self.rows_per_page)
        while place.skip > NEAR and pages > 0:
            rows = self._count(place.page, place.page + pages)
            if rows <= place.skip:
                return place._replace(page=place.page + pages, skip=place.skip - rows)
            pages //= 2
        return place

    def _count(self, first: int, end: int) -> int:
        """How many rows of the filter lie on pages [first, end)."""
        pager = self.pager
        bound = pager.lease.grammar.heap_range(first, end) or Fragment("")
        where = both(pager.shape.condition, bound)
        sql = f"SELECT count(*) FROM {pager.shape.source} WHERE {where.sql}"
        with pager.lease.session.execute(sql, list(where.params)) as reading:
            return int(str(reading.block(1).columns[0][0]))
