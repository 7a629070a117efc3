"""Catalogue, structure, sources, whole values in ranges, counts, lookups."""

from __future__ import annotations

import threading

import pytest

from embedded_server.data.lookups import label
from embedded_server.data.service import count as counting
from embedded_server.jobs import Call
from embedded_server.wire.data import (
    CATALOG,
    CELL,
    COUNT,
    LOOKUP,
    SOURCE,
    TABLE,
    CatalogRequest,
    CellRequest,
    Column,
    CountRequest,
    Filter,
    LookupRequest,
    SourceRequest,
    TableRequest,
)
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import BadText, to_json
from tests.waiting import wait_until

from .conftest import open_file

pytestmark = pytest.mark.engine("sqlite")

SHOP = """
create table customers(id integer primary key, code text, name text not null, born date);
create table orders(id integer primary key, customer_id int references customers(id), note);
create view names as select name from customers;
create trigger stamp after insert on orders begin update orders set note = 'x' where id = new.id; end;
insert into customers values (1, 'c1', 'Ann', '2000-01-01'), (2, 'c2', 'Bob', null);
"""


@pytest.fixture(scope="module")
def shop(sqlite_file) -> str:
    rows = [(number, 1 if number > 3 else 2) for number in range(1, 1501)]
    return sqlite_file(SHOP, rows, "insert into orders(id, customer_id) values(?, ?)")


def test_the_catalogue_is_asked_once_and_again_after_a_change(house, shop):
    house.forget()
    request = CatalogRequest(connection=shop)
    first = house.call(CATALOG, request)
    assert [table.name for table in first.schemas[0].tables] == ["customers", "names", "orders"]
    assert first.engine == "sqlite"
    assert house.call(CATALOG, request) == first
    assert house.asked == ["catalog"]
    connection = open_file(shop)
    connection.execute("create table added(x)")
    assert "added" in [table.name for table in house.call(CATALOG, request).schemas[0].tables]
    connection.execute("drop table added")
    connection.close()
    house.forget()
    house.call(CATALOG, CatalogRequest(connection=shop, refresh=True, columns=True))
    assert house.asked == ["catalog"]


def test_the_structure_is_kept_until_refreshed(house, shop):
    house.forget()
    first = house.call(TABLE, TableRequest(connection=shop, table="orders"))
    assert first.foreign_keys[0].target == "customers"
    assert house.call(TABLE, TableRequest(connection=shop, table="orders")) is first
    assert house.asked == ["table"]
    house.call(TABLE, TableRequest(connection=shop, table="orders", refresh=True))
    assert house.asked == ["table", "table"]


def test_sources(house, shop):
    view = house.call(SOURCE, SourceRequest(connection=shop, name="names", kind="view"))
    assert view.sql.startswith("CREATE VIEW names")
    trigger = house.call(SOURCE, SourceRequest(connection=shop, name="stamp", kind="trigger", table="orders"))
    assert "new.id" in trigger.sql
    with pytest.raises(ProblemError) as caught:
        house.call(SOURCE, SourceRequest(connection=shop, name="nope", kind="view"))
    assert caught.value.problem.code == "data.unknown_table"


# --- whole values ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def values(sqlite_file) -> str:
    text = "é\0" + "ab" * 40_000
    rows = [(1, bytes(range(256)) * 1000), (2, text), (3, 7), (4, None), (5, "")]
    url = sqlite_file(
        "create table t(n integer primary key, v); create view w as select * from t",
        rows,
        "insert into t values(?, ?)",
    )
    connection = open_file(url)
    connection.execute("insert into t values(6, cast(x'41ff42' as text))")
    connection.execute("insert into t values(7, zeroblob(100000000))")
    connection.close()
    return url


def part(house, url, row, **fields):
    return house.call(CELL, CellRequest(connection=url, table="t", column="v", key=[row], **fields))


@pytest.mark.parametrize(
    ("row", "whole", "unit"),
    [
        (1, bytes(range(256)) * 1000, "bytes"),
        (2, "é\0" + "ab" * 40_000, "characters"),
        (3, 7, "value"),
        (4, None, "value"),
        (5, "", "characters"),
    ],
)
def test_a_value_comes_whole_in_ranges(house, values, row, whole, unit):
    found, offset = [], 0
    while offset is not None:
        answer = part(house, values, row, offset=offset, length=30_001)
        assert answer.unit == unit
        assert answer.size == (1 if unit == "value" else len(whole))
        found.append(answer.value.columns[0][0])
        offset = answer.next
    joined = found[0] if unit == "value" else type(whole)().join(found)
    assert joined == whole
    assert len(found) == (1 if unit == "value" else max(1, -(-len(whole) // 30_001)))


def test_bad_text_keeps_its_bytes(house, values):
    assert part(house, values, 6).value.columns[0][0] == BadText(b"A\xffB")


def test_a_huge_blob_is_read_in_pieces(house, values):
    answer = part(house, values, 7, offset=99_999_990, length=1 << 30)
    assert (answer.value.columns[0][0], answer.size, answer.next) == (b"\0" * 10, 100_000_000, None)
    first = part(house, values, 7, length=1 << 30)
    assert len(first.value.columns[0][0]) == 8 * 1024 * 1024
    assert first.next == 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"key": [99]}, "data.no_row"),
        ({"key": [1, 2]}, "request.invalid"),
        ({"key": [{"$what": 1}]}, "request.invalid"),
        ({"key": [{"$cut": {"prefix": "a", "size": 9}}]}, "request.invalid"),
        ({"key": [1], "offset": -1}, "request.invalid"),
        ({"key": [1], "length": 0}, "request.invalid"),
        ({"key": [1], "column": "nope"}, "data.unknown_column"),
        ({"key": [1], "table": "w"}, "data.no_key"),
    ],
)
def test_a_value_that_cannot_be_told(house, values, fields, code):
    request = {"connection": values, "table": "t", "column": "v"} | fields
    with pytest.raises(ProblemError) as caught:
        house.call(CELL, CellRequest(**request))
    assert caught.value.problem.code == code


def test_another_key_may_be_named(house, values):
    request = CellRequest(connection=values, table="w", column="v", key=[3], key_columns=["n"])
    assert house.call(CELL, request).value.columns[0][0] == 7


# --- counts ----------------------------------------------------------------------------------------


def test_counts_say_how_they_came_about(house, shop):
    house.services.disconnect(shop)
    estimate = house.call(COUNT, CountRequest(connection=shop, table="orders", exact=False))
    assert (estimate.count, estimate.exact, estimate.method) == (1500, False, "row numbers")
    filters = [Filter("customer_id", "=", 2)]
    unknown = house.call(COUNT, CountRequest(connection=shop, table="orders", filters=filters, exact=False))
    assert (unknown.count, unknown.exact) == (None, False)
    exact = house.call(COUNT, CountRequest(connection=shop, table="orders", filters=filters))
    assert (exact.count, exact.exact, exact.method) == (3, True, "counted")
    again = house.call(COUNT, CountRequest(connection=shop, table="orders", filters=filters, exact=False))
    assert (again.count, again.exact, again.method) == (3, False, "counted a moment ago")
    page = house.page(shop, "orders", filters=filters)
    assert (page.count, page.count_exact) == (3, True)


def test_reading_to_the_end_counts_for_free(house, shop):
    page = house.page(shop, "orders", limit=999, where="id > 500")
    assert page.count is None
    page = house.page(shop, "orders", limit=999, where="id > 500", after=page.next)
    assert (len(page.rows), page.count, page.count_exact) == (1, 1000, True)


def test_a_count_can_be_cancelled(house, shop):
    endless = "(with recursive s(x) as (select 1 union all select x + 1 from s) select count(*) from s) > 0"
    call = Call("counting", "data.count", house.services)
    caught: list[str] = []

    def count() -> None:
        try:
            with house.services.jobs.running(call):
                counting(CountRequest(connection=shop, table="orders", where=endless), call)
        except ProblemError as error:
            caught.append(error.problem.code)

    thread = threading.Thread(target=count)
    thread.start()
    wait_until(lambda: any("recursive" in asked for asked in house.asked), "the count to start")
    assert [job.lane for job in house.services.jobs.jobs()] == ["background"]
    assert "orders" in house.services.jobs.jobs()[0].progress
    assert len(house.page(shop, "orders", limit=5).rows) == 5  # browsing goes on meanwhile
    assert house.services.jobs.cancel("counting").found
    thread.join(10)
    assert caught == ["job.cancelled"]
    assert house.call(COUNT, CountRequest(connection=shop, table="orders")).count == 1500


# --- lookups ---------------------------------------------------------------------------------------


def test_the_parent_row_of_a_foreign_key(house, shop):
    request = LookupRequest(connection=shop, table="customers", columns=["id"], values=[1])
    found = house.call(LOOKUP, request)
    assert list(found.rows.rows()) == [(1, "c1", "Ann", "2000-01-01")]
    assert (found.label, found.count) == ("name", None)
    house.forget()
    house.call(LOOKUP, request)
    assert len(house.asked) == 1


@pytest.mark.parametrize(("customer", "count", "capped"), [(1, 1000, True), (2, 3, False), (3, 0, False)])
def test_who_refers_here_is_counted_up_to_a_thousand(house, shop, customer, count, capped):
    request = LookupRequest(
        connection=shop, table="orders", columns=["customer_id"], values=[customer], limit=2, count=True
    )
    found = house.call(LOOKUP, request)
    assert (found.count, found.count_capped) == (count, capped)
    assert len(found.rows) == min(count, 2)


def test_lookups_need_a_value_for_each_column(house, shop):
    for columns, values in ([[], []], [["id"], []], [["id"], [1, 2]]):
        with pytest.raises(ProblemError) as caught:
            house.call(LOOKUP, LookupRequest(connection=shop, table="orders", columns=columns, values=values))
        assert caught.value.problem.code == "request.invalid"


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["id:number", "note", "name"], "name"),
        (["code", "email", "title"], "title"),
        (["note", "customer_name"], "customer_name"),
        (["key", "Email"], "Email"),
        (["id:number", "amount:number"], ""),
        (["note", "other"], "note"),
    ],
)
def test_the_label_is_the_column_that_names_a_row(names, wanted):
    columns = [Column(n.split(":")[0], kind="number" if ":" in n else "text") for n in names]
    assert label(columns) == wanted


def test_cells_of_a_lookup_are_the_cells_of_the_page(house, values):
    page = house.page(values, "t", limit=6)
    for row in page.rows.rows():
        request = LookupRequest(connection=values, table="t", columns=["n"], values=[to_json(row[0])])
        assert list(house.call(LOOKUP, request).rows.rows()) == [row]
