"""Remembered orders of rows that UUIDs and short texts identify."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.data.snapshots import kept
from embedded_server.data.snapshots.packing import form_of
from embedded_server.wire.data import Column, PageResponse

from .conftest import House, Maker, own_database
from .test_snapshots import take
from .walking import cells

NAMED = [
    (str(UUID(int=n * 2**61 % 2**127 + n)), f"{'é' * (n % 9)}{n} '%\\", f"w{n * 37 % 90:02d}")
    for n in range(600)
]
NAMED_KEYS = {
    "uuid": "create table t(a {uuid} not null primary key, b varchar(40), word varchar(9))",
    "text": "create table t(a varchar(36), b varchar(40) not null primary key, word varchar(9))",
    "both": "create table t(a {uuid} not null, b varchar(40) not null, word varchar(9), primary key (b, a))",
}
# What SQLite calls a UUID it keeps as a text, in whatever letters it was given.
WRITTEN = {"sqlite": str.upper}


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, house: House, sqlite_file: Maker) -> Iterator[tuple[str, str]]:
    """A database with nothing in it, and its engine's name."""
    if request.param == "sqlite":
        yield sqlite_file(""), request.param
        return
    server = "pg_server" if request.param == "postgresql" else "mariadb_server"
    with own_database(house, request.getfixturevalue(server)) as url:
        yield url, request.param


@pytest.mark.parametrize("key", NAMED_KEYS)
def test_keys_of_uuids_and_texts(house: House, place: tuple[str, str], key: str) -> None:
    url, engine = place
    house.run(url, NAMED_KEYS[key].format(uuid="uuid"))
    written = WRITTEN.get(engine, str)
    rows = [(written(a), b, word) for a, b, word in NAMED]
    mark = "?" if engine == "sqlite" else "%s"
    with house.session(url) as run:
        for at in range(0, 600, 100):
            part = rows[at : at + 100]
            run(f"insert into t values {', '.join([f'({mark}, {mark}, {mark})'] * len(part))}", sum(part, ()))
    wanted = every_named(house, url)
    assert len(set(wanted)) == 600 and take(house, url).rows == 600
    for row, limit in ((1, 5), (250, 340), (595, 20)):
        page = house.page(url, "t", order_by=["word"], row=row, limit=limit)
        assert (page.access, page.row, page.row_exact) == ("snapshot", row, True)
        assert named(page) == wanted[row : row + limit]
    page = house.page(url, "t", order_by=["word"], row=300, limit=20)
    behind = house.page(url, "t", order_by=["word"], after=page.next, limit=20)
    before = house.page(url, "t", order_by=["word"], after=page.prev, limit=20)
    assert (behind.access, before.access) == ("snapshot", "snapshot")
    assert (named(before), named(behind)) == (wanted[280:300], wanted[320:340])
    with house.session(url) as run:
        run(f"delete from t where b = {mark}", (wanted[303][1],))
        run(f"update t set word = 'another' where b = {mark}", (wanted[306][1],))
    after = house.page(url, "t", order_by=["word"], row=300, limit=20)
    assert named(after) == wanted[300:303] + wanted[304:320] and not after.row_exact


def every_named(house: House, url: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    page = house.page(url, "t", order_by=["word"], limit=200)
    while True:
        found += named(page)
        if page.next is None:
            return found
        page = house.page(url, "t", order_by=["word"], after=page.next, limit=200)


def named(page: PageResponse) -> list[tuple[str, str]]:
    return [(str(a), str(b)) for a, b in zip(cells(page, "a"), cells(page, "b"), strict=True)]


@pytest.mark.parametrize("key", NAMED_KEYS)
def test_uuids_and_texts_are_looked_up_by_the_key(house: House, pg_server: Any, key: str) -> None:
    with own_database(house, pg_server) as url:
        house.run(url, NAMED_KEYS[key].format(uuid="uuid"))
        spread = "md5(n::text)::uuid, 'name ' || n, 'w' || n * 37 % 90"
        house.run(url, f"insert into t select {spread} from generate_series(1, 20000) n")
        house.run(url, "analyze t")
        take(house, url)
        page = house.page(url, "t", order_by=["word"], row=300, limit=30)
        plan = str(house.rows_of_sql(url, f"EXPLAIN {page.sql}", page.params))
        assert page.access == "snapshot" and "Seq Scan" not in plan, plan


COLUMNS = (("a", "text", "text"), ("b", "bigint", "number"), ("c", "uuid", "uuid"))


@given(texts=st.lists(st.text(max_size=9), min_size=1), numbers=st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_what_is_packed_is_unpacked(texts: list[str], numbers: list[int]) -> None:
    columns = tuple(Column(name, type_, kind) for name, type_, kind in COLUMNS)
    forms = [form_of(column, dynamic=False) for column in columns]
    key = kept.Key(columns, tuple(form for form in forms if form is not None))
    rows = [
        (text, number, str(UUID(int=number % 2**128))) for text, number in zip(texts, numbers, strict=False)
    ]
    packed = key.packed(list(zip(*rows, strict=True)) or [[], [], []])
    assert key.values(packed) == rows and len(packed) == 8 * len(rows) == key.width * len(rows)
    assert [key.known(row) for row in rows] == rows
