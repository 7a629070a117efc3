"""Where pages meet the odd: long keys, wide rows, no key, changed tables, keys that do not fit."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.wire.data import Filter
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import Truncated, encode_msgpack

from .conftest import open_file
from .walking import backwards, cells, forwards

LONG = "x" * 70_000


def test_sort_cells_too_long_for_a_page_are_compared_whole(house, sqlite_file):
    """The rows differ only behind what a page reads of a cell."""
    rows = [(number, LONG + str(number % 4)) for number in range(12)]
    url = sqlite_file("create table t(n integer primary key, a text)", rows, "insert into t values(?, ?)")
    connection = open_file(url)
    wanted = [row[0] for row in connection.execute("select n from t order by a desc, n desc")]
    connection.close()
    first = house.page(url, "t", limit=5, order_by=["-a"], columns=["n"])
    assert isinstance(cells(first, "a")[0], Truncated)
    assert forwards(house, url, "t", "n", limit=5, order_by=["-a"], columns=["n"]) == wanted
    assert backwards(house, url, "t", "n", limit=5, order_by=["-a"], columns=["n"]) == wanted


def test_when_even_the_key_is_too_long_rows_are_counted_off(house, sqlite_file):
    rows = [(LONG + chr(97 + number), number) for number in range(7)]
    url = sqlite_file("create table t(k text not null primary key, n)", rows, "insert into t values(?, ?)")
    assert forwards(house, url, "t", "n", limit=2) == list(range(7))
    assert backwards(house, url, "t", "n", limit=2) == list(range(7))
    last = house.page(url, "t", limit=3, row=3)
    assert (cells(last, "n"), last.row) == ([3, 4, 5], 3)


def test_a_page_weighs_at_most_256_kib_and_says_that_there_is_more(house, sqlite_file):
    rows = [(number, "é" * 15_000, b"b" * 20_000) for number in range(60)]
    url = sqlite_file("create table t(n integer primary key, a, b)", rows, "insert into t values(?, ?, ?)")
    page = house.page(url, "t", limit=50)
    assert len(encode_msgpack(page.rows)) <= 256 * 1024
    assert 4 <= len(page.rows) < 50
    assert page.next is not None
    assert forwards(house, url, "t", "n", limit=50) == list(range(60))
    assert backwards(house, url, "t", "n", limit=50) == list(range(60))


def test_one_row_heavier_than_a_page_still_comes(house, sqlite_file):
    rows = [(number, *[b"b" * 60_000] * 8) for number in range(3)]
    names = ", ".join(f"c{number}" for number in range(8))
    url = sqlite_file(
        f"create table t(n integer primary key, {names})", rows, f"insert into t values(?{',?' * 8})"
    )
    assert [len(page) for page in iter_pages(house, url, "t", limit=10)] == [1, 1, 1]


def iter_pages(house, url, table, **options):
    page = house.page(url, table, **options)
    while True:
        yield page.rows
        if page.next is None:
            return
        page = house.page(url, table, **options, after=page.next)


def test_sixteen_hundred_columns(house, sqlite_file):
    names = [f"c{number}" for number in range(1600)]
    row = [str(number) * 400 for number in range(1600)]
    url = sqlite_file(
        f"create table t({', '.join(names)})", [row] * 3, f"insert into t values({', '.join('?' * 1600)})"
    )
    page = house.page(url, "t", limit=10)
    assert [column.name for column in page.columns if not column.hidden] == names
    assert [column[0] for column in page.rows.columns[:1600]] == row
    few = house.page(url, "t", limit=10, columns=["c7", "c1599"])
    assert cells(few, "c1599") == [row[1599]] * 3


VIEW = """
create table t(n integer primary key, a);
create view v as select n, a from t;
create view broken as select x from nowhere;
"""


def test_views_have_no_key_and_are_counted_off(house, sqlite_file):
    rows = [(number, number % 3) for number in range(20)]
    url = sqlite_file(VIEW, rows, "insert into t values(?, ?)")
    page = house.page(url, "v", limit=6)
    assert (page.row_key, page.access) == ([], "offset")
    assert forwards(house, url, "v", "n", limit=6) == list(range(20))
    assert backwards(house, url, "v", "n", limit=6) == list(range(20))
    wanted = sorted(range(20), key=lambda number: (number % 3, number))
    assert forwards(house, url, "v", "n", limit=6, order_by=["a"]) == wanted
    assert backwards(house, url, "v", "n", limit=6, order_by=["a"]) == wanted
    assert cells(house.page(url, "v", limit=3, row=10), "n") == [10, 11, 12]
    assert cells(house.page(url, "v", limit=3, row=100), "n") == [17, 18, 19]
    with pytest.raises(ProblemError) as caught:
        house.page(url, "broken")
    assert "nowhere" in caught.value.problem.detail


def test_an_empty_table(house, sqlite_file):
    url = sqlite_file("create table t(n integer primary key, a); create view v as select * from t")
    for table in ("t", "v"):
        for place in ({}, {"last": True}, {"row": 5}):
            page = house.page(url, table, **place)
            assert (len(page.rows), page.row, page.next, page.prev) == (0, 0, None, None)
            assert [column.name for column in page.columns] == ["n", "a"]


# --- others change the table meanwhile -------------------------------------------------------------


def test_rows_that_vanish_or_appear_do_not_break_the_walk(house, sqlite_file):
    rows = [(number,) for number in range(100, 160)]
    url = sqlite_file("create table t(n integer primary key)", rows, "insert into t values(?)")
    page = house.page(url, "t", limit=10, row=30)
    assert (cells(page, "n")[0], page.row) == (130, 30)
    connection = open_file(url)
    connection.execute("delete from t where n between 100 and 124")
    before = house.page(url, "t", limit=10, after=page.prev)
    assert cells(before, "n") == list(range(125, 130))
    assert (before.row, before.row_exact, before.prev) == (0, True, None)
    assert house.page(url, "t", limit=10, after=before.next).row == 5
    connection.execute("delete from t where n > 125")
    gone = house.page(url, "t", limit=10, after=page.next)
    assert (len(gone.rows), gone.next) == (0, None)
    assert gone.prev is not None
    assert cells(house.page(url, "t", limit=10, after=gone.prev), "n") == [125]
    connection.execute("delete from t")
    connection.execute("insert into t values(500)")
    empty = house.page(url, "t", limit=10, after=page.prev)
    assert (len(empty.rows), empty.prev) == (0, None)
    assert empty.next is not None
    back = house.page(url, "t", limit=10, after=empty.next)
    assert (cells(back, "n"), back.row, back.row_exact) == ([500], 0, True)
    connection.close()


def test_a_changed_table_is_read_anew_and_the_change_is_told(house, sqlite_file):
    url = sqlite_file("create table t(n integer primary key, a); insert into t values(1, 2)")
    page = house.page(url, "t")
    assert not house.page(url, "t", signature=page.signature).changed
    connection = open_file(url)
    connection.execute("alter table t add column b default 7")
    house.forget()
    changed = house.page(url, "t", signature=page.signature)
    assert changed.changed
    assert [column.name for column in changed.columns] == ["n", "a", "b"]
    assert len(house.asked) == 2
    connection.execute("alter table t rename column a to z")
    assert [column.name for column in house.page(url, "t").columns] == ["n", "z", "b"]
    connection.execute("drop table t")
    connection.close()
    with pytest.raises(ProblemError) as caught:
        house.page(url, "t")
    assert caught.value.problem.code == "data.unknown_table"


def test_a_postgres_table_that_changed_is_read_anew_when_the_database_objects(house, pg_database):
    house.run(pg_database, "create table t(n int primary key, a int)")
    house.run(pg_database, "insert into t values (1, 2)")
    page = house.page(pg_database, "t")
    house.run(pg_database, "alter table t rename column a to b")
    house.forget()
    again = house.page(pg_database, "t", signature=page.signature)
    assert [column.name for column in again.columns] == ["n", "b"]
    assert again.changed
    assert [asked if asked == "columns" else "page" for asked in house.asked] == ["page", "columns", "page"]
    house.run(pg_database, "alter table t add column c int default 3")
    assert [column.name for column in house.page(pg_database, "t").columns] == ["n", "b"]
    assert [c.name for c in house.page(pg_database, "t", refresh=True).columns] == ["n", "b", "c"]
    house.run(pg_database, "alter table t add column d int default 4")
    assert cells(house.page(pg_database, "t", columns=["d"]), "d") == ["4"]
    house.run(pg_database, "drop table t")
    with pytest.raises(ProblemError) as caught:
        house.page(pg_database, "t")
    assert caught.value.problem.code == "data.unknown_table"
    house.services.disconnect(pg_database)


# --- names and keys that do not fit ----------------------------------------------------------------


@pytest.fixture(scope="module")
def numbers(sqlite_file) -> str:
    rows = [(number, number % 5) for number in range(50)]
    script = "create table t(n integer primary key, `a desc` int); create table u(n integer primary key, a)"
    return sqlite_file(script, rows, "insert into t values(?, ?)")


@pytest.mark.parametrize(
    "options",
    [
        {"columns": ["nope"]},
        {"order_by": ["nope"]},
        {"order_by": [""]},
        {"filters": [Filter("nope", "null")]},
    ],
)
def test_unknown_columns(house, numbers, options):
    with pytest.raises(ProblemError) as caught:
        house.page(numbers, "t", **options)
    assert caught.value.problem.code == "data.unknown_column"


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("n", 0),
        ("-n", 49),
        ("n desc", 49),
        ("N DESC NULLS LAST", 49),
        ("a desc", 0),
        ("-a desc", 49),
        ("a desc desc", 49),
        ('"a desc" desc', 49),
        ("`n` asc", 0),
    ],
)
def test_orders_may_be_written_as_text(house, numbers, order, first):
    assert cells(house.page(numbers, "t", order_by=[order], limit=1), "n") == [first]


def test_a_key_fits_only_its_own_table_order_and_filter(house, numbers):
    key = house.page(numbers, "t", limit=5).next
    for table, options in (
        ("u", {}),
        ("t", {"order_by": ["-n"]}),
        ("t", {"filters": [Filter("n", ">", 3)]}),
        ("t", {"where": "n > 3"}),
    ):
        with pytest.raises(ProblemError) as caught:
            house.page(numbers, table, limit=5, after=key, **options)
        assert caught.value.problem.code == "data.bad_key"
    assert len(house.page(numbers, "t", limit=7, columns=["a desc"], after=key).rows) == 7


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_text_as_key_does_more_than_be_refused(house, numbers, data):
    key = house.page(numbers, "t", limit=5).next
    raw = bytearray(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    kind = data.draw(st.sampled_from(["text", "bytes", "flip"]))
    if kind == "text":
        forged = data.draw(st.text(max_size=30))
    elif kind == "bytes":
        forged = base64.urlsafe_b64encode(data.draw(st.binary(max_size=40))).decode()
    else:
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        forged = base64.urlsafe_b64encode(raw).decode()
    try:
        page = house.page(numbers, "t", limit=5, after=forged)
    except ProblemError as error:
        assert error.problem.code == "data.bad_key"
    else:
        assert len(page.rows) <= 5
