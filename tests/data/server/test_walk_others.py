"""The same property on the other engines: forwards = backwards = plain SELECT, filters find their own cell.

Smaller than on SQLite, but with the types, NULL ranks and collations that only these have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.engines.dialects  # noqa: F401  # declares the dialect
from embedded_server.engines.registry import engine_for
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.values import to_json

from .conftest import own_database
from .walking import backwards, forwards, place_of

POSTGRES = {
    "bigint": ["9223372036854775807", "-1", "0", "9007199254740993"],
    "numeric(30,5)": ["'NaN'", "0.10000", "-12345678901234567890.12345", "9007199254740993"],
    "double precision": ["'NaN'", "'Infinity'", "'-0'", "0", "0.1", "1e-300"],
    "real": ["0.1", "16777217", "'NaN'"],
    "text": ["''", "'a'", "'A'", "'a '", "'é'", "'100%'", r"E'back\\slash'"],
    'text collate "C"': ["'a'", "'B'", "'_'", "'é'"],
    'text collate "fold"': ["'a'", "'A'", "'b'"],
    "char(4)": ["'a'", "'ab'", "''"],
    "boolean": ["true", "false"],
    "date": ["'infinity'", "'0044-03-15 BC'", "'2024-02-29'", "'9999-12-31'"],
    "timestamp with time zone": ["'2024-01-01 00:00:00.000001+02'", "'-infinity'", "'2024-06-01'"],
    "interval": ["'1 mon 1 day'", "'31 days'", "'1 mon'", "'30 days'"],
    "uuid": ["'00000000-0000-0000-0000-000000000001'", "'ffffffff-0000-0000-0000-000000000001'"],
    "bytea": [r"'\x'", r"'\x00'", r"'\xff00'"],
    "json": ["'{\"a\": 1}'", "'{\"a\":1}'", "'1.10'"],
    "jsonb": ["'{\"a\": 1.10}'", "'[]'", "'null'"],
    "integer[]": ["'{1,2}'", "'[2:3]={1,2}'", "'{}'", "'{NULL}'"],
    "mood": ["'sad'", "'ok'", "'happy'"],
    "inet": ["'10.0.0.1'", "'10.0.0.0/8'", "'::1'"],
    "point": ["'(1,2)'", "'(0,0)'"],
    "xml": ["'<a/>'", "'<b/>'"],
}
DUCKDB = {
    "BIGINT": ["9223372036854775807", "-1", "0"],
    "HUGEINT": ["170141183460469231731687303715884105727", "0"],
    "DECIMAL(20,4)": ["0.1000", "-9007199254740993.5"],
    "DOUBLE": ["'nan'", "'inf'", "'-0'", "0.1", "1e-300"],
    "FLOAT": ["0.1", "16777217"],
    "VARCHAR": ["''", "'a'", "'A'", "'é'", "'a '"],
    "VARCHAR COLLATE NOCASE": ["'a'", "'A'", "'b'"],
    "BOOLEAN": ["true", "false"],
    "DATE": ["'2024-02-29'", "'infinity'", "'0044-03-15 (BC)'"],
    "TIMESTAMPTZ": ["'2024-01-01 00:00:00.000001+02'", "'2024-06-01'"],
    "INTERVAL": ["'1 month 1 day'", "'31 days'", "'30 days'", "'1 month'"],
    "UUID": ["'00000000-0000-0000-0000-000000000001'", "'ffffffff-0000-0000-0000-000000000001'"],
    "BLOB": [r"'\x00'", "''", r"'\xFFa'"],
    "INTEGER[]": ["[1, 2]", "[]", "[10]", "[9]", "[NULL]"],
    "JSON": ["'{\"a\": 1}'", "'1.10'"],
    "ENUM('sad', 'ok', 'happy')": ["'sad'", "'ok'", "'happy'"],
}
MARIADB = {
    "bigint unsigned": ["18446744073709551615", "0", "9007199254740993"],
    "decimal(30,5)": ["0.10000", "-12345678901234567890.12345", "9007199254740993"],
    "double": ["0.1", "-0.0", "1e-300"],
    "float": ["0.1", "16777217"],
    "varchar(20)": ["''", "'a'", "'A'", "'a '", "'é'", "'e'", "'100%'"],
    "varchar(20) collate utf8mb4_bin": ["'a'", "'A'", "'b'"],
    "text": ["'x'", "''"],
    "char(4)": ["'a'", "'ab'", "''"],
    "tinyint(1)": ["1", "0", "2"],
    "date": ["'2024-02-29'", "'9999-12-31'", "'1000-01-01'"],
    "datetime(6)": ["'2024-01-01 00:00:00.000001'", "'2024-06-01'"],
    "time(3)": ["'-838:59:59'", "'12:00:00.123'"],
    "year": ["1901", "2155"],
    "varbinary(10)": ["x''", "x'00'", "x'ff00'"],
    "blob": ["x'00'", "x'ff'"],
    "bit(9)": ["b'100000001'", "b'0'"],
    "json": ["'{\"a\": 1}'", "'1.10'"],
    "enum('sad','ok','happy')": ["'sad'", "'ok'", "'happy'"],
    "set('a','b')": ["'a,b'", "''", "'b'"],
}
# How a column stands in ORDER BY where its type has no order of its own (or, in MariaDB, another one).
UNORDERED = {"json": "{}::text", "point": "{}::text", "xml": "{}::text", "INTEGER[]": "{}::varchar"}
AS_TEXT = {
    "json": "cast({} as char)",
    "enum('sad','ok','happy')": "concat({})",
    "set('a','b')": "concat({})",
}


@dataclass
class Case:
    types: list[str]
    rows: list[list[str]]
    order: list[Order]
    limit: int
    keyed: bool


def cases(types: dict[str, list[str]]) -> st.SearchStrategy[Case]:
    @st.composite
    def draw_case(draw: st.DrawFn) -> Case:
        chosen = draw(st.lists(st.sampled_from(sorted(types)), min_size=1, max_size=3))
        cells = [st.sampled_from(["NULL", *types[name]]) for name in chosen]
        rows = draw(st.lists(st.tuples(*cells).map(list), max_size=14))
        names = st.sampled_from([f"c{place}" for place in range(len(chosen))])
        term = st.builds(Order, names, st.booleans(), st.sampled_from(["", "first", "last"]))
        order = draw(st.lists(term, max_size=2, unique_by=lambda order: order.column))
        return Case(chosen, rows, order, draw(st.integers(1, 5)), draw(st.booleans()))

    return draw_case()


class Subject:
    """A database where each case gets a table of its own."""

    def __init__(self, house, url: str) -> None:
        self.house, self.url = house, url
        self._number = 0

    def make(self, case: Case) -> str:
        self._number += 1
        name = f"t{self._number}"
        columns = [f"c{place} {type_}" for place, type_ in enumerate(case.types)]
        key = "n int primary key" if case.keyed else "n int"
        self.house.run(self.url, f"CREATE TABLE {name}({key}, {', '.join(columns)})")
        if case.rows:
            rows = ", ".join(f"({number}, {', '.join(row)})" for number, row in enumerate(case.rows))
            self.house.run(self.url, f"INSERT INTO {name} VALUES {rows}")
        return name

    def expected(self, name: str, case: Case) -> list[Any]:
        terms = [self._term(order, case.types[int(order.column[1:])]) for order in case.order]
        way = " DESC" if case.order and case.order[-1].desc else ""
        sql = f"SELECT n FROM {name} ORDER BY {', '.join([*terms, 'n' + way])}"
        return [row[0] for row in self.house.rows_of_sql(self.url, sql)]

    def _term(self, order: Order, type_: str) -> str:
        way = " DESC" if order.desc else ""
        if self.url.startswith("mysql"):
            term = AS_TEXT.get(type_, "{}").format(order.column) + way
            first = f"{order.column} IS NULL{' DESC' if order.nulls == 'first' else ''}, "
            return (first if order.nulls else "") + term
        term = UNORDERED.get(type_, "{}").format(order.column) + way
        return term + (f" NULLS {order.nulls}" if order.nulls else "")

    def drop(self, name: str) -> None:
        self.house.run(self.url, f"DROP TABLE {name}")


@pytest.fixture(scope="module")
def postgres(house, pg_server):
    with own_database(house, pg_server) as url:
        house.run(url, "create type mood as enum ('sad', 'ok', 'happy')")
        folded = "provider=icu, locale='und-u-ks-level2', deterministic=false"
        house.run(url, f"create collation fold ({folded})")
        yield Subject(house, url)


@pytest.fixture(scope="module")
def mariadb(house, mariadb_server):
    with own_database(house, mariadb_server) as url:
        yield Subject(house, url)


@pytest.fixture(scope="module")
def duck(house):
    path = house.folder / "walk.duckdb"
    duckdb.connect(str(path)).close()
    url = f"duckdb:///{path}"
    yield Subject(house, url)
    house.services.disconnect(url)


FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def walk(house, subject: Subject, case: Case) -> None:
    name = subject.make(case)
    options = {"limit": case.limit, "order_by": case.order, "most": len(case.rows)}
    try:
        if case.keyed:
            wanted = subject.expected(name, case)
            assert forwards(house, subject.url, name, "n", **options) == wanted
            assert backwards(house, subject.url, name, "n", **options) == wanted
        else:
            wanted = list(range(len(case.rows)))
            # Without a key the rows have no order of their own, but each must come once.
            assert sorted(map(int, forwards(house, subject.url, name, "n", **options))) == wanted
            assert sorted(map(int, backwards(house, subject.url, name, "n", **options))) == wanted
        check_filters(house, subject, name, case)
    finally:
        subject.drop(name)


def check_filters(house, subject: Subject, name: str, case: Case) -> None:
    """The cell of the first row, used as a filter, finds that row; so does its SQL as shown."""
    page = house.page(subject.url, name, limit=100)
    for place in range(len(case.types)):
        if not len(page.rows):
            return
        column = f"c{place}"
        cell = page.rows.columns[place_of(page, column)][0]
        found = house.page(subject.url, name, limit=100, filters=[Filter(column, "=", to_json(cell))])
        numbers = list(found.rows.columns[place_of(found, "n")])
        assert page.rows.columns[place_of(page, "n")][0] in numbers, (case.types[place], cell)
        shown = [row[place_of(found, "n")] for row in house.rows_of_sql(subject.url, found.shown_sql)]
        assert sorted(shown) == sorted(numbers), found.shown_sql


@pytest.mark.engine("generic")
def test_a_database_known_only_by_its_dialect(house, sqlite_file):
    """SQLite through nothing but SQLAlchemy, under a name that no engine claims."""
    rows = [(number, number % 3 or None, f"w{number % 4}") for number in range(20)]
    script = "create table t(n integer primary key, a int, b text)"
    url = sqlite_file(script, rows, "insert into t values(?, ?, ?)").replace("sqlite:", "unheard:")
    assert engine_for(url).name == "generic"
    for order in ([], [Order("a")], [Order("a", True), Order("b")], [Order("a", nulls="last")]):
        options = {"limit": 4, "order_by": order, "most": 20}
        there = forwards(house, url, "t", "n", **options)
        assert sorted(there) == list(range(20))
        assert backwards(house, url, "t", "n", **options) == there
    found = house.page(url, "t", filters=[Filter("a", "expr", "null"), Filter("b", "expr", "w3, w0")])
    assert list(found.rows.columns[0]) == [0, 3, 12, 15]
    assert [row[0] for row in house.rows_of_sql(url, found.shown_sql)] == [0, 3, 12, 15]
    assert list(house.page(url, "t", where="n % 7 = 1 -- sevens").rows.columns[0]) == [1, 8, 15]
    house.services.disconnect(url)


@FEW
@given(data=st.data())
def test_postgres(house, postgres, data):
    walk(house, postgres, data.draw(cases(POSTGRES)))


@pytest.mark.engine("duckdb")
@FEW
@given(data=st.data())
def test_duckdb(house, duck, data):
    walk(house, duck, data.draw(cases(DUCKDB)))


@FEW
@given(data=st.data())
def test_mariadb(house, mariadb, data):
    walk(house, mariadb, data.draw(cases(MARIADB)))
