"""All rows as one stream: the same rows as the pages, in bounded blocks, refused and cancelled like a page.

That a stream equals the pages for all orders and types is checked by `walking.forwards`.
"""

from __future__ import annotations

import sqlite3

import pytest

from embedded_server.jobs import Call
from embedded_server.wire.data import Filter
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.rows import ROWS, RowsBlock, RowsRequest
from embedded_server.wire.values import BadText, Truncated, encode_msgpack, msgpack_decoder

from .walking import streamed

pytestmark = pytest.mark.engine("sqlite")


@pytest.fixture(scope="module")
def orders(sqlite_file) -> str:
    rows = [(i, ("open", "paid", None)[i % 3], "x" * (i % 50)) for i in range(1, 20_001)]
    script = "create table orders(id integer primary key, status text, note text);"
    return sqlite_file(script, rows, "insert into orders values(?, ?, ?)")


def test_blocks_are_bounded_and_one_statement_reads_all(house, orders):
    house.page(orders, "orders", limit=1)
    house.forget()
    blocks = house.stream(orders, "orders")
    assert len(house.asked) == 1 and "LIMIT" in house.asked[0]
    assert sum(len(block.rows) for block in blocks) == 20_000
    assert max(len(encode_msgpack(block)) for block in blocks) < 400_000
    assert len(blocks) > 3


def test_filter_order_limit_and_columns(house, orders):
    options = {"filters": [Filter("status", "=", "open")], "order_by": ["-id"], "limit": 5, "columns": ["id"]}
    assert streamed(house, orders, "orders", "id", **options) == [19998, 19995, 19992, 19989, 19986]
    assert streamed(house, orders, "orders", "id", where="id between 7 and 9") == [7, 8, 9]
    assert streamed(house, orders, "orders", "id", where="id < 0") == []


def test_values_that_need_care_in_the_middle(house, sqlite_file):
    """The first rows are read without care; one that needs it changes nothing about those before it."""
    rows = [(i, f"text {i}") for i in range(1, 3001)]
    url = sqlite_file("create table t(id integer primary key, v);", rows, "insert into t values(?, ?)")
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("update t set v = cast(x'ff61' as text) where id = 2500")
        connection.execute("update t set v = ? where id = 2600", ["é" * 100_000])
        connection.execute("update t set v = ? where id = 2700", [-(2**63)])
    connection.close()
    block = house.stream(url, "t", where="id = 2500")[0]
    assert list(msgpack_decoder(RowsBlock).decode(encode_msgpack(block)).rows.rows()) == [
        (2500, BadText(b"\xffa"))
    ]
    found = streamed(house, url, "t", "v")
    assert [len(found), found[2498], found[2499]] == [3000, "text 2499", BadText(b"\xffa")]
    assert isinstance(found[2599], Truncated) and found[2599].size == 200_000
    assert found[2699] == -(2**63) and found[2999] == "text 3000"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"table": "none"}, "data.unknown_table"),
        ({"columns": ["none"]}, "data.unknown_column"),
        ({"where": "id >"}, "data.bad_where"),
        ({"after": "nonsense"}, "data.bad_key"),
    ],
)
def test_refusals(house, orders, fields, code):
    with pytest.raises(ProblemError) as caught:
        house.stream(orders, fields.pop("table", "orders"), **fields)
    assert caught.value.problem.code == code


def test_cancelled_between_two_blocks(house, orders):
    call = Call("stream", ROWS.name, house.services)
    with house.services.jobs.running(call):
        from embedded_server.data.service import HANDLERS  # noqa: PLC0415  # lazy: as the house does it

        blocks = HANDLERS[ROWS](RowsRequest(connection=orders, table="orders"), call)
        next(blocks)
        house.services.jobs.cancel("stream")
        with pytest.raises(ProblemError) as caught:
            list(blocks)
        assert caught.value.problem.code == "job.cancelled"
    assert len(house.page(orders, "orders", limit=3).rows) == 3
