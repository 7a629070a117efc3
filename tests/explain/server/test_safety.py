"""Explaining changes nothing: tables, sequences and what a second session sees are equal before and after."""

from __future__ import annotations

import pytest

from embedded_server.wire.problem import ProblemError
from tests.explain.server.conftest import Desk

COMMON = [
    "UPDATE t SET v = 'changed'",
    "DELETE FROM t",
    "INSERT INTO t (v) VALUES ('new')",
    "DROP TABLE t",
    "CREATE TABLE made (x integer)",
    "CREATE INDEX made ON t (v)",
    "/* harmless */ UPDATE t SET v = 'changed'",
    "-- SELECT 1\nDELETE FROM t",
    "SELECT 1; DELETE FROM t",
    "SELECT 1;; DROP TABLE t; --",
    "SELECT 1 /* ; */; UPDATE t SET v = ''",
    "; DELETE FROM t",
    "((DELETE FROM t))",
    "EXPLAIN DELETE FROM t",
    "BEGIN; DELETE FROM t; COMMIT",
    "COMMIT",
]
POSTGRES = [
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
    "WITH a AS (SELECT 1), b AS MATERIALIZED (INSERT INTO t (v) VALUES ('x') RETURNING id) SELECT * FROM b",
    "SELECT nextval('s')",
    "SELECT setval('s', 900)",
    "SELECT touch()",
    "SELECT liar()",
    "SELECT * FROM hidden",
    "SELECT * FROM t WHERE v = touch()::text",
    "SELECT lo_create(4711)",
    "SELECT * FROM t FOR UPDATE",
    "SELECT * INTO made FROM t",
    "CREATE TABLE made AS SELECT * FROM t",
    "EXPLAIN (ANALYZE) DELETE FROM t",
    "EXPLAIN ANALYZE DELETE FROM t",
    "ANALYZE t",
    "VACUUM t",
    "DO $$ BEGIN DELETE FROM t; END $$",
    "CALL wipe()",
    "COPY t FROM STDIN",
    "COPY (DELETE FROM t RETURNING *) TO STDOUT",
    "MERGE INTO t USING t AS o ON t.id = o.id WHEN MATCHED THEN DELETE",
    "SELECT set_config('default_transaction_read_only', 'off', false)",
    "SET default_transaction_read_only = off",
    "SET TRANSACTION READ WRITE",
    "PREPARE p AS DELETE FROM t",
    "DECLARE c CURSOR FOR SELECT touch()",
    "SELECT 1 $$ $$; DELETE FROM t",
    "SELECT '\\'; DELETE FROM t; --'",
    "SELECT pg_notify('x', 'y'), touch()",
    "VALUES (touch())",
    "TABLE hidden",
]
SQLITE = [
    "WITH x AS (SELECT 1) DELETE FROM t",
    "WITH x AS (SELECT 1) INSERT INTO t (v) SELECT 'x' FROM x",
    "REPLACE INTO t (id, v) VALUES (1, 'x')",
    "PRAGMA user_version = 7",
    "PRAGMA query_only = OFF",
    "PRAGMA writable_schema = ON",
    "EXPLAIN QUERY PLAN DELETE FROM t",
    "VACUUM",
    "REINDEX",
    "ANALYZE",
    "ATTACH ':memory:' AS other",
    "INSERT INTO t (v) VALUES ('x') RETURNING id",
    "SELECT writefile('/tmp/never', 'x')",
    "SELECT load_extension('x')",
    "SELECT * FROM t WHERE v = 'a;b' ; UPDATE t SET v = 'x'",
]
POSTGRES_SETUP = (
    "CREATE TABLE t (id serial PRIMARY KEY, v text)",
    "INSERT INTO t (v) SELECT 'v' || n FROM generate_series(1, 50) AS g(n)",
    "CREATE SEQUENCE s",
    "SELECT nextval('s')",
    "CREATE FUNCTION touch() RETURNS bigint LANGUAGE plpgsql AS "
    "$$ BEGIN UPDATE t SET v = 'touched'; RETURN nextval('s'); END $$",
    # It lies about itself, and the planner believes it: it runs while the plan is made.
    "CREATE FUNCTION liar() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS "
    "$$ BEGIN PERFORM nextval('s'); RETURN 1; END $$",
    "CREATE VIEW hidden AS SELECT touch() AS x",
    "CREATE PROCEDURE wipe() LANGUAGE sql AS 'DELETE FROM t'",
)


def state(desk: Desk) -> list:
    """What a second session sees."""
    if desk.engine == "sqlite":
        return [
            desk.run("SELECT name, sql FROM sqlite_schema ORDER BY name"),
            desk.run("SELECT * FROM t ORDER BY id"),
            desk.run("SELECT * FROM sqlite_sequence"),
            desk.run("PRAGMA user_version"),
        ]
    return [
        desk.run(
            "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
        ),
        desk.run("SELECT md5(string_agg(t::text, ',' ORDER BY id)), count(*) FROM t"),
        desk.run("SELECT schemaname, sequencename, last_value FROM pg_sequences ORDER BY 2"),
        desk.run("SELECT count(*) FROM pg_largeobject_metadata"),
        desk.run("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass"),
        desk.run("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 't'"),
    ]


@pytest.fixture
def guarded(desk: Desk) -> Desk:
    if desk.engine == "sqlite":
        desk.run(
            "CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT, v text)",
            "INSERT INTO t (v) SELECT 'v' || n FROM {numbers} WHERE n <= 50",
        )
    else:
        desk.run(*POSTGRES_SETUP)
    return desk


@pytest.mark.parametrize("analyze", [False, True])
def test_no_statement_writes(guarded: Desk, analyze: bool) -> None:
    statements = COMMON + (SQLITE if guarded.engine == "sqlite" else POSTGRES)
    before = state(guarded)
    for sql in statements:
        try:
            answer = guarded.explain(sql, analyze=analyze)
        except ProblemError as error:
            allowed = ("explain.writes", "explain.several", "sql.error", "sql.read_only", "data.unsupported")
            assert error.problem.code in allowed, (sql, error.problem)
        else:
            assert not answer.plan.measured, sql
        assert state(guarded) == before, sql
    # The sessions are as good as before: reading is still explained, and still cannot write.
    assert guarded.explain("SELECT * FROM t WHERE id = 3", analyze=True).plan.measured
    assert state(guarded) == before


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT 1; SELECT 2", "explain.several"),
        ("", "explain.several"),
        ("-- nothing", "explain.several"),
        ("EXPLAIN SELECT 1", "explain.several"),
        ("SELECT * FROM no_such", "sql.error"),
        ("SELEC 1", "sql.error"),
    ],
)
def test_what_is_no_statement(guarded: Desk, sql: str, code: str) -> None:
    assert guarded.refused(sql).code == code
    assert guarded.refused(sql, analyze=True).code == code


def test_a_volatile_function_is_named(postgres: Desk) -> None:
    postgres.run(*POSTGRES_SETUP)
    for sql in ("SELECT touch()", "SELECT * FROM hidden"):
        found = postgres.refused(sql, analyze=True)
        assert found.code == "explain.writes" and "touch()" in found.detail and found.hint
    # Its plan is still to be had.
    assert postgres.explain("SELECT * FROM hidden").plan.nodes


def test_stable_functions_of_the_users_are_run(postgres: Desk) -> None:
    postgres.run(
        "CREATE FUNCTION twice(n integer) RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT n * 2'",
        "CREATE FUNCTION slow_twice(n integer) RETURNS integer STABLE LANGUAGE plpgsql AS "
        "$$ BEGIN RETURN n * 2; END $$",
    )
    assert postgres.explain("SELECT slow_twice(twice(2)), now(), random()", analyze=True).plan.measured


def test_the_error_points_into_the_given_text(postgres: Desk) -> None:
    sql = "SELECT 1 +\n  no_such_column"
    found = postgres.refused(sql)
    assert found.position == sql.index("no_such_column")


def test_time_is_limited(desk: Desk) -> None:
    if desk.engine == "sqlite":
        endless = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c"
        found = desk.refused(endless, analyze=True, timeout=0.3)
    else:
        found = desk.refused(
            "SELECT count(*) FROM generate_series(1, 1000000000) a", analyze=True, timeout=0.3
        )
    assert found.code == "job.timeout" and "0.3 s" in found.detail


def test_the_plan_follows_a_schema_that_others_change(lite: Desk) -> None:
    """The session stays open in between; SQLite alone would answer by the schema it saw last."""
    lite.run("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    for analyze in (True, False):
        assert lite.explain("SELECT * FROM t WHERE v = 'x'", analyze=analyze).plan.nodes[0].operator == "Scan"
    lite.run("CREATE INDEX made ON t (v)")
    for analyze in (True, False):
        assert lite.explain("SELECT * FROM t WHERE v = 'x'", analyze=analyze).plan.nodes[0].index == "made"
