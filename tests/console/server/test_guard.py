"""What a script would destroy: seen in its text, counted, asked for by the connection's class."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.console.guard.tokens import VALID_SECONDS, holds, token
from embedded_server.engines.registry import engine_for
from embedded_server.services import Services
from embedded_server.wire.connections import Profile
from embedded_server.wire.guard import GUARD, GuardRequest, GuardResponse
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.sql.classify import classify
from embedded_server.wire.sql.dangers import dangers, may_write
from embedded_server.wire.sql.dialect import dialect

from .conftest import Desk


def ask(desk: Desk, sql: str, connection: str = "", **fields: Any) -> GuardResponse:
    asked = {"allow_write": True} | fields
    return desk.call(GUARD, GuardRequest(connection=connection or desk.url, sql=sql, **asked))


def as_class(desk: Desk, class_: str, *, read_only: bool = False) -> str:
    """The desk's database as a saved connection of another class."""
    desk.services.store.profiles.save(Profile(class_, desk.url, class_, read_only=read_only))
    subject = desk.subject
    if subject is not None and subject.secret() is not None:
        desk.services.secrets.remember(class_, subject.secret())
    return class_


# --- on every engine ---------------------------------------------------------------------------------


def test_whole_tables_are_asked_for_with_their_rows(desk: Desk) -> None:
    for sql, text in (
        ("DELETE FROM t", "DELETE without WHERE deletes all 10 rows of t"),
        ("update t set v = 'x'", "UPDATE without WHERE changes all 10 rows of t"),
        ("DROP TABLE t", "DROP TABLE drops t with all 10 rows"),
        ("DELETE FROM t WHERE 1 = 1", "DELETE with a WHERE that spares nothing deletes all 10 rows of t"),
    ):
        answer = ask(desk, sql)
        assert (answer.ask, answer.question, answer.word) == ("confirm", text, "")
    assert desk.number("SELECT count(*) FROM t") == 10


def test_nothing_is_asked_for_what_is_limited_or_only_reads(desk: Desk) -> None:
    for sql in (
        "SELECT * FROM t",
        "DELETE FROM t WHERE id = 1",
        "UPDATE t SET v = 'a' WHERE id > 3",
        "INSERT INTO t VALUES (11, 'x')",
        "SELECT 'DELETE FROM t; DROP TABLE t' /* DROP TABLE t */ -- TRUNCATE t",
    ):
        assert ask(desk, sql).ask == "", sql


def test_production_is_told_how_many_rows_a_condition_hits(desk: Desk) -> None:
    name = as_class(desk, "production")
    if engine_for(desk.url).name == "duckdb":
        pytest.skip("not applicable: DuckDB opens one file in one way only")
    answer = ask(desk, "DELETE FROM t AS x WHERE x.id > :low AND v <> 'v9'", name, params={"low": 7})
    if engine_for(desk.url).name == "mysql":
        answer = ask(desk, "DELETE FROM t WHERE id > :low AND v <> 'v9'", name, params={"low": 7})
    (hazard,) = answer.hazards
    assert (answer.ask, answer.word, answer.connection_class) == ("type", "production", "production")
    assert (hazard.rows, hazard.counted, hazard.whole, hazard.table) == (2, "exact", False, "t")
    assert answer.question == "DELETE deletes 2 rows of t"
    answer = ask(desk, "UPDATE t SET v = 'x' WHERE id > 1", name, exact_limit=3)
    assert (answer.hazards[0].rows, answer.hazards[0].counted) == (3, "at least")
    assert answer.question == "UPDATE changes more than 3 rows of t"


def test_classes_differ_in_what_they_ask(desk: Desk) -> None:
    shared, production = as_class(desk, "shared"), as_class(desk, "production")
    asked = {
        sql: [ask(desk, sql, connection).ask for connection in (desk.url, shared, production)]
        for sql in (
            "DELETE FROM t",
            "DROP VIEW v",
            "ALTER TABLE t DROP COLUMN v",
            "DELETE FROM t WHERE id = 1",
            "INSERT INTO t VALUES (1, 'x')",
            "SELECT * FROM t FOR UPDATE",
            "SELECT unknown_function(1)",
            "BEGIN",
        )
    }
    assert asked == {
        "DELETE FROM t": ["confirm", "confirm", "type"],
        "DROP VIEW v": ["", "confirm", "type"],
        "ALTER TABLE t DROP COLUMN v": ["", "confirm", "type"],
        "DELETE FROM t WHERE id = 1": ["", "", "type"],
        "INSERT INTO t VALUES (1, 'x')": ["", "", "type"],
        "SELECT * FROM t FOR UPDATE": ["", "", ""],
        "SELECT unknown_function(1)": ["", "", ""],
        "BEGIN": ["", "", ""],
    }


def test_where_the_database_refuses_writes_nothing_is_asked(desk: Desk) -> None:
    name = as_class(desk, "production", read_only=True)
    answer = ask(desk, "DELETE FROM t", name, allow_write=False)
    assert (answer.ask, answer.read_only) == ("", True)
    assert [hazard.text for hazard in answer.hazards] == ["DELETE without WHERE"]


_SPARES_NOTHING = "DELETE with a WHERE that spares nothing|t|whole"

# --- in the text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "sql", "found"),
    [
        ("postgresql", 'DELETE FROM ONLY "Big".Orders o', ["DELETE without WHERE|Big.orders|whole"]),
        (
            "postgresql",
            "WITH old AS (DELETE FROM t RETURNING *) SELECT * FROM old",
            ["DELETE without WHERE|t|whole"],
        ),
        (
            "postgresql",
            "WITH x AS (SELECT 1) UPDATE t SET a = (SELECT b FROM c WHERE d)",
            ["UPDATE without WHERE|t|whole"],
        ),
        ("postgresql", "UPDATE t SET a = 1 FROM u WHERE u.id = t.id", ["UPDATE|t|"]),
        ("postgresql", "EXPLAIN DELETE FROM t", []),
        ("postgresql", "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM t", ["DELETE without WHERE|t|whole"]),
        (
            "postgresql",
            "TRUNCATE TABLE ONLY a.b, c RESTART IDENTITY",
            ["TRUNCATE|a.b|whole", "TRUNCATE|c|whole"],
        ),
        ("postgresql", "DROP TABLE IF EXISTS a, b CASCADE", ["DROP TABLE|a|whole", "DROP TABLE|b|whole"]),
        ("postgresql", "DROP INDEX CONCURRENTLY i", ["DROP INDEX|i|"]),
        ("postgresql", "DROP MATERIALIZED VIEW m", ["DROP MATERIALIZED VIEW|m|whole"]),
        (
            "postgresql",
            "ALTER TABLE t ALTER a DROP NOT NULL, DROP CONSTRAINT c, DROP COLUMN IF EXISTS b",
            ["DROP COLUMN b|t|whole"],
        ),
        ("postgresql", "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1", []),
        ("postgresql", "CREATE RULE r AS ON DELETE TO t DO ALSO DELETE FROM u", []),
        (
            "postgresql",
            "DELETE FROM t WHERE (true)",
            ["DELETE with a WHERE that spares nothing|t|whole"],
        ),
        ("postgresql", "DELETE FROM t WHERE $1", ["DELETE|t|"]),
        ("postgresql", "DELETE FROM t WHERE 1 = 0", ["DELETE|t|"]),
        ("postgresql", "DELETE FROM t WHERE 'a' = 'a' RETURNING id", [_SPARES_NOTHING]),
        ("mysql", "DELETE a FROM a JOIN b ON a.id = b.id", ["DELETE without WHERE|a|whole"]),
        ("mysql", "DELETE FROM `a b` ORDER BY id LIMIT 5", ["DELETE without WHERE|a b|"]),
        ("mysql", "UPDATE LOW_PRIORITY t SET a = 1", ["UPDATE without WHERE|t|whole"]),
        ("mssql", "UPDATE [dbo].[t] SET a = 1", ["UPDATE without WHERE|dbo.t|whole"]),
        ("sqlite", "UPDATE OR IGNORE t SET a = 1 RETURNING *", ["UPDATE without WHERE|t|whole"]),
        ("sqlite", "DROP TRIGGER x", ["DROP TRIGGER|x|"]),
        ("sqlite", "/* why */ DELETE FROM t -- all of it", ["DELETE without WHERE|t|whole"]),
        ("sqlite", "DELETE", ["DELETE without WHERE||whole"]),
        ("sqlite", "DROP", []),
    ],
)
def test_dangers_in_the_text(product: str, sql: str, found: list[str]) -> None:
    parts = dangers(sql, dialect(product))
    assert [f"{one.text}|{'.'.join(one.path)}|{'whole' if one.whole else ''}" for one in parts] == found


PARTS = (
    ["delete", "update", "from", "where", "set", "drop", "table", "truncate", "alter", "column", "with", "as"]
    + ["(", ")", ",", ".", ";", "a", "t", "1", "=", "'x'", '"q"', "--", "\n", "limit", "returning", "using"]
    + ["only", "if", "exists", "explain", "analyze"]
)


@given(
    st.lists(st.sampled_from(PARTS), max_size=25),
    st.sampled_from(["postgresql", "mysql", "sqlite", "mssql"]),
)
def test_no_text_breaks_it_and_spans_lie_in_it(parts: list[str], product: str) -> None:
    sql = " ".join(parts)
    for one in dangers(sql, dialect(product)):
        for span in (one.source, one.condition):
            assert span is None or 0 <= span[0] < span[1] <= len(sql)


# --- several, large, wrong ---------------------------------------------------------------------------


def test_a_script_is_asked_for_once_with_every_danger(lite: Desk) -> None:
    answer = ask(lite, "SELECT 1;\nDELETE FROM t;\nDROP TABLE nothing;\nUPDATE t SET v = 1 WHERE id = 1;")
    assert [(one.text, one.line, one.rows) for one in answer.hazards] == [
        ("DELETE without WHERE", 2, 10),
        ("DROP TABLE", 3, None),
    ]
    assert answer.question.startswith("2 statements of this run")


def test_what_writes_on_the_way_is_not_run_by_counting(lite: Desk, services: Services) -> None:
    name = as_class(lite, "production")
    lite.run("CREATE TABLE log (x)")
    answer = ask(lite, "DELETE FROM t WHERE id IN (SELECT id FROM no_such_table)", name)
    assert (answer.ask, answer.hazards[0].rows) == ("type", None)


def test_counting_has_a_budget(lite: Desk) -> None:
    name = as_class(lite, "production")
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"
    started = time.monotonic()
    answer = ask(lite, f"DELETE FROM t WHERE id < ({endless})", name, budget_ms=300)
    assert answer.ask == "type" and answer.hazards[0].rows is None
    assert time.monotonic() - started < 5


def test_hazards_are_capped(lite: Desk) -> None:
    answer = ask(lite, "DELETE FROM t;" * 250)
    assert len(answer.hazards) == 100 and answer.unlisted == 150
    assert answer.question.startswith("250 statements")


def test_an_unknown_connection_is_a_problem(lite: Desk) -> None:
    with pytest.raises(ProblemError) as caught:
        ask(lite, "DELETE FROM t", "no such connection")
    assert caught.value.problem.code == "connection.unknown"


# --- functions with effects --------------------------------------------------------------------------


EFFECTS = {
    "postgresql": (
        "SELECT nextval('s')",
        "SELECT setval('s', 7)",
        "SELECT lo_create(0)",
        "SELECT * FROM effect",
    ),
    "mysql": ("SELECT NEXTVAL(s)", "SELECT SETVAL(s, 7)", "SELECT GET_LOCK('l', 0)", "SELECT * FROM effect"),
    "duckdb": ("SELECT nextval('s')", "VALUES (nextval('s'))", "FROM query('SELECT nextval(''s'')')"),
}


def test_a_select_with_effects_runs_or_is_refused_and_is_never_asked_for(desk: Desk) -> None:
    product = engine_for(desk.url).name
    if product not in EFFECTS:
        pytest.skip("not applicable: no function of this product has effects")
    view = {"postgresql": "SELECT nextval('s') AS n", "mysql": "SELECT NEXTVAL(s) AS n"}.get(
        product, "SELECT 1"
    )
    made = desk.run(
        "DROP VIEW IF EXISTS effect; DROP SEQUENCE IF EXISTS s; CREATE SEQUENCE s; "
        f"CREATE VIEW effect AS {view}"
    )
    assert not [one.error for one in made.statements if one.error]
    reading = as_class(desk, "shared", read_only=True)
    for sql in EFFECTS[product]:
        assert ask(desk, sql).ask == ask(desk, sql, reading, allow_write=False).ask == ""
        if product != "duckdb":  # which opens one file in one way only
            assert ask(desk, sql, as_class(desk, "production")).ask == "", "a query, whatever it calls"
            found = desk.run(sql, connection=reading, allow_write=False, session="reading")
            assert found.read_only and found.statements[0].error is not None
            assert found.statements[0].error["code"] == "sql.read_only", sql
        assert desk.run(sql, transaction="manual").transaction == "idle", "it waits to be committed"
        assert desk.end("rollback").transaction == "auto"
        assert desk.run(sql).statements[0].error is None
        assert "effect" in sql or not ask(desk, sql, as_class(desk, "production")).reads_only


def test_counting_ends_nobodys_session(desk: Desk) -> None:
    if not desk.is_postgres:
        pytest.skip("not applicable: only PostgreSQL ends sessions by a function")
    ((victim,),) = desk.rows("SELECT pg_backend_pid()", session="victim")
    name = as_class(desk, "production")
    kills = f"DELETE FROM t WHERE id = 1 AND pg_terminate_backend({victim})"
    answer = ask(desk, kills, name)
    assert (answer.ask, answer.hazards[0].rows) == ("type", None), "it is asked for without a number"
    assert desk.rows("SELECT pg_backend_pid()", session="victim") == [(victim,)]


def test_what_the_server_only_defaults_to_protects_nothing(desk: Desk) -> None:
    """A role's own read-only is lifted by a statement, so it is no reason not to ask."""
    if not desk.is_postgres:
        pytest.skip("not applicable: only PostgreSQL has such a default")
    url = f"{desk.url}&options=-c%20default_transaction_read_only%3Don"
    lifted = "SET default_transaction_read_only = off; DELETE FROM t WHERE id = 1"
    for class_ in ("production", "shared"):
        desk.services.store.profiles.save(Profile(class_, url, class_, read_only=False))
    assert desk.run("SELECT 1", connection="shared").read_only
    assert desk.refused(lifted, connection="production").code == "console.unconfirmed"
    answer = desk.run(lifted, connection="shared")
    assert [one.error for one in answer.statements] == [None, None]
    assert not answer.read_only, "the server has written"
    assert desk.number("SELECT count(*) FROM t") == 9


# --- what console.run itself insists on --------------------------------------------------------------


@pytest.fixture
def production(desk: Desk) -> Desk:
    """The desk's runs go to its database as production that may be written to."""
    if engine_for(desk.url).name == "duckdb":
        pytest.skip("not applicable: DuckDB opens one file in one way only")
    return desk


WRITES = (
    "INSERT INTO t VALUES (99, 'x')",
    "DELETE FROM t WHERE id = 1",
    "SELECT 1; UPDATE t SET v = 'x' WHERE id = 2; SELECT 2",
    "DROP TABLE t",
    "CREATE TABLE other (id int)",
)


def test_production_is_not_written_to_without_a_token(production: Desk) -> None:
    name = as_class(production, "production")
    for sql in WRITES:
        found = production.refused(sql, connection=name)
        assert found.code == "console.unconfirmed", sql
        assert found.title == "production is production: writing there needs a yes"
        assert "console.guard" in found.hint and "'production'" in found.hint
    assert production.number("SELECT count(*) FROM t") == 10
    answer = production.run("SELECT count(*) FROM t; SELECT v FROM t WHERE id = 2", connection=name)
    assert [result.error for result in answer.statements] == [None, None], "a query is never asked for"
    assert list(answer.statements[1].rows.rows()) == [("v2",)], "nothing of the scripts ran"


def test_the_typed_name_gives_a_token_for_this_text_alone(production: Desk) -> None:
    name = as_class(production, "production")
    sql = "DELETE FROM t WHERE id = 1"
    assert ask(production, sql, name).token == ask(production, sql, name, word="productio").token == ""
    given = ask(production, sql, name, word="production")
    assert given.ask == "type" and given.token and given.elapsed_ms < 400
    for other in ("DELETE FROM t WHERE id = 2", "DELETE FROM t", sql + " "):
        found = production.refused(other, connection=name, confirmed=given.token)
        assert "another text" in found.detail
    assert production.run(sql, connection=name, confirmed=given.token).statements[0].affected == 1
    assert production.number("SELECT count(*) FROM t") == 9
    for forged in ("", "x", "9999999999.0", given.token[:-1] + "x", "1." + given.token.partition(".")[2]):
        assert production.refused(sql, connection=name, confirmed=forged).code == "console.unconfirmed"


def test_a_session_of_another_class_gives_no_right(production: Desk) -> None:
    """The same database under two names, in the same tab."""
    shared, name = as_class(production, "shared"), as_class(production, "production")
    assert production.run("SELECT 1", connection=shared).statements[0].error is None
    assert production.refused("DELETE FROM t", connection=name).code == "console.unconfirmed"
    assert production.run("DELETE FROM t WHERE id = 1", connection=shared).statements[0].error is None
    assert production.refused("DELETE FROM t", connection=name).code == "console.unconfirmed"


def test_other_classes_and_read_only_need_no_token(production: Desk) -> None:
    shared = as_class(production, "shared")
    assert production.run("DELETE FROM t WHERE id = 1", connection=shared).statements[0].error is None
    quiet = as_class(production, "production", read_only=True)
    answer = production.run("DELETE FROM t", connection=quiet, allow_write=False)
    assert answer.statements[0].error["code"] == "sql.read_only", "the database itself refuses"


def test_a_token_grows_old_and_another_process_knows_it(lite: Desk, tmp_path) -> None:
    folder = lite.services.store.folder
    given = token(folder, "c", "DELETE 1")
    assert holds(folder, given, "c", "DELETE 1") and not holds(folder, given, "d", "DELETE 1")
    old = token(folder, "c", "DELETE 1", now=time.time() - VALID_SECONDS - 2)
    assert not holds(folder, old, "c", "DELETE 1")
    assert (folder / "guard.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.glob("guard.key*")] == ["guard.key"]
    (folder / "guard.key").write_bytes(b"short")
    with pytest.raises(ProblemError) as caught:
        holds(folder, given, "c", "DELETE 1")
    assert caught.value.problem.code == "store.unusable" and "damaged" in caught.value.problem.detail


@pytest.mark.parametrize(
    ("product", "sql", "writes"),
    [
        ("postgresql", "EXPLAIN ANALYZE INSERT INTO t VALUES (1)", True),
        ("postgresql", "EXPLAIN (ANALYZE) CREATE TABLE x AS SELECT 1", True),
        ("postgresql", "EXPLAIN INSERT INTO t VALUES (1)", False),
        ("postgresql", "EXPLAIN ANALYZE SELECT nobody_knows(1) FROM t FOR UPDATE", False),
        ("postgresql", "DO $$ BEGIN DELETE FROM t; END $$", True),
        ("postgresql", "CALL p()", True),
        ("postgresql", "EXECUTE prepared", True),
        ("postgresql", "COPY t FROM '/tmp/x'", True),
        ("postgresql", "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x", True),
        ("mysql", "/*!50000 DELETE FROM t */", True),
        ("mysql", "/* DELETE FROM t */", False),
        ("mysql", "LOAD DATA INFILE 'x' INTO TABLE t", True),
        ("mysql", "SHOW TABLES", False),
        ("sqlite", "REPLACE INTO t VALUES (1, 2)", True),
        ("sqlite", "SELECT nobody_knows(1)", False),
        ("sqlite", "VALUES (1)", False),
    ],
)
def test_what_counts_as_writing(product: str, sql: str, writes: bool) -> None:
    spoken = dialect(product)
    what = classify(sql, spoken)
    assert (may_write(what) or bool(dangers(sql, spoken))) is writes
