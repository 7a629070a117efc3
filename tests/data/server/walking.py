"""Walks a table page by page, forwards and backwards, and checks what every page claims on the way."""

from __future__ import annotations

from typing import Any

from embedded_server.wire.data import PageResponse


def place_of(page: PageResponse, name: str) -> int:
    return next(place for place, column in enumerate(page.columns) if column.name == name)


def cells(page: PageResponse, name: str) -> list[Any]:
    return list(page.rows.columns[place_of(page, name)])


def forwards(
    house, connection: str, table: str, name: str, *, most: int = 10_000, **options: Any
) -> list[Any]:
    """One column of all rows by following `next`; row numbers must be exact and without gaps."""
    found: list[Any] = []
    page = house.page(connection, table, **options)
    assert page.prev is None
    while True:
        assert (page.row, page.row_exact) == (len(found), True)
        assert len(page.rows) <= options["limit"]
        found += cells(page, name)
        assert len(found) <= most, "walks in circles"
        if page.next is None:
            return found
        assert len(page.rows) > 0
        page = house.page(connection, table, **options, after=page.next)


def backwards(
    house, connection: str, table: str, name: str, *, most: int = 10_000, **options: Any
) -> list[Any]:
    """The same by starting at the last page and following `prev`, in forward order."""
    pages: list[list[Any]] = []
    page = house.page(connection, table, **options, last=True)
    assert page.next is None
    while True:
        pages.append(cells(page, name))
        assert sum(map(len, pages)) <= most, "walks in circles"
        if page.prev is None:
            break
        assert len(page.rows) > 0
        page = house.page(connection, table, **options, after=page.prev)
    assert (page.row, page.row_exact) == (0, True)
    return [cell for cells_ in reversed(pages) for cell in cells_]
