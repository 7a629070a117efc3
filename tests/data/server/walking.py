"""Walks a table page by page, forwards and backwards, and checks what every page claims on the way."""

from __future__ import annotations

from typing import Any

from embedded_server.wire.data import PageResponse
from embedded_server.wire.rows import RowsBlock


def place_of(page: PageResponse | RowsBlock, name: str) -> int:
    return next(place for place, column in enumerate(page.columns) if column.name == name)


def cells(page: PageResponse, name: str) -> list[Any]:
    return list(page.rows.columns[place_of(page, name)])


def forwards(
    house, connection: str, table: str, name: str, *, most: int = 10_000, **options: Any
) -> list[Any]:
    """One column of all rows by following `next`; row numbers must be exact and without gaps."""
    found: list[Any] = []
    first = page = house.page(connection, table, **options)
    assert page.prev is None
    while True:
        assert (page.row, page.row_exact) == (len(found), True)
        assert len(page.rows) <= options["limit"]
        found += cells(page, name)
        assert len(found) <= most, "walks in circles"
        if page.next is None:
            break
        assert len(page.rows) > 0
        page = house.page(connection, table, **options, after=page.next)
    if first.row_key:
        order = options.get("order_by", [])
        assert streamed(house, connection, table, name, order_by=order, keyed=True) == found
        if first.next is not None:
            behind = streamed(house, connection, table, name, order_by=order, after=first.next)
            assert behind == found[len(first.rows) :]
    return found


def streamed(house, connection: str, table: str, name: str, **options: Any) -> list[Any]:
    """One column of all rows as one stream."""
    first, *others = house.stream(connection, table, **options)
    assert [block.last for block in [first, *others]] == [False] * len(others) + [True]
    assert not any(block.columns for block in others)
    place = place_of(first, name)
    return [cell for block in [first, *others] for cell in block.rows.columns[place]]


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
