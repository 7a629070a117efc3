"""Values in whatever shape a capture or a person brings them are the real values of the plan."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.explain.params import literal, values_of, written
from embedded_server.wire.explain import ADVISE, AdviseRequest
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.sql.dialect import dialect
from tests.explain.server.conftest import Desk

PG, LITE, MY = dialect("postgresql"), dialect("sqlite"), dialect("mysql")


@pytest.mark.parametrize(
    ("spoken", "sql", "params", "expected"),
    [
        (
            PG,
            "SELECT * FROM t WHERE a = %(a_1)s::VARCHAR LIMIT %(p)s",
            {"a_1": "x", "p": 3},
            "= 'x'::VARCHAR LIMIT 3",
        ),
        (PG, "SELECT * FROM t WHERE a = %s AND b LIKE 'x%%'", ["it's"], "= 'it''s' AND b LIKE 'x%'"),
        (PG, "SELECT a %% 2, %s", [1], "a % 2, 1"),
        (PG, "SELECT * FROM t WHERE id = ANY(%(ids)s)", {"ids": [1, 2, 3]}, "ANY( '{1,2,3}')"),
        (PG, "SELECT * FROM t WHERE a = :a OR a = :a", {"a": None}, "a = NULL OR a = NULL"),
        (PG, "SELECT $2, $1", {"1": 1, "2": 2.5}, "SELECT 2.5, 1"),
        (PG, "SELECT '%s', '%(x)s' FROM t WHERE a ? 'k'", None, "'%s', '%(x)s' FROM t WHERE a ? 'k'"),
        (LITE, "SELECT * FROM t WHERE a = ? AND b = ?", [True, {"$bytes": "AAE="}], "= TRUE AND b = X'0001'"),
        (LITE, "SELECT * FROM t WHERE a = :a AND b = @b", {"a": 1, "b": "y"}, "a = 1 AND b = 'y'"),
        (LITE, "SELECT ?2, ?1", {"1": 1, "2": 2}, "SELECT 2, 1"),
        (LITE, "SELECT 7 %2, '%s' FROM t WHERE a = ?", [5], "7 %2, '%s' FROM t WHERE a = 5"),
        (MY, "SELECT * FROM t WHERE a = %s AND b LIKE '50%%'", ["x"], "a =  'x' AND b LIKE '50%'"),
    ],
)
def test_shapes(spoken, sql, params, expected) -> None:
    shown = written(values_of(sql, params, spoken), spoken)
    assert shown.replace("  ", " ").endswith(expected.replace("  ", " ")), shown


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("SELECT %s", "text"),
        ("SELECT %s", 5),
        ("SELECT %s, %s", [1]),
        ("SELECT %s", [1, 2]),
        ("SELECT %(a)s", {"b": 1}),
        ("SELECT %(a)s", [1]),
        ("SELECT :a", [1, 2]),
        ("SELECT :a", [{"a": 1, "b": 2}]),
    ],
)
def test_values_that_do_not_fit(sql, params) -> None:
    with pytest.raises(ProblemError) as caught:
        values_of(sql, params, PG)
    assert caught.value.problem.code == "sql.params" and caught.value.problem.detail


def test_a_missing_value_is_named(desk: Desk) -> None:
    assert "a" in desk.refused("SELECT :a").detail


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=20)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(texts | st.integers() | st.none(), min_size=1, max_size=4))
def test_what_is_written_reads_back(values) -> None:
    """The written statement holds every value as its literal, in order."""
    marks = ", ".join(["%s"] * len(values))
    shown = written(values_of(f"SELECT {marks}", values, PG), PG)
    assert shown.replace(" ", "") == ("SELECT " + ", ".join(map(literal, values))).replace(" ", "")


@pytest.mark.parametrize("analyze", [False, True])
@pytest.mark.parametrize(
    ("sql", "params"),
    [
        (
            "SELECT * FROM t WHERE v = %(v)s::VARCHAR AND v LIKE '%%k%%' LIMIT %(n)s::INTEGER",
            {"v": "rare", "n": 5},
        ),
        ("SELECT * FROM t WHERE v = %s", ["rare"]),
        ("SELECT * FROM t WHERE v = ANY(%(v)s)", {"v": ["rare"]}),
        ("SELECT * FROM t WHERE v = :v", {"v": "rare"}),
        ("SELECT * FROM t WHERE v = $1", ["rare"]),
    ],
)
def test_the_plan_is_the_one_of_these_values(postgres: Desk, sql, params, analyze) -> None:
    """Of a common value the whole table is read, of a rare one the index: only real values show it."""
    postgres.run(
        "CREATE TABLE t (id integer, v text)",
        "INSERT INTO t SELECT n, CASE n WHEN 77 THEN 'rare' ELSE 'k common' END FROM {numbers}",
        "CREATE INDEX iv ON t (v)",
        "ANALYZE t",
    )
    answer = postgres.explain(sql, params, analyze=analyze)
    assert any(node.index == "iv" for node in answer.plan.nodes), answer.plan
    assert "rare" in answer.sql
    common = postgres.explain(
        sql.replace("LIMIT %(n)s::INTEGER", ""),
        {k: ["k common"] if isinstance(v, list) else "k common" for k, v in params.items() if k != "n"}
        if isinstance(params, dict)
        else ["k common"],
        analyze=analyze,
    )
    assert [node.operator for node in common.plan.nodes] == ["Seq Scan"]


def test_sqlite_takes_both_shapes(lite: Desk) -> None:
    lite.run("CREATE TABLE t (id integer PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
    for sql, params in (("SELECT * FROM t WHERE v = ?", ["b"]), ("SELECT * FROM t WHERE v = :v", {"v": "b"})):
        (node,) = lite.explain(sql, params, analyze=True).plan.nodes
        assert (node.rows, node.removed, node.relation) == (1, 1, "t")


def test_a_statement_without_its_values_gets_a_generic_plan(postgres: Desk) -> None:
    """As pg_stat_statements shows them."""
    postgres.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v text)",
        "INSERT INTO t SELECT n, 'x' || n FROM {numbers} WHERE n <= 5000",
        "ANALYZE t",
    )
    answer = postgres.explain("SELECT * FROM t WHERE v = $1 ORDER BY id LIMIT $2")
    assert any(node.relation == "t" for node in answer.plan.nodes)
    assert "generic plan" in answer.plan.notes[-1]
    assert postgres.refused("SELECT * FROM t WHERE v = $1", analyze=True).code == "sql.params"
    assert postgres.explain("DELETE FROM t WHERE id = $1").plan.nodes[0].operator == "Delete"
    assert postgres.refused("SELECT * FROM nothing WHERE v = $1").code == "sql.error"
    advice = postgres.call(ADVISE, AdviseRequest(connection=postgres.url, sql="SELECT * FROM t WHERE v = $1"))
    assert advice.suggestions[0].columns == ["v"] and advice.suggestions[0].stage == "candidate"
    assert postgres.run("SELECT count(*) FROM t") == [(5000,)]
    # Nothing stays in the session that is used again.
    assert postgres.explain("SELECT count(*) FROM pg_prepared_statements", analyze=True).plan.rows == 1


def test_mariadb_takes_its_drivers_placeholders(services, mariadb_database: str) -> None:
    desk = Desk(services, mariadb_database, "mariadb")
    answer = desk.explain("SELECT %s AS a, '50%%' AS b", ["x"])
    assert "'x'" in answer.sql and "'50%'" in answer.sql and answer.plan.text


@pytest.mark.parametrize("analyze", [False, True])
def test_values_whose_type_nobody_can_tell_are_written_in(postgres: Desk, analyze: bool) -> None:
    """A driver that writes values into the text needs no types: what it ran is explained as it ran it."""
    postgres.run("CREATE TABLE t (v text)")
    sql = "SELECT %(a)s AS a, count(*) FROM t WHERE %(b)s IS NULL OR v = %(c)s GROUP BY 1"
    found = postgres.explain(sql, {"a": "it's; DROP TABLE t --", "b": None, "c": "x"}, analyze=analyze)
    assert found.plan.nodes and found.plan.measured is analyze
    assert "NULL IS NULL" in found.sql and "'it''s; DROP TABLE t --'" in found.sql
