"""A slow search on engines that keep rows back until there are many: the first match is asked for alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embedded_server.wire.data import Filter

from .conftest import House, own_database

ROWS = 3_000
EVERY = 97
SEARCH = {"filters": [Filter("n", "=", 96)], "limit": 100, "early": True}


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def places(request: pytest.FixtureRequest, house: House) -> Iterator[str]:
    """A table of places; the key orders it, `n` is the number within a hundred or so, `part` has NULLs."""
    server = request.getfixturevalue("pg_server" if request.param == "postgresql" else "mariadb_server")
    with own_database(house, server) as url:
        name = url.rpartition("?")[0].rpartition("/")[2]
        values = ", ".join(
            f"({number}, {number % EVERY}, {number // 1000 if number % 2 else 'NULL'})"
            for number in range(1, ROWS + 1)
        )
        server.execute("create table places(id bigint primary key, n integer, part integer)", name)
        server.execute(f"insert into places values {values}", name)
        yield url


def ids(page) -> list[int]:
    return [int(str(cell)) for cell in page.rows.columns[0]]


def walked(house: House, url: str, **search) -> list[list[int]]:
    page = house.page(url, "places", **search)
    pages = [ids(page)]
    while page.next is not None:
        page = house.page(url, "places", **search, after=page.next)
        pages.append(ids(page))
    return pages


def wait(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    for name in ("AT_ONCE", "PATIENCE"):
        monkeypatch.setattr(f"embedded_server.data.reader.{name}", seconds)


def test_what_takes_long_comes_match_by_match(house, places, monkeypatch):
    wait(monkeypatch, 0.0)
    pages = walked(house, places, **SEARCH)
    assert pages[0] == [96] and {len(page) for page in pages} <= {0, 1}
    assert sum(pages, []) == list(range(96, ROWS + 1, EVERY))


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_what_comes_soon_comes_page_by_page(house, places, limit, monkeypatch):
    wait(monkeypatch, 1000.0)
    pages = walked(house, places, **SEARCH | {"limit": limit})
    assert sum(pages, []) == list(range(96, ROWS + 1, EVERY))
    assert {len(page) for page in pages[:-1]} <= {limit}


def test_a_page_asks_for_as_many_as_are_shown_when_they_come_slowly(house, places, monkeypatch):
    """However far away a server is, a search is not shown row by row for ever."""
    wait(monkeypatch, 1000.0)
    monkeypatch.setattr("embedded_server.data.reader.Patience.soon", lambda *_: 1)
    pages = walked(house, places, **SEARCH)
    assert [len(page) for page in pages] == [2, 3, 6, 12, 7]
    assert sum(pages, []) == list(range(96, ROWS + 1, EVERY))


def test_behind_a_boundary_in_several_parts_nothing_is_doubled_or_lost(house, places, monkeypatch):
    """Behind a row whose sort cell is not NULL come the equal ones, the greater ones, and those with NULL."""
    search = {"filters": [Filter("id", ">", 500)], "limit": 40, "order_by": ["part"]}
    plain = sum(walked(house, places, **search), [])
    assert sum(walked(house, places, **search, early=True), []) == plain
    wait(monkeypatch, 1000.0)
    backwards = house.page(places, "places", **SEARCH | {"limit": 5}, last=True)
    assert ids(backwards) == list(range(96, ROWS + 1, EVERY))[-5:]


def test_one_statement_more_and_only_for_a_search(house, places, monkeypatch):
    wait(monkeypatch, 1000.0)  # else one match is all there is when it took long
    house.page(places, "places", limit=5)
    for search, statements in ((SEARCH, 2), ({"limit": 5, "early": True}, 1), (SEARCH | {"early": False}, 1)):
        house.forget()
        house.page(places, "places", **search)
        assert len([sql for sql in house.asked if sql.startswith("SELECT")]) == statements
