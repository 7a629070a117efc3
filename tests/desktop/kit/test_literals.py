"""Copied INSERT statements and IN lists, read back by the engines themselves."""

from __future__ import annotations

import math
import sqlite3

import duckdb
import psycopg
import pymysql
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from desktop.kit.grid.copy_as import HOLE, Table, in_list, inserts
from desktop.kit.grid.literals import literal, quote_name, quote_path
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText
from tests.desktop.kit.cells import bad_texts, texts

TEXT, NUMBER = Column("t", "text", "text"), Column("n", "numeric", "number")
int64 = st.integers(-(2**63), 2**63 - 1)
# psycopg and pymysql cannot connect per example: few examples, one connection for all of them.
real = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def same(one, other) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isnan(one) and math.isnan(other) or (one == other and str(one) == str(other))
    return type(one) is type(other) and one == other


@pytest.fixture(scope="module")
def sqlite():
    connection = sqlite3.connect(":memory:")
    yield connection
    connection.close()


@given(st.one_of(st.none(), texts, int64, st.floats(allow_nan=False), st.binary(max_size=20)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sqlite_reads_every_value_back(sqlite, cell):
    (got,) = sqlite.execute(f"select {literal(cell, TEXT, 'sqlite')}").fetchone()
    assert same(got, cell)


@given(bad_texts)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sqlite_reads_bad_text_back(sqlite, cell: BadText):
    got = sqlite.execute(
        f"select typeof({literal(cell, TEXT, 'sqlite')}), hex({literal(cell, TEXT, 'sqlite')})"
    )
    assert got.fetchone() == ("text", cell.raw.hex().upper())


@pytest.fixture(scope="module")
def postgres(pg_url):
    with psycopg.connect(pg_url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        yield connection


@given(
    st.one_of(
        st.none(), texts.filter(lambda text: "\0" not in text), int64, st.floats(), st.binary(max_size=9)
    )
)
@real
def test_postgresql_reads_every_value_back(postgres, cell):
    sql = literal(cell, TEXT, "postgresql")
    sql = (
        f"({sql})::float8" if isinstance(cell, float) else f"({sql})::text" if isinstance(cell, str) else sql
    )
    (got,) = postgres.execute(f"select {sql}").fetchone()
    assert same(got, cell)


@pytest.mark.parametrize(
    "number", ["184.20", "-0.000000000000000000001", "1e400", "123456789012345678901234567890"]
)
def test_postgresql_reads_numbers_sent_as_text_back(postgres, number):
    (got,) = postgres.execute(f"select ({literal(number, NUMBER, 'postgresql')})::numeric::text").fetchone()
    assert got == number if "e" not in number else got == "1" + "0" * 400


@pytest.fixture(scope="module")
def mariadb(mariadb_url):
    url = make_url(mariadb_url)
    options = {"unix_socket": url.query["unix_socket"]} if "unix_socket" in url.query else {}
    connection = pymysql.connect(
        host=url.host or "localhost",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        charset="utf8mb4",
        **options,
    )
    yield connection
    connection.close()


@given(
    st.one_of(
        st.none(), texts, int64, st.floats(allow_nan=False, allow_infinity=False), st.binary(max_size=9)
    )
)
@real
def test_mariadb_reads_every_value_back(mariadb, cell):
    with mariadb.cursor() as cursor:
        cursor.execute(f"select {literal(cell, TEXT, 'mariadb')}".replace("%", "%%"), ())
        (got,) = cursor.fetchone()
    if isinstance(cell, float) and cell == 0:
        # MariaDB has no negative zero in an expression.
        assert got == 0
    else:
        assert same(got, cell)


@pytest.fixture(scope="module")
def duck():
    with duckdb.connect() as connection:
        yield connection


@given(st.one_of(st.none(), texts, int64, st.floats(), st.binary(max_size=9)))
@real
def test_duckdb_reads_every_value_back(duck, cell):
    sql = literal(cell, TEXT, "duckdb")
    sql = f"({sql})::DOUBLE" if isinstance(cell, float) else sql
    (got,) = duck.execute(f"select {sql}").fetchone()
    assert same(got, cell)


# --- statements ------------------------------------------------------------------------------------


def test_a_copied_insert_makes_the_same_rows(sqlite):
    columns = [Column('odd "name"', "", "text"), NUMBER, Column("b", "blob", "binary")]
    rows = [("a'b\\c", 1, b"\0\xff"), (None, 2**63 - 1, None), ("nul\0nul", 1.5, b""), ("", -0.0, b"x")]
    sqlite.execute("drop table if exists target")
    sqlite.execute('create table target("odd ""name""", n, b)')
    sqlite.executescript(inserts(Table(columns, rows * 200, ("main", "target"), "sqlite")))
    got = sqlite.execute("select * from target").fetchall()
    assert len(got) == 800
    assert all(
        same(one, other)
        for row, want in zip(got, rows * 200, strict=True)
        for one, other in zip(row, want, strict=True)
    )


def test_names_are_quoted_as_the_engine_wants():
    assert quote_name('a"b', "postgresql") == '"a""b"'
    assert quote_name("a`b", "mariadb") == "`a``b`"
    assert quote_path(("s", "t"), "mysql") == "`s`.`t`"


def test_an_insert_needs_the_same_columns_of_every_row():
    with pytest.raises(ValueError, match="same columns"):
        inserts(Table([TEXT, NUMBER], [("a", HOLE)]))


def test_an_in_list_holds_each_value_once_and_no_null():
    table = Table([TEXT], [("b",), ("a",), (None,), ("b",), (1,), (True,)], dialect="postgresql")
    assert in_list(table) == "('b', 'a', 1, TRUE)"
    pairs = Table([TEXT, NUMBER], [("a", 1), ("a", 1), (None, 2), ("b", "2.50")], dialect="postgresql")
    assert in_list(pairs) == "(('a', 1), ('b', 2.50))"
    with pytest.raises(ValueError, match="IS NULL"):
        in_list(Table([TEXT], [(None,)]))
