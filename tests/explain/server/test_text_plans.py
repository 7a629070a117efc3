"""Plans as psql prints them by default say the same as those in JSON, on a real server."""

from __future__ import annotations

import msgspec
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.explain.parsers import read
from embedded_server.explain.parsers.postgresql_text import recognises
from embedded_server.wire.explain import PLAN, PlanRequest
from embedded_server.wire.problem import ProblemError
from tests.explain.server.conftest import Desk

STATEMENTS = [
    "SELECT * FROM orders WHERE status = 'open' ORDER BY at DESC LIMIT 5",
    "SELECT o.id FROM orders AS o JOIN heads h ON h.id = o.head WHERE h.id < 50 AND o.status <> 'open'",
    "SELECT status, count(*) FROM orders GROUP BY status HAVING count(*) > (SELECT min(id) FROM heads)",
    "WITH big AS MATERIALIZED (SELECT * FROM orders WHERE id > 10) SELECT * FROM big a JOIN big b USING (id)",
    "SELECT * FROM heads WHERE id IN (SELECT head FROM orders WHERE at = 3)",
    "SELECT (SELECT count(*) FROM orders o WHERE o.head = h.id) FROM heads h WHERE h.id <= 5",
    "SELECT * FROM orders ORDER BY status, at DESC",
    'SELECT * FROM "Odd Name" AS "x y" WHERE a = 1',
    "SELECT * FROM generate_series(1, 5) AS g(n) LEFT JOIN heads ON heads.id = n",
    "SELECT 1 WHERE false",
]


@pytest.fixture
def filled(postgres: Desk) -> Desk:
    postgres.run(
        "CREATE TABLE heads (id integer PRIMARY KEY)",
        "CREATE TABLE orders (id integer PRIMARY KEY, head integer, status text, at integer)",
        'CREATE TABLE "Odd Name" (a integer)',
        "INSERT INTO heads SELECT n FROM {numbers} WHERE n <= 500",
        "INSERT INTO orders SELECT n, n % 500, CASE n % 50 WHEN 0 THEN 'open' ELSE 'done' END, n % 97"
        " FROM {numbers} WHERE n <= 20000",
        "CREATE INDEX ix_at ON orders (at)",
        "ANALYZE",
    )
    return postgres


def test_text_says_what_json_says(filled: Desk) -> None:
    with psycopg.connect(filled.url.replace("+psycopg", ""), autocommit=True) as other:
        for sql in STATEMENTS:
            for options in ("COSTS", "ANALYZE, TIMING OFF", "ANALYZE, BUFFERS, VERBOSE"):
                text = "\n".join(row[0] for row in other.execute(f"EXPLAIN ({options}) {sql}".encode()))
                json = other.execute(f"EXPLAIN ({options}, FORMAT JSON) {sql}".encode()).fetchone()[0]
                one, two = read(text), read(json)
                assert one.format == "postgresql text" and one.measured == two.measured
                for a, b in zip(one.nodes, two.nodes, strict=True):
                    same = ("depth", "kind", "relation", "alias", "index", "rows", "removed", "loops", "cost")
                    for name in same:
                        assert (getattr(a, name) or 0) == (getattr(b, name) or 0), (name, a, b, text)
                assert (one.execution_ms is None) == (two.execution_ms is None)


def test_a_pasted_text_is_judged(filled: Desk) -> None:
    text = """                                  QUERY PLAN
---------------------------------------------------------------------------------
 Limit  (cost=4370.09..4370.14 rows=20 width=18) (actual time=285.1..285.2 rows=20 loops=1)
   ->  Sort  (cost=4370.09..4375.62 rows=2215 width=18) (actual time=285.1..285.1 rows=20 loops=1)
         Sort Key: created_at DESC
         Sort Method: external merge  Disk: 5120kB
         ->  Seq Scan on orders  (cost=0.0..4311 rows=2215 width=18) (actual time=1..264 rows=2215 loops=1)
               Filter: (status = 'open'::text)
               Rows Removed by Filter: 101902
 Planning Time: 0.2 ms
 Execution Time: 285.4 ms
(9 rows)
"""
    sql = "SELECT * FROM orders WHERE status = 'open' ORDER BY created_at DESC LIMIT 20"
    answer = filled.call(PLAN, PlanRequest(plan=text, sql=sql))
    assert answer.plan.execution_ms == 285.4 and [one.depth for one in answer.plan.nodes] == [0, 1, 2]
    assert {one.rule for one in answer.findings} >= {"filtered_scan"}
    assert msgspec.json.encode(answer)


LINES = st.sampled_from(
    [
        " Limit  (cost=0.1..2.0 rows=5 width=4)",
        "   ->  Seq Scan on t  (cost=0.0..1.0 rows=5 width=4) (actual rows=3 loops=2)",
        "  CTE x",
        "  InitPlan 1 (returns $0)",
        "     Filter: (a > $0)",
        "   ->  CTE Scan on x y  (cost=0..1 rows=1 width=1) (never executed)",
        " Execution Time: nothing",
        "Sort Method: odd",
    ]
)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(LINES, max_size=9))
def test_no_order_of_lines_breaks_it(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        plan = read(text, "postgresql")
    except ProblemError as error:
        assert error.problem.code == "explain.unreadable" and not recognises(text)
        return
    assert plan.nodes
