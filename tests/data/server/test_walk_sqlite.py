"""Property: paging forwards = paging backwards = plain SELECT with the same ORDER BY, whatever the table.

The tables mix storage classes, NULLs, duplicates, collations, bad text and every kind of key.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.data import pager
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.values import to_json

from .walking import backwards, forwards, place_of

pytestmark = pytest.mark.engine("sqlite")

BAD = ("bad", b"\xffz")
POOL: list[Any] = [
    None, 0, 1, 1.0, -1, 0.5, 2**53 + 1, 2**53, 2**63 - 1, -(2**63), float("inf"), 1e300,
    "", "a", "A", "a ", "b", "B", "é", "É", "1", "1.0", "10", "9", "nul\0x", "nul\0y", "null",
    b"", b"a", b"\xff", BAD, ("bad", b"a\xfe"), ("bad", b"0\xff"),
]  # fmt: skip
TYPES = [
    "",
    "INTEGER",
    "TEXT",
    "REAL",
    "NUMERIC",
    "BLOB",
    "TEXT COLLATE NOCASE",
    "TEXT COLLATE RTRIM",
    "DATE",
]
KEYS = {
    "integer": "n INTEGER PRIMARY KEY, {columns}",
    "rowid": "{columns}, n INT",
    "nullable key": "{columns}, n INT, PRIMARY KEY (c0, n)",
    "composite": "{columns}, n INT NOT NULL, PRIMARY KEY (k, n)",
    "without rowid": "{columns}, n INT NOT NULL, PRIMARY KEY (k DESC, n)) WITHOUT ROWID --",
    "unique": "{columns}, n INT NOT NULL UNIQUE",
    "nocase": "{columns}, n TEXT COLLATE NOCASE NOT NULL PRIMARY KEY",
}
# What orders the rows behind the asked terms: the key as the documentation promises it.
TIES = {
    "integer": ["n"],
    "rowid": ["rowid"],
    "nullable key": ["rowid"],
    "composite": ["k", "n"],
    "without rowid": ["k", "n"],
    "unique": ["n"],
    "nocase": ["n"],
}


@dataclass
class Case:
    key: str
    types: list[str]
    rows: list[tuple[Any, ...]]
    order: list[Order]
    limit: int


@st.composite
def cases(draw: st.DrawFn) -> Case:
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=3))
    pool = draw(st.lists(st.sampled_from([*POOL, *[None] * 8]), min_size=1, max_size=6))
    width = len(types) + 1
    rows = draw(st.lists(st.tuples(*[st.sampled_from(pool)] * width), max_size=24))
    names = st.sampled_from(["k", *(f"c{place}" for place in range(len(types)))])
    term = st.builds(Order, names, st.booleans(), st.sampled_from(["", "", "first", "last"]))
    order = draw(st.lists(term, max_size=3, unique_by=lambda order: order.column))
    return Case(draw(st.sampled_from(sorted(KEYS))), types, rows, order, draw(st.integers(1, 7)))


class Subject:
    """A file whose table is made anew for each case."""

    def __init__(self, path) -> None:
        self.url = f"sqlite:///{path}"
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = memory")
        self.connection.execute("PRAGMA synchronous = off")

    def make(self, case: Case) -> None:
        names = ["k"] + [f"c{place}" for place in range(len(case.types))]
        declared = ["k BLOB NOT NULL"] + [f"{n} {t}" for n, t in zip(names[1:], case.types, strict=True)]
        self.connection.execute("DROP TABLE IF EXISTS t")
        self.connection.execute(
            f"CREATE TABLE t({KEYS[case.key].format(columns=', '.join(declared))}\n)"
            if "--" not in KEYS[case.key]
            else f"CREATE TABLE t({KEYS[case.key].format(columns=', '.join(declared))}"
        )
        for number, row in enumerate(case.rows):
            full = [b"" if row[0] is None else row[0], *row[1:], number]
            marks = ", ".join("CAST(? AS TEXT)" if isinstance(cell, tuple) else "?" for cell in full)
            values = [cell[1] if isinstance(cell, tuple) else cell for cell in full]
            self.connection.execute(f"INSERT INTO t({', '.join(names)}, n) VALUES ({marks})", values)

    def expected(self, case: Case, where: str = "") -> list[Any]:
        """What plain SQL says."""
        terms = [
            f"{order.column} {'DESC' if order.desc else 'ASC'}"
            + (f" NULLS {order.nulls}" if order.nulls else "")
            for order in case.order
        ]
        asked = {order.column for order in case.order}
        way = " DESC" if case.order and case.order[-1].desc else ""
        terms += [name + way for name in TIES[case.key] if name not in asked]
        sql = f"SELECT n FROM t {where} ORDER BY {', '.join(terms)}"
        return [row[0] for row in self.connection.execute(sql)]


@pytest.fixture(scope="module")
def subject(house):
    made = Subject(house.folder / "walk.db")
    yield made
    made.connection.close()


WAYS = [(desc, nulls) for desc in (False, True) for nulls in ("", "first", "last")]
SINGLE = [[("c0", *way)] for way in WAYS]
DOUBLE = [[("c0", *first), ("c1", *second)] for first in WAYS for second in WAYS]


def test_every_pair_of_directions_and_null_places(house, subject):
    values = [None, "a", "b"]
    rows = [("k", first, second) for first in values for second in values for _ in range(2)]
    case = Case("integer", ["TEXT", "TEXT"], rows, [], 2)
    subject.make(case)
    for order in SINGLE + DOUBLE:
        case.order = [Order(*term) for term in order]
        wanted = subject.expected(case)
        options = {"limit": 2, "order_by": case.order, "most": len(rows)}
        assert forwards(house, subject.url, "t", "n", **options) == wanted, order
        assert backwards(house, subject.url, "t", "n", **options) == wanted, order


SMALL = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SMALL
@given(case=cases(), run=st.integers(1, 4))
def test_forwards_backwards_and_plain_sql_agree(house, subject, case, run):
    subject.make(case)
    wanted = subject.expected(case)
    options = {"limit": case.limit, "order_by": case.order, "most": len(case.rows)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pager, "LONG_RUN", run)  # so that few equal rows are many
        assert forwards(house, subject.url, "t", "n", **options) == wanted
        assert backwards(house, subject.url, "t", "n", **options) == wanted


@SMALL
@given(case=cases(), place=st.integers(0, 30), steps=st.integers(0, 4))
def test_a_jump_shows_what_walking_shows(house, subject, case, place, steps):
    subject.make(case)
    wanted = subject.expected(case)
    options = {"limit": case.limit, "order_by": case.order}
    page = house.page(subject.url, "t", row=place, **options)
    start = place if place < len(wanted) else max(len(wanted) - case.limit, 0)
    assert list(page.rows.columns[place_of(page, "n")]) == wanted[start : start + case.limit]
    if page.row_exact:
        assert page.row == start
    for _ in range(steps):
        if page.next is None:
            break
        page, start = house.page(subject.url, "t", after=page.next, **options), start + case.limit
        assert list(page.rows.columns[place_of(page, "n")]) == wanted[start : start + case.limit]


@SMALL
@given(case=cases(), data=st.data())
def test_a_cell_used_as_filter_finds_exactly_its_equals(house, subject, case, data):
    subject.make(case)
    page = house.page(subject.url, "t", limit=100)
    if not len(page.rows):
        return
    row = data.draw(st.integers(0, len(page.rows) - 1))
    name = data.draw(st.sampled_from(["k", *(f"c{place}" for place in range(len(case.types)))]))
    cell = page.rows.columns[place_of(page, name)][row]
    number = page.rows.columns[place_of(page, "n")][row]
    found = house.page(subject.url, "t", limit=100, filters=[Filter(name, "=", to_json(cell))])
    numbers = list(found.rows.columns[place_of(found, "n")])
    same = subject.connection.execute(
        f"SELECT n FROM t WHERE {name} IS (SELECT {name} FROM t WHERE n = ?)", [number]
    )
    assert sorted(numbers) == sorted(row[0] for row in same)
    assert number in numbers
    listed = house.page(subject.url, "t", limit=100, filters=[Filter(name, "in", values=[to_json(cell)])])
    assert list(listed.rows.columns[place_of(listed, "n")]) == numbers
