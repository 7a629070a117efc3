"""PostgreSQL tables without a key: walked, jumped into and ended by the pages their rows lie on."""

from __future__ import annotations

import pytest

from embedded_server.data import heaps
from embedded_server.wire.data import Filter

from .conftest import own_database
from .walking import backwards, cells, forwards

SIZE = 30_000


@pytest.fixture(scope="module")
def heap(house, pg_server):
    with own_database(house, pg_server) as url:
        house.run(url, "create table t(n int, word text)")
        house.run(url, f"insert into t select i, 'w' || i % 10 from generate_series(0, {SIZE - 1}) i")
        house.run(url, "delete from t where n % 10 = 3")
        house.run(url, "vacuum analyze t")
        house.run(url, "create table few(n int)")
        house.run(url, "insert into few values (1), (2), (3)")
        house.run(url, "create view v as select * from t where n < 100")
        yield url


@pytest.fixture
def numbers() -> list[str]:
    return [str(n) for n in range(SIZE) if n % 10 != 3]


def test_walking_both_ways(house, heap, numbers):
    assert forwards(house, heap, "t", "n", limit=4_000, most=SIZE) == numbers
    assert backwards(house, heap, "t", "n", limit=4_000, most=SIZE) == numbers


def test_walking_a_filter_both_ways(house, heap, numbers):
    options = {"limit": 300, "filters": [Filter("word", "=", "w7")], "most": SIZE}
    wanted = [n for n in numbers if n.endswith("7")]
    assert forwards(house, heap, "t", "n", **options) == wanted
    assert backwards(house, heap, "t", "n", **options) == wanted


def test_small_pages_and_small_tables(house, heap):
    assert forwards(house, heap, "few", "n", limit=1) == ["1", "2", "3"]
    assert backwards(house, heap, "few", "n", limit=1) == ["1", "2", "3"]
    assert backwards(house, heap, "few", "n", limit=10) == ["1", "2", "3"]
    last = house.page(heap, "few", limit=2, last=True)
    assert (cells(last, "n"), last.next) == (["2", "3"], None)


def test_views_are_counted_off(house, heap):
    assert len(forwards(house, heap, "v", "n", limit=30)) == 90
    assert house.page(heap, "v", limit=5, row=20).access == "offset"


def test_a_place_deep_in_the_table_costs_one_statement(house, heap, numbers):
    page = house.page(heap, "t", limit=100, row=20_000)
    assert (page.row, page.row_exact, page.access) == (20_000, False, "ctid")
    near = numbers.index(cells(page, "n")[0])
    assert abs(near - 20_000) < 500
    house.forget()
    after = house.page(heap, "t", limit=100, after=page.next)
    assert cells(after, "n") == numbers[near + 100 : near + 200]
    assert len(house.asked) == 1
    before = house.page(heap, "t", limit=100, after=page.prev)
    assert cells(before, "n") == numbers[near - 100 : near]
    assert len(house.asked) == 3  # how many rows lie on the pages before, then the page


def test_near_rows_are_exact_and_far_ones_end_at_the_last(house, heap, numbers):
    page = house.page(heap, "t", limit=5, row=9_000)
    assert (cells(page, "n"), page.row, page.row_exact) == (numbers[9_000:9_005], 9_000, True)
    for row in (27_000, 1_000_000):
        assert cells(house.page(heap, "t", limit=5, row=row), "n") == numbers[-5:]


def test_many_rows_to_skip_become_a_later_page(house, heap, numbers, monkeypatch):
    monkeypatch.setattr(heaps, "NEAR", 500)
    assert forwards(house, heap, "t", "n", limit=2_000, most=SIZE) == numbers
    page = house.page(heap, "t", limit=2_000)
    for _ in range(3):
        page = house.page(heap, "t", limit=2_000, after=page.next)
    assert "OFFSET" not in page.sql or int(page.sql.rsplit("OFFSET ", 1)[1]) <= 500


def test_the_page_range_is_what_the_database_scans(house, heap):
    page = house.page(heap, "t", limit=10, row=20_000)
    plan = house.rows_of_sql(heap, "EXPLAIN " + page.sql)
    assert any("Tid Range Scan" in row[0] for row in plan), plan


def test_rows_that_move_between_pages_are_rows_of_now(house, pg_server):
    with own_database(house, pg_server) as url:
        house.run(url, "create table t(n int, word text)")
        house.run(url, "insert into t select i, 'w' || i from generate_series(0, 29999) i")
        house.run(url, "vacuum analyze t")
        page = house.page(url, "t", limit=100, row=15_000)
        house.run(url, "delete from t where n between 10000 and 14999")
        house.run(url, "update t set word = 'new' where n % 2 = 0")
        house.run(url, "vacuum t")
        there = dict(house.rows_of_sql(url, "select n::text, word from t"))
        for token in (page.next, page.prev):
            beside = house.page(url, "t", limit=100, after=token)
            found = dict(zip(cells(beside, "n"), cells(beside, "word"), strict=True))
            assert len(found) == 100 and not beside.row_exact
            assert all(there[n] == word for n, word in found.items())
        ends = house.page(url, "t", limit=100, last=True)
        assert ends.next is None and set(cells(ends, "n")) <= there.keys()
