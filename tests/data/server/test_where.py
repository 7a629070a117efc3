"""Hand-written conditions stay one condition, and mistakes are shown in the text that was written."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.data.where import check
from embedded_server.wire.data import COUNT, CountRequest, Filter
from embedded_server.wire.problem import ProblemError

DIALECTS = ["sqlite", "postgres", "mysql", "duckdb", ""]

GOOD = [
    "id > 5",
    "1=1 -- a comment",
    "a = 'it''s; fine)'",
    "a in (select b from c where d = (1))",
    "exists (select 1 from t)",
    "not (a is null or b between 1 and 2)",
    "case when a then b else c end",
    "/* why */ a = 1",
    "a = 1\n-- )\nand b = 2",
]
BAD = {
    "1=1); DROP TABLE t": 3,
    "1=1) OR (1=1": 3,
    "(a": 0,
    "a = 'abc": 4,
    "a /* x": 2,
    "a = 1 /*! ) or 1 */": 6,
    "a = 1 /*+ hint */": 6,
    "a /* /* */ */ = 1": 2,
    "a; b": 1,
    "SELECT 1": 0,
    "DELETE FROM t": 0,
    "-- nothing": 0,
    " ": 0,
    "a = '\0'": 5,
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", GOOD)
def test_conditions_pass(text, dialect):
    assert check(text, dialect).text == text


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", BAD)
def test_what_is_no_condition_is_refused(text, dialect):
    with pytest.raises(ProblemError) as caught:
        check(text, dialect)
    assert (caught.value.problem.code, caught.value.problem.position) == ("data.bad_where", BAD[text])


DIALECT_GOOD = [
    ("sqlite", "`a)` = [b)] and \"c)\" = x'00'"),
    ("postgres", "a @> '{1}' and b ? 'k' and c::int = 5 and d ~ E'\\')'"),
    ("postgres", "a = $q$ ) ; $q$ and x$1$y = ')'"),
    ("mysql", '`a)` = ")" and b = 5 # ) comment'),
    ("duckdb", "a = $$ ; $$ and b[1] = 2 and c = E'\\''"),
]
DIALECT_BAD = [
    ("sqlite", "a = ?"),
    ("sqlite", "a = :name"),
    ("sqlite", "a = @name"),
    ("postgres", "a = $1"),
    ("postgres", "x$q$ ) ; drop table t -- $q$"),
    ("postgres", "a = E'x' 'y\\' ) ; -- '"),
    ("mysql", "a = 'x\\' or 1=1) -- '"),
    ("duckdb", "a = ?"),
    ("", "a = [b"),
    ("", "a # (\n) union select 1"),
]


@pytest.mark.parametrize(("dialect", "text"), DIALECT_GOOD)
def test_each_dialect_may_quote_its_way(dialect, text):
    assert check(text, dialect).text == text


@pytest.mark.parametrize(("dialect", "text"), DIALECT_BAD)
def test_each_dialect_is_guarded_its_way(dialect, text):
    with pytest.raises(ProblemError) as caught:
        check(text, dialect)
    assert caught.value.problem.code == "data.bad_where"


@pytest.fixture(scope="module")
def numbers(sqlite_file) -> str:
    rows = [(i, f"w{i % 5}", i % 7) for i in range(50)]
    table = "create table t(id integer primary key, word text, `a)b` int)"
    return sqlite_file(table, rows, "insert into t values(?, ?, ?)")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("id < 10", 10),
        ("id < 10 or id > 40", 19),
        ("word in (select 'w1') -- and false", 10),
        ("`a)b` = 1 and [a)b] = 1", 7),
        ("(select count(*) from t) = 50", 50),
    ],
)
def test_conditions_filter_and_never_swallow_the_rest(house, numbers, text, count):
    assert house.call(COUNT, CountRequest(connection=numbers, table="t", where=text)).count == count
    page = house.page(numbers, "t", where=text, limit=5)
    assert len(page.rows) == 5
    assert len(house.rows_of_sql(numbers, page.shown_sql)) == count


MISTAKES = [
    ("id >", 4),
    ("id = 1 and wrod = 2", 11),
    ("id = 1 limit 5", 7),
    ("id == == 1", 6),
    ("id = 1 order by id", 7),
    ("nosuch(id)", 0),
]


@pytest.mark.parametrize(("text", "position"), MISTAKES)
def test_the_databases_objection_points_into_the_text(house, numbers, text, position):
    filters = [Filter("word", "=", "w1")]
    with pytest.raises(ProblemError) as caught:
        house.page(numbers, "t", where=text, filters=filters)
    found = caught.value.problem
    assert found.code == "data.bad_where"
    assert found.detail
    assert found.position == position


def test_a_condition_is_not_blamed_for_a_broken_view(house, sqlite_file):
    url = sqlite_file("create table x(a); create view v as select * from x; drop table x;")
    with pytest.raises(ProblemError) as caught:
        house.page(url, "v", where="a = 1")
    assert caught.value.problem.code not in ("data.bad_where", "data.bad_filter")


PIECES = st.sampled_from(
    [
        "id",
        " ",
        "1",
        "=",
        "(",
        ")",
        "'",
        '"',
        "`",
        "[",
        "]",
        ";",
        "--",
        "/*",
        "*/",
        "\n",
        "or",
        "?",
        ":a",
        "\\",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.lists(PIECES, max_size=9).map("".join))
def test_nothing_that_passes_escapes_its_parentheses(text):
    """Whatever passes: SQLite reads the text behind it as its own, never as part of the condition."""
    try:
        check(text, "sqlite")
    except ProblemError:
        return
    connection = sqlite3.connect(":memory:")
    connection.execute("create table t(id)")
    sql = f"SELECT 'behind' FROM t WHERE (\n{text}\n) AND 1 = 2 UNION ALL SELECT 'seen'"
    try:
        assert connection.execute(sql).fetchall() == [("seen",)]
    except sqlite3.Error:
        pass
    finally:
        connection.close()
