"""Keyset conditions use the index: checked in SQLite's own query plan, for pages deep in a table."""

from __future__ import annotations

import pytest

from embedded_server.data import pager
from embedded_server.wire.data import Order

from .conftest import open_file

pytestmark = pytest.mark.engine("sqlite")

TABLE = """
create table t(id integer primary key, a int not null, b int not null, c text, d text collate nocase);
create index t_a_b on t(a, b);
create index t_c on t(c);
create index t_d on t(d);
create table k(x text, y int, z int, primary key(x, y)) without rowid;
"""


@pytest.fixture(scope="module")
def url(sqlite_file) -> str:
    rows = [(i, i % 10, i % 100, None if i % 4 == 0 else f"c{i % 50}", f"D{i % 2}") for i in range(2000)]
    made = sqlite_file(TABLE, rows, "insert into t values(?, ?, ?, ?, ?)")
    connection = open_file(made)
    with connection:
        connection.execute("begin")
        connection.executemany("insert into k values(?, ?, 0)", [(f"x{i % 9}", i) for i in range(900)])
    connection.close()
    return made


def plan(url: str, page) -> str:
    connection = open_file(url)
    try:
        rows = connection.execute("EXPLAIN QUERY PLAN " + page.sql, page.params).fetchall()
    finally:
        connection.close()
    return "; ".join(row[3] for row in rows).replace(" main.", " ")


CASES = [
    ("t", [], "SEARCH t USING INTEGER PRIMARY KEY (rowid>?)"),
    ("t", [Order("id", True)], "SEARCH t USING INTEGER PRIMARY KEY (rowid<?)"),
    ("t", [Order("a")], "SEARCH t USING INDEX t_a_b (a>?)"),
    ("t", [Order("a"), Order("b")], "SEARCH t USING INDEX t_a_b ((a,b)>(?,?))"),
    ("t", [Order("a", True), Order("b", True)], "SEARCH t USING INDEX t_a_b ((a,b)<(?,?))"),
    ("t", [Order("a"), Order("b", True)], "SEARCH t USING INDEX t_a_b (a>?)"),
    ("t", [Order("c")], "SEARCH t USING INDEX t_c"),
    ("t", [Order("c", True)], "SEARCH t USING INDEX t_c"),
    ("t", [Order("d")], "SEARCH t USING INDEX t_d (d>?)"),
    ("k", [], "SEARCH k USING PRIMARY KEY ((x,y)>(?,?))"),
]


@pytest.mark.parametrize(("table", "order", "wanted"), CASES)
@pytest.mark.parametrize("back", [False, True])
def test_deep_pages_start_at_the_boundary(house, url, monkeypatch, table, order, wanted, back):
    monkeypatch.setattr(pager, "LONG_RUN", 10_000)  # what happens among many equal rows comes below
    page = house.page(url, table, order_by=order, limit=300)
    for _ in range(2):
        page = house.page(url, table, order_by=order, limit=300, after=page.next)
    if back:
        page = house.page(url, table, order_by=order, limit=100, after=page.prev)
        swapped = wanted.translate(str.maketrans("<>", "><"))
        wanted = swapped
    found = plan(url, page)
    assert found.startswith(wanted), (page.sql, found)
    sorts_whole = "USE TEMP B-TREE FOR ORDER BY" in found
    assert not sorts_whole, (page.sql, found)


@pytest.mark.parametrize(("desc", "sign"), [(False, ">"), (True, "<")])
def test_within_many_equal_values_the_key_is_sought(house, url, desc, sign):
    """1,000 rows share each `d`: deep among them the index is entered at the row, not at the first."""
    order = [Order("d", desc)]
    page = house.page(url, "t", order_by=order, limit=100)
    asked = []
    while page.next is not None:
        house.forget()
        page = house.page(url, "t", order_by=order, limit=100, after=page.next)
        asked.append((len(house.asked), plan(url, page), len(set(page.rows.columns[4]))))
    within = [found for count, found, values in asked if values == 1 and "rowid" in found]
    assert within
    assert all(found == f"SEARCH t USING INDEX t_d (d=? AND rowid{sign}?)" for found in within)
    at_ends = [place for place, (count, _, _) in enumerate(asked) if count > 1]
    assert at_ends == [8, 9, 18], asked  # where one value ends (on a page's edge: twice), and the other


def test_nulls_at_the_end_do_not_cost_the_index(house, url):
    """`c DESC` puts NULLs last: pages of values and pages of NULLs each use the index."""
    order = [Order("c", True)]
    page = house.page(url, "t", order_by=order, limit=400)
    kinds = set()
    while page.next is not None:
        house.forget()
        page = house.page(url, "t", order_by=order, limit=400, after=page.next)
        nulls = {cell is None for cell in page.rows.columns[3]}
        assert len(house.asked) == (2 if nulls == {True, False} else 1)
        assert plan(url, page).startswith("SEARCH t USING INDEX t_c"), plan(url, page)
        kinds |= nulls
    assert kinds == {True, False}


def test_the_first_window_of_an_unindexed_sort_is_cut_in_the_database(house, url):
    page = house.page(url, "t", order_by=["-b"], limit=5)
    assert page.sql.endswith("ORDER BY `b` DESC, `id` DESC LIMIT 6")
