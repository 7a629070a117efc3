"""Pages of a table: places, numbers, keys, columns, and how many statements they cost."""

from __future__ import annotations

import pytest

from embedded_server.wire.data import COUNT, CountRequest, Filter, Order
from embedded_server.wire.problem import ProblemError

pytestmark = pytest.mark.engine("sqlite")

ORDERS = """
create table orders(id integer primary key, customer_id int, status text, amount numeric(12,2));
create index by_status on orders(status);
"""


@pytest.fixture(scope="module")
def orders(sqlite_file) -> str:
    rows = [(i, i % 97, ("open", "paid", None)[i % 3], i * 7 % 1000 / 4) for i in range(1, 5001)]
    return sqlite_file(ORDERS, rows, "insert into orders values(?, ?, ?, ?)")


def ids(page) -> list[int]:
    return list(page.rows.columns[0])


def test_first_page_and_its_neighbours(house, orders):
    first = house.page(orders, "orders", limit=10)
    assert ids(first) == list(range(1, 11))
    assert (first.row, first.row_exact, first.prev, first.access) == (0, True, None, "keyset")
    second = house.page(orders, "orders", limit=10, after=first.next)
    assert (ids(second), second.row, second.row_exact) == (list(range(11, 21)), 10, True)
    back = house.page(orders, "orders", limit=10, after=second.prev)
    assert (ids(back), back.row, back.prev) == (list(range(1, 11)), 0, None)
    assert [column.name for column in first.columns] == ["id", "customer_id", "status", "amount"]
    assert first.row_key == ["id"]


def test_a_known_table_costs_one_statement_and_an_unknown_one_two(house, orders):
    house.services.disconnect(orders)
    house.forget()
    first = house.page(orders, "orders", limit=100)
    assert len(house.asked) == 2
    assert house.asked[0] == "columns"
    for options in (
        {"after": first.next},
        {"order_by": ["-amount"]},
        {"row": 500},
        {"last": True, "filters": [Filter("status", "=", "open")]},
        {"where": "amount > 5"},
        {"columns": ["status"], "order_by": ["status"]},
    ):
        house.forget()
        house.page(orders, "orders", limit=100, **options)
        assert len(house.asked) == 1, (options, house.asked)
        assert "count" not in house.asked[0].lower()
        assert "LIMIT 101" in house.asked[0]


def test_last_page_is_exact_once_the_count_is_known(house, orders):
    assert house.call(COUNT, CountRequest(connection=orders, table="orders")).count == 5000
    last = house.page(orders, "orders", limit=7, last=True)
    assert (ids(last), last.row, last.row_exact) == (list(range(4994, 5001)), 4993, True)
    assert last.next is None
    before = house.page(orders, "orders", limit=7, after=last.prev)
    assert (ids(before), before.row, before.row_exact) == (list(range(4987, 4994)), 4986, True)


def test_asked_columns_come_first_and_keys_are_added_hidden(house, orders):
    page = house.page(orders, "orders", columns=["amount"], order_by=[Order("status")], limit=3)
    assert [(column.name, column.hidden) for column in page.columns] == [
        ("amount", False),
        ("id", True),
        ("status", True),
    ]
    assert len(page.rows.columns) == 3


@pytest.mark.parametrize("asked", [{"limit": 0}, {"row": 1, "last": True}, {"row": 5, "after": "x"}])
def test_contradictory_requests_are_refused(house, orders, asked):
    with pytest.raises(ProblemError) as caught:
        house.page(orders, "orders", **asked)
    assert caught.value.problem.code == "request.invalid"


def test_a_slow_search_shows_what_it_has_found(house, orders, monkeypatch):
    """Without patience every page ends at its first match; a sort or a plain page is never cut short."""
    for name in ("AT_ONCE", "PATIENCE"):
        monkeypatch.setattr(f"embedded_server.data.reader.{name}", 0.0)
    search = {"filters": [Filter("customer_id", "=", 96)], "limit": 100, "early": True}
    page = house.page(orders, "orders", **search)
    assert (ids(page), page.row) == ([96], 0)
    found = ids(page)
    while page.next is not None:
        page = house.page(orders, "orders", **search, after=page.next)
        found += ids(page)
        assert page.row_exact
    assert found == list(range(96, 5001, 97))
    assert sorted(ids(house.page(orders, "orders", **search, order_by=["amount"]))) == found
    assert ids(house.page(orders, "orders", **search, order_by=["-id"])) == found[-1:]
    assert len(house.page(orders, "orders", limit=100, early=True).rows) == 100
    assert ids(house.page(orders, "orders", **search | {"early": False})) == found
