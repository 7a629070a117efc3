"""Advice: candidates from the text, the planner's word, and what was measured, never mixed up."""

from __future__ import annotations

import sqlite3
import threading

import psycopg
import pytest

from embedded_server.engines.registry import engines
from embedded_server.explain.candidates import create, index_name
from embedded_server.explain.verdicts import verdict
from embedded_server.store.profiles import Profile
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.explain import (
    ADVISE,
    COMPARE,
    TRIAL,
    TRIALS,
    AdviseRequest,
    AdviseResponse,
    CompareRequest,
    IndexColumns,
    TrialRequest,
    TrialResponse,
)
from embedded_server.wire.problem import Problem, ProblemError
from tests.explain.server.conftest import Copied, Desk

ORDERS = (
    "CREATE TABLE customers (id integer PRIMARY KEY, name text, country text)",
    "CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer REFERENCES customers (id),"
    " status text, created_at integer, total integer)",
    "INSERT INTO customers SELECT n, 'n' || n, 'c' || (n % 20) FROM {numbers} WHERE n <= 5000",
    "INSERT INTO orders SELECT n, n % 5000 + 1, CASE WHEN n % 50 = 0 THEN 'open' ELSE 'done' END, "
    "n * 79 % 100003, n FROM {numbers} WHERE n <= 60000",
    "ANALYZE",
)
SLOW = "SELECT * FROM orders WHERE status = 'open' ORDER BY created_at DESC LIMIT 20"
JOIN = "SELECT c.name, total FROM customers AS c JOIN orders ON customer_id = c.id WHERE c.id = 7"


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, copied: Copied) -> Desk:
    return copied(request.param, *ORDERS)


def advise(desk: Desk, sql: str, **fields) -> AdviseResponse:
    return desk.call(ADVISE, AdviseRequest(connection=desk.url, sql=sql, **fields))


def attempt(desk: Desk, sql: str, table: str, columns: list[str], **fields) -> TrialResponse:
    request = TrialRequest(connection=desk.url, sql=sql, table=table, columns=columns, **fields)
    return desk.call(TRIAL, request)


def refused(work, *args, **fields) -> Problem:
    with pytest.raises(ProblemError) as caught:
        work(*args, **fields)
    return caught.value.problem


def indexes(desk: Desk) -> list:
    if desk.engine == "sqlite":
        return desk.run("SELECT name FROM sqlite_schema WHERE type = 'index'")
    return desk.run(
        "SELECT relname FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace"
    ) + desk.run("SELECT extname FROM pg_extension WHERE extname = 'hypopg'")


def test_the_planner_is_asked_and_nothing_is_made(shop: Desk) -> None:
    before = indexes(shop)
    answer = advise(shop, SLOW)
    assert answer.what_if == ("clone" if shop.engine == "sqlite" else "hypopg"), answer.notes
    best, *others = answer.suggestions
    assert best.columns == ["status", "created_at"] and best.stage == "planner"
    assert best.recommended and best.uses
    assert best.ddl == "CREATE INDEX ix_orders_status_created_at ON orders (status, created_at)"
    assert best.operation["op"] == "create_index" and best.operation["columns"] == best.columns
    assert not any(other.recommended for other in others) and best.before_ms is None
    assert any(node.index == best.name for node in best.plan.nodes)
    if shop.engine == "postgresql":
        assert best.cost_after < best.cost_before / 10 and best.bytes > 1000 and best.bytes_at_most
    assert indexes(shop) == before
    assert not any(node.index for node in answer.plan.nodes)


def test_a_join_gets_the_column_it_is_joined_by(shop: Desk) -> None:
    """The columns stand without their tables: only one table has each."""
    best = advise(shop, JOIN).suggestions[0]
    assert (best.table, best.columns, best.recommended) == ("orders", ["customer_id"], True)


def test_values_are_those_of_the_statement(shop: Desk) -> None:
    answer = advise(shop, SLOW.replace("'open'", ":s"), params={"s": "open"})
    assert answer.suggestions[0].columns == ["status", "created_at"] and "'open'" in answer.sql


def test_no_advice_where_there_is_none(shop: Desk) -> None:
    shop.run("CREATE INDEX ix_all ON orders (status, created_at)")
    assert all(one.columns != ["status", "created_at"] for one in advise(shop, SLOW).suggestions)
    answer = advise(shop, "SELECT * FROM orders WHERE id = 7")
    assert answer.suggestions == [] and "has an index already" in answer.notes[0]
    answer = advise(shop, "SELECT 1 WHERE 1 IN (" + ",".join(["1"] * 30_000) + ")")
    assert answer.suggestions == [] and answer.notes[0].startswith("No advice: the statement has")
    assert refused(advise, shop, "DELETE FROM orders; DELETE FROM orders").code == "explain.several"
    assert refused(advise, shop, "SELECT * FROM nothing").code == "sql.error"


@pytest.mark.engine("postgresql")
def test_an_index_that_the_planner_would_not_use_stays_a_candidate(copied: Copied) -> None:
    answer = advise(copied("postgresql", *ORDERS), "SELECT * FROM orders WHERE total > 3")
    assert answer.suggestions
    assert all(one.stage == "candidate" and one.uses is False for one in answer.suggestions)
    assert not any(one.recommended for one in answer.suggestions)


def test_a_planner_that_is_wrong_is_found_out(copied: Copied) -> None:
    """SQLite would read nearly the whole table through the index: only measuring tells."""
    lite = copied("sqlite", *ORDERS)
    sql = "SELECT total(created_at) FROM orders WHERE total > 3"
    best = advise(lite, sql).suggestions[0]
    assert best.uses and best.stage == "planner"
    assert attempt(lite, sql, best.table, ["total"], runs=5).suggestion.verdict != "faster"


def test_try_it_measures_and_leaves_nothing(shop: Desk) -> None:
    before = indexes(shop)
    answer = attempt(shop, SLOW, "orders", ["status", "created_at"])
    one = answer.suggestion
    assert (one.stage, one.verdict, one.uses) == ("measured", "faster", True)
    assert len(one.before) == len(one.after) == 7 and one.before_ms > one.after_ms * 5
    assert one.ratio > 5 and one.build_ms > 0 and "per inserted row, measured here" in one.write_cost
    assert one.write_us >= 0 and (shop.engine == "sqlite" or one.bytes > 1000)
    assert any(node.index == "ix_orders_status_created_at" for node in answer.after.nodes)
    assert answer.before.measured and answer.after.measured
    assert indexes(shop) == before
    (trial,) = shop.call(TRIALS, Nothing()).trials
    assert (trial.id, trial.state) == (answer.id, "done") and "backlight_trial_" in trial.make


def test_both_plans_compare(shop: Desk) -> None:
    tried = attempt(shop, SLOW, "orders", ["status", "created_at"], runs=3)
    answer = shop.call(COMPARE, CompareRequest(before=tried.before.text, after=tried.after.text))
    texts = [line.text for line in answer.lines]
    assert any("orders" in text and "→" in text for text in texts)
    assert any(line.change == "removed" for line in answer.lines)
    if shop.engine == "postgresql":
        assert answer.unit == "ms" and answer.text.startswith("Measured ") and answer.lines[0].delta < 0


def test_what_cannot_be_tried(shop: Desk) -> None:
    assert refused(attempt, shop, SLOW, "orders", ["nothing"]).code == "data.unknown_column"
    assert refused(attempt, shop, SLOW, "nothing", ["status"]).code == "data.unknown_table"
    assert refused(attempt, shop, SLOW, "orders", []).code == "explain.trial"
    assert refused(attempt, shop, "DELETE FROM orders", "orders", ["status"]).code == "explain.writes"
    assert refused(attempt, shop, "SELECT 1; SELECT 2", "orders", ["status"]).code == "explain.several"
    assert shop.call(TRIALS, Nothing()).trials == []


def test_not_on_a_connection_that_only_reads_or_is_not_local(shop: Desk) -> None:
    shop.services.store.profiles.save(Profile("reader", shop.url, "local", True))
    shop.services.store.profiles.save(Profile("theirs", shop.url, "shared", False))
    reader, theirs = (Desk(shop.services, name, shop.engine) for name in ("reader", "theirs"))
    assert refused(attempt, reader, SLOW, "orders", ["status"]).code == "sql.read_only"
    found = refused(attempt, theirs, SLOW, "orders", ["status"])
    assert found.code == "explain.not_local" and "Confirm" in found.hint
    assert attempt(theirs, SLOW, "orders", ["status"], confirm=True, runs=3).suggestion.stage == "measured"
    # Asking the planner is allowed everywhere: on PostgreSQL only with HypoPG installed already.
    answer = advise(theirs, SLOW)
    assert answer.suggestions and (answer.what_if or "HypoPG is not installed" in answer.notes[0])


def test_a_lock_is_not_waited_for(postgres: Desk) -> None:
    postgres.run("CREATE TABLE t (id integer, v text)", "INSERT INTO t SELECT n, 'x' FROM {numbers}")
    with psycopg.connect(postgres.url.replace("+psycopg", "")) as other:
        other.execute("UPDATE t SET v = 'y' WHERE id = 1")
        found = refused(attempt, postgres, "SELECT * FROM t WHERE id = 5", "t", ["id"])
    assert "lock" in (found.title + found.detail).lower()
    assert postgres.call(TRIALS, Nothing()).trials[0].state == "failed"
    assert postgres.run("SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass") == [(0,)]


def test_a_sqlite_file_can_be_read_while_an_index_is_tried(copied: Copied) -> None:
    """Also without a write-ahead log, where a transaction that spills would lock readers out."""
    lite = copied("sqlite", *ORDERS)
    over = threading.Event()
    counts: list[int] = []

    def read() -> None:
        other = sqlite3.connect(lite.url.removeprefix("sqlite:///"), timeout=0)
        while not over.is_set():
            counts.append(other.execute("SELECT count(*) FROM orders").fetchone()[0])
        other.close()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        attempt(lite, SLOW, "orders", ["status", "created_at"], runs=3)
    finally:
        over.set()
        reader.join()
    assert len(counts) > 3 and set(counts) == {60_000}


def test_origin_leaves_a_step(shop: Desk) -> None:
    shop.explain(SLOW, analyze=True, origin="t9")
    advise(shop, SLOW, origin="t9")
    attempt(shop, SLOW, "orders", ["status", "created_at"], origin="t9", runs=3)
    steps = shop.services.store.steps.of("t9")
    assert [step.kind for step in steps] == ["explained", "index", "index"]
    explained, planned, measured = (step.facts for step in steps)
    hot = [line for line in explained["lines"] if line["hot"]]
    assert len(hot) == 1 and "orders" in hot[0]["text"] and "thrown away" in hot[0]["detail"]
    assert hot[0]["ms"] > 0 and hot[0]["share"] > 0.5
    assert explained["finding"]["title"] == "Most rows are read and thrown away"
    assert planned["stage"] == "planner" and measured["stage"] == "measured"
    assert measured["before_ms"] > measured["after_ms"] and measured["ddl"].startswith("CREATE INDEX")
    assert steps[0].ref["type"] == "plan" and steps[1].ref["type"] == "lab"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([10] * 7, [1] * 7, "faster"),
        ([1] * 7, [10] * 7, "slower"),
        ([10] * 7, [9.8] * 7, "same"),
        ([10, 1, 10, 1, 10, 1, 10], [1, 10, 1, 10, 1, 10, 1], "same"),
        ([10] * 3, [5] * 3, "same"),
        ([], [], ""),
    ],
)
def test_verdicts(before, after, expected) -> None:
    assert verdict(before, after) == expected


def test_names_are_quoted_where_they_must_be() -> None:
    index = IndexColumns("Order Items", ["user", "Größe", "a" * 80], "my schema")
    name = index_name(index)
    assert len(name) <= 63
    sql = create(index, name, engines()["postgresql"].grammar)
    assert '"my schema"."Order Items"' in sql and '"user"' in sql and '"Größe"' in sql
    lite = create(IndexColumns("t", ["a"], "aux"), "ix", engines()["sqlite"].grammar)
    assert lite == "CREATE INDEX aux.ix ON t (a)"


def test_other_schemas_and_names_that_need_quotes(postgres: Desk) -> None:
    postgres.run(
        'CREATE SCHEMA "Shop Area"',
        'CREATE TABLE "Shop Area"."Order Lines" ("Order No" integer, "Line" integer, "State" varchar(9),'
        ' "select" integer, PRIMARY KEY ("Order No", "Line"))',
        'INSERT INTO "Shop Area"."Order Lines" SELECT n / 5, n % 5, CASE n % 50 WHEN 0 THEN \'open\' ELSE'
        " 'done' END, n * 79 % 9973 FROM {numbers}",
        'ANALYZE "Shop Area"."Order Lines"',
    )
    sql = 'SELECT * FROM "Shop Area"."Order Lines" AS l WHERE l."State" = %(s)s'
    sql += ' ORDER BY l."select" DESC LIMIT 5'
    params = {"s": "open"}
    explained = postgres.explain(sql, params, analyze=True)
    assert explained.findings[0].rule == "filtered_scan"
    assert explained.findings[0].index == IndexColumns("Order Lines", ["State", "select"], "Shop Area")
    best = advise(postgres, sql, params=params).suggestions[0]
    assert best.recommended and best.columns == ["State", "select"] and best.schema == "Shop Area"
    tried = attempt(postgres, sql, best.table, best.columns, schema=best.schema, params=params, runs=7)
    assert tried.suggestion.verdict == "faster" and tried.suggestion.uses and tried.suggestion.bytes
    postgres.run(best.ddl)
    assert any(node.index == best.name for node in postgres.explain(sql, params).plan.nodes)


def test_names_that_need_quotes_in_sqlite(lite: Desk) -> None:
    lite.run(
        'CREATE TABLE "Order Lines" ("Order No" integer, "Line" integer, "State" text,'
        ' "select" integer,'
        ' PRIMARY KEY ("Order No", "Line")) WITHOUT ROWID',
        "INSERT INTO \"Order Lines\" SELECT n / 5, n % 5, CASE n % 50 WHEN 0 THEN 'open' ELSE"
        " 'done' END, n * 79 % 9973 FROM {numbers}",
        "ANALYZE",
    )
    sql = 'SELECT * FROM "Order Lines" AS l WHERE l."State" = ? ORDER BY l."select" DESC LIMIT 5'
    explained = lite.explain(sql, ["open"], analyze=True)
    assert explained.findings[0].rule == "filtered_scan"
    best = advise(lite, sql, params=["open"]).suggestions[0]
    assert best.recommended and best.columns == ["State", "select"]
    tried = attempt(lite, sql, best.table, best.columns, params=["open"], runs=7)
    assert tried.suggestion.verdict == "faster" and tried.suggestion.uses
