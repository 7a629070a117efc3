"""Statements that differ in values, spaces, case and comments have one fingerprint; others have not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.fingerprint import fingerprint

SAME = [
    ("", "SELECT * FROM t WHERE a = 1 AND b IN (1, 2)", "select *\nfrom T where a=?and b in(?,?,?) -- x"),
    ("", "select 'it''s', -1 from t;", "SELECT 'a', 5 FROM t"),
    ("", "select a-1 from t", "select a - 22 from t"),
    ("", "insert into t (a, b) values (1, 2)", "INSERT INTO t(a,b) VALUES (:a, :b), (:c, :d)"),
    ("postgresql", "select E'it\\'s' , $1::int from t", "select 'x', %(p)s::int from t"),
    ("postgresql", "select a #> '{b}' from t where x = 1", "select a #> '{c}' from t where x = 2"),
    ("mysql", 'select "x" from t # tail', "select 'y' from t"),
    ("sqlite", "savepoint sa_savepoint_1", "SAVEPOINT sa_savepoint_22"),
    ("", "select count(*) from t", "select COUNT (*) from t"),
    ("postgresql", "select $$a$$, $x$b$x$", "select 'a', 'b'"),
]
DIFFERENT = [
    ("", "select a from t", "select b from t"),
    ("", 'select "A" from t', 'select "a" from t'),
    ("", "select a from t where b = 1", "select a from t where b > 1"),
    ("", "select a from t where b is null", "select a from t where b = 1"),
    ("", "select a from t order by a", "select a from t order by a desc"),
    ("sqlite", 'select "x" from t', 'select "y" from t'),
    ("", "select -a from t", "select a from t"),
]


@pytest.mark.parametrize(("dialect", "one", "other"), SAME)
def test_equal(dialect: str, one: str, other: str) -> None:
    assert fingerprint(one, dialect) == fingerprint(other, dialect)


@pytest.mark.parametrize(("dialect", "one", "other"), DIFFERENT)
def test_different(dialect: str, one: str, other: str) -> None:
    assert fingerprint(one, dialect).hash != fingerprint(other, dialect).hash


def test_no_value_stays_in_the_text() -> None:
    text = fingerprint("select * from u where name = 'secret' and id in (41, 42) limit 43").text
    assert text == "SELECT * FROM u WHERE name = ? AND id IN (...) LIMIT ?"


@pytest.mark.parametrize(
    "sql", ["", ";", "'", "((((" * 500, "select '" + "x" * 200_000, "\x00", "é ü 漢", "/* open"]
)
def test_anything_has_one(sql: str) -> None:
    assert re.fullmatch("[0-9a-f]{16}", fingerprint(sql).hash)


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=40), st.text("ab'\\ %?:-", max_size=12))
def test_values_never_matter(numbers: list[int], text: str) -> None:
    quoted = text.replace("'", "''").replace("\\", "")
    sql = f"select a, {numbers[0]} from t where b = '{quoted}' and c in ({', '.join(map(str, numbers))})"
    assert fingerprint(sql, "sqlite") == fingerprint(
        "select a, 1 from t where b = 'x' and c in (1)", "sqlite"
    )
