"""Effects that a product's own read-only mode lets through are refused before they happen, and only those."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from embedded_server.engines.base import CsvLayout, Session, Target
from embedded_server.engines.my.uncovered import uncovered as uncovered_by_mysql
from embedded_server.engines.pg.uncovered import BUILT_IN, uncovered
from embedded_server.engines.registry import engines
from embedded_server.wire.problem import ProblemError
from tests.engines.subject import problem_of, rows
from tests.servers.postgres import PostgresServer


def run(session: Session, *statements: str) -> None:
    for sql in statements:
        session.execute(sql).close()


def refused(session: Session, sql: str) -> None:
    try:
        rows(session.execute(sql))
    except ProblemError as error:
        assert error.problem.code == "sql.read_only", (sql, error.problem)
    else:
        pytest.fail(f"it ran: {sql}")
    assert session.in_transaction() == "auto" and session.alive()


# --- PostgreSQL --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pg(pg_server: PostgresServer) -> Iterator[str]:
    # Runs beside this one may share the server.
    name = f"uncovered_{os.getpid()}"
    pg_server.execute(f"create database {name}")
    yield pg_server.url(name)
    pg_server.execute(f"drop database {name} with (force)")


@pytest.fixture
def pg_both(pg: str) -> Iterator[tuple[Session, Session]]:
    """One that writes, one that only reads."""
    both = [engines()["postgresql"].open(Target(pg, read_only=read_only)) for read_only in (False, True)]
    run(both[0], "CREATE EXTENSION IF NOT EXISTS dblink", "CREATE TABLE IF NOT EXISTS t (a int PRIMARY KEY)")
    yield both[0], both[1]
    for session in both:
        session.close()


REACHING = """
SELECT lo_create(0)
SELECT pg_catalog.lo_from_bytea(0, 'abc')
SELECT "lo_import"('/etc/hostname')
SELECT "pg_advisory_lock"(7)
SELECT U&"lo\\005fcreate"(0)
SELECT U&"lo!005fcreate" UESCAPE '!' (0)
WITH x AS (SELECT lo_unlink(77)) SELECT * FROM x
EXPLAIN ANALYZE SELECT lo_create(0)
DECLARE c CURSOR WITH HOLD FOR SELECT lo_create(0)
PREPARE x AS SELECT lo_create(0)
SELECT /* why */ pg_notify -- there
  ('a', 'b')
SELECT query_to_xml('SELECT lo_create(0)', true, false, '')
DO $$ BEGIN PERFORM lo_create(0); END $$
DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO ''/tmp/never'''; END $$
DO 'BEGIN NOTIFY a; END'
SELECT dblink_exec('dbname=uncovered', 'INSERT INTO t VALUES (9)')
SELECT * FROM public.dblink('dbname=uncovered', 'DELETE FROM t RETURNING 1') AS x(a int)
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE false
SELECT count(*) FROM t WHERE pg_cancel_backend(a)
SELECT pg_reload_conf()
SELECT pg_switch_wal()
SELECT pg_create_physical_replication_slot('never')
SELECT pg_try_advisory_lock(5)
SELECT pg_stat_reset()
SELECT brin_summarize_new_values('t'::regclass)
NOTIFY a
ALTER SYSTEM SET work_mem = '5MB'
COPY (SELECT 1) TO '/tmp/backlight-never'
COPY (SELECT 1) TO PROGRAM 'cat > /tmp/backlight-never'
COPY t FROM PROGRAM 'touch /tmp/backlight-never'
VACUUM t
ANALYZE t
REINDEX TABLE t
CLUSTER t USING t_pkey
LOAD 'plpgsql'
LOCK TABLE t
COMMIT PREPARED 'never'
SELECT nextval('s')
SELECT setval('s', 50)
SELECT writes()
SELECT a FROM t FOR UPDATE
"""


def test_postgresql_lets_nothing_out(pg: str, pg_both: tuple[Session, Session]) -> None:
    writer, reader = pg_both
    run(
        writer,
        "CREATE SEQUENCE s",
        "CREATE FUNCTION writes() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS "
        "$$ BEGIN INSERT INTO t VALUES (1); RETURN 1; END $$",
    )
    with psycopg.connect(pg.replace("+psycopg", ""), autocommit=True) as listener:
        listener.execute("LISTEN a")
        pieces = REACHING.strip().replace("-- there\n", "-- there\f").split("\n")
        for sql in (piece.replace("\f", "\n") for piece in pieces):
            refused(reader, sql)
        assert problem_of(lambda: reader.copy_out("SELECT lo_create(0)", CsvLayout())).code == "sql.read_only"
        assert not select.select([listener.fileno()], [], [], 0.05)[0], "nobody was told anything"
    state = (
        "SELECT (SELECT count(*) FROM t), (SELECT count(*) FROM pg_largeobject_metadata), "
        "(SELECT count(*) FROM pg_replication_slots), (SELECT is_called FROM s), "
        "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'), "
        "(SELECT count(*) FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf')"
    )
    assert rows(writer.execute(state)) == [("0", "0", "0", "f", "0", "0")]
    assert not Path("/tmp/backlight-never").exists()


def test_what_a_function_of_theirs_writes_is_taken_back(pg_both: tuple[Session, Session]) -> None:
    """Large objects that nobody sees in the text: by PostgreSQL itself from version 16 on, here before."""
    writer, reader = pg_both
    run(
        writer,
        "CREATE FUNCTION made() RETURNS oid LANGUAGE plpgsql AS $$ BEGIN RETURN lo_create(0); END $$",
        "CREATE VIEW making AS SELECT made() AS o FROM generate_series(1, 3)",
        "CREATE PROCEDURE makes() LANGUAGE plpgsql AS $$ BEGIN PERFORM made(); END $$",
    )
    count = "SELECT count(*) FROM pg_largeobject_metadata"
    for sql in ("SELECT made()", "TABLE making", "WITH x AS (SELECT made()) SELECT * FROM x", "CALL makes()"):
        refused(reader, sql)
    refused(reader, "EXPLAIN ANALYZE SELECT made()")
    for end in (lambda: run(reader, "COMMIT"), reader.commit):
        reader.begin()
        rows(reader.execute("SELECT 1"))
        with contextlib.suppress(ProblemError):  # refused at once from version 16 on
            rows(reader.execute("SELECT made()"))
            assert problem_of(end).code == "sql.read_only"
        reader.rollback()
        assert reader.in_transaction() == "auto"
    assert rows(writer.execute(count)) == [("0",)]
    reading = reader.execute("SELECT generate_series(1, 1000000)")
    assert len(reading.block(10)) == 10
    reading.close()
    assert reader.in_transaction() == "auto" and rows(reader.execute("SELECT 1")) == [("1",)]
    for sql in ("SELECT 1 / (5 - n) FROM generate_series(1, 9) n", "SELECT nonsense"):
        assert problem_of(lambda: rows(reader.execute(sql))).code == "sql.error"  # noqa: B023
        assert reader.in_transaction() == "auto"


HARMLESS = """
SELECT 'pg_terminate_backend(1)', $$lo_create(0)$$ /* lo_create(0) */ -- pg_notify('a', 'b')
SELECT own.lo_create(5)
SELECT "pg_stat_reset" FROM (SELECT 1 AS "pg_stat_reset") x
SELECT lo_create FROM (VALUES (1)) x(lo_create)
SELECT query FROM pg_stat_activity WHERE query LIKE '%pg_terminate_backend(%'
SELECT pg_advisory_unlock_all(), pg_backend_pid(), pg_size_pretty(5::bigint), pg_table_size('t')
DO $$ BEGIN PERFORM 1; RAISE NOTICE 'a copy'; END $$
EXPLAIN (ANALYZE) SELECT 1
SET work_mem = '6MB'
SHOW work_mem
"""


def test_postgresql_runs_what_only_looks_like_it(pg_both: tuple[Session, Session]) -> None:
    writer, reader = pg_both
    run(
        writer,
        "CREATE SCHEMA own",
        "CREATE FUNCTION own.lo_create(a int) RETURNS int LANGUAGE sql AS 'SELECT a'",
    )
    for sql in HARMLESS.strip().splitlines():
        reader.execute(sql).close()


# Volatile functions of the server that change nothing outside of their session, or that it refuses itself.
_KNOWN = """
    amvalidate bernoulli clock_timestamp current_query currtid2 currval cursor_to_xml cursor_to_xmlschema
    dsnowball_init dsnowball_lexize gen_random_uuid heap_tableam_handler lastval lo_close lo_get lo_lseek
    lo_lseek64 lo_open lo_tell lo_tell64 loread nextval pg_advisory_unlock pg_advisory_unlock_all
    pg_advisory_unlock_shared pg_blocking_pids pg_collation_actual_version
    pg_database_collation_actual_version pg_database_size pg_export_snapshot pg_extension_config_dump
    pg_hba_file_rules pg_ident_file_mappings pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused
    pg_isolation_test_session_is_blocked pg_jit_available pg_lock_status pg_logical_slot_peek_binary_changes
    pg_logical_slot_peek_changes pg_notification_queue_usage pg_partition_ancestors pg_partition_tree
    pg_prepared_xact pg_read_binary_file pg_read_file pg_read_file_old pg_relation_size
    pg_replication_origin_progress pg_replication_origin_session_is_setup
    pg_replication_origin_session_progress pg_safe_snapshot_blocking_pids pg_sequence_last_value
    pg_show_all_file_settings pg_show_replication_origin_status pg_sleep pg_sleep_for pg_sleep_until
    pg_stat_clear_snapshot pg_stat_file pg_stat_have_stats pg_table_size pg_tablespace_size
    pg_total_relation_size pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status
    query_to_xml query_to_xml_and_xmlschema query_to_xmlschema random set_config setseed setval system
    timeofday ts_rewrite ts_stat txid_status
"""
_FAMILIES = ("binary_upgrade_", "pg_control_", "pg_current_", "pg_get_", "pg_last_", "pg_ls_", "pg_stat_get_")


def test_every_volatile_function_of_the_server_was_looked_at(pg_both: tuple[Session, Session]) -> None:
    sql = (
        "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' "
        "AND pronamespace = 'pg_catalog'::regnamespace AND proname !~ 'handler$|_validator$' "
        "AND prorettype <> 'trigger'::regtype"
    )
    found = {str(name) for (name,) in rows(pg_both[0].execute(sql))}
    unknown = {name for name in found - BUILT_IN - set(_KNOWN.split()) if not name.startswith(_FAMILIES)}
    assert not unknown, f"decide whether these reach past the tables: {sorted(unknown)}"


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("", ""),
        ("SELECT 1", ""),
        ("select PG_TERMINATE_BACKEND (1)", "pg_terminate_backend"),
        ("SELECT other.pg_notify(1)", ""),
        ("SELECT any_schema.dblink(1)", "dblink"),
        ("COPY t TO STDOUT", ""),
        ("COPY t (program, name) TO STDOUT WITH (DELIMITER 'x')", ""),
        ("COPY t TO E'/x'", "COPY with a file of the server"),
        ("alter table t add pg_notify int", ""),
        ("COMMIT", ""),
        ("SELECT lo_create", ""),
        ("(", ""),
    ],
)
def test_what_is_seen_in_the_text(sql: str, what: str) -> None:
    assert uncovered(sql) == what


# --- MariaDB -----------------------------------------------------------------------------------------


@pytest.fixture
def my_both(mariadb_database: str) -> Iterator[tuple[Session, Session]]:
    both = [engines()["mysql"].open(Target(mariadb_database, read_only=one)) for one in (False, True)]
    yield both[0], both[1]
    for session in both:
        session.close()


MY_REACHING = """
SELECT GET_LOCK('backlight', 0)
SELECT `get_lock`('backlight', 0)
SELECT /*!50000 get_lock('backlight', 0) */
DO GET_LOCK('backlight', 0)
SELECT 1 FROM t WHERE get_lock (a, 0)
SELECT '\\\\', get_lock('backlight', 0), 'a'
SET @a = 1, GLOBAL max_connections = 77
SET @@global.max_connections = 77
ANALYZE TABLE t
ANALYZE LOCAL TABLE t
LOCK TABLES t READ
STOP SLAVE
START SLAVE
CACHE INDEX t IN default
SELECT NEXTVAL(s)
SELECT NEXT VALUE FOR s
SELECT SETVAL(s, 50)
SELECT writes()
SELECT * FROM v
SELECT a FROM t FOR UPDATE
"""
MY_HARMLESS = """
SELECT 'get_lock(1)', "get_lock(1)" /* get_lock(1) */ -- get_lock(1)
SELECT get_lock FROM (SELECT 1 AS get_lock) x
SELECT `stop`, `lock` FROM (SELECT 1 AS `stop`, 2 AS `lock`) x
SELECT RELEASE_LOCK('backlight'), IS_FREE_LOCK('backlight')
ANALYZE SELECT 1
SET @b = 'global'
SELECT @@global.max_connections
START TRANSACTION
ROLLBACK
"""


def test_mariadb_lets_nothing_out(my_both: tuple[Session, Session]) -> None:
    writer, reader = my_both
    run(
        writer,
        "CREATE TABLE t (a int)",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION writes() RETURNS int BEGIN INSERT INTO t VALUES (1); RETURN 1; END",
        "CREATE VIEW v AS SELECT NEXTVAL(s) AS n",
    )
    before = rows(writer.execute("SELECT @@global.max_connections"))
    for sql in MY_REACHING.strip().splitlines():
        refused(reader, sql)
    for sql in MY_HARMLESS.strip().splitlines():
        reader.execute(sql).close()
    assert rows(writer.execute("SELECT IS_FREE_LOCK('backlight'), (SELECT count(*) FROM t)")) == [("1", "0")]
    assert rows(writer.execute("SELECT next_not_cached_value FROM s")) == [("1",)]
    assert rows(writer.execute("SELECT @@global.max_connections")) == before


def test_no_quoting_hides_a_lock() -> None:
    for text in (r"'\''", r"'\\'", "'a' /*! */", '"\'"', "`a'` FROM (SELECT 1 AS `a'`) x WHERE 1"):
        assert uncovered_by_mysql(f"SELECT {text}, get_lock('a', 0)"), text
    assert not uncovered_by_mysql("SELECT `it``s get_lock(` FROM t")


# --- files -------------------------------------------------------------------------------------------


def test_duckdb_writes_no_file_for_who_only_reads(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "a.duckdb"
    with duckdb.connect(path) as made:
        made.execute("CREATE SEQUENCE s; CREATE TABLE t (a int)")
    engine = engines()["duckdb"]
    for beside in (False, True):
        writer = engine.open(Target(f"duckdb:///{path}", read_only=False)) if beside else None
        reader = engine.open(Target(f"duckdb:///{path}"))
        for sql in (
            f"SET log_query_path = '{tmp_path}/log.txt'",
            f"set GLOBAL \"log_query_path\" = '{tmp_path}/log.txt'",
            f"PRAGMA profiling_output = '{tmp_path}/profile.json'",
            f"SET profile_output = '{tmp_path}/profile.json'",
            f"CALL enable_logging(storage = 'file', storage_config = {{'path': '{tmp_path}/logs'}})",
            f"FROM enable_logging(storage = 'file', storage_config = {{'path': '{tmp_path}/logs'}})",
            "INSTALL httpfs",
            "FORCE INSTALL httpfs",
            "SELECT nextval('s')",
            "VALUES (nextval('s'))",
            "SET VARIABLE x = nextval('s')",
            "FROM query('SELECT nextval(''s'')')",
        ):
            refused(reader, sql)
        for sql in ("SET TimeZone = 'UTC'", "SELECT 'set log_query_path'", "PRAGMA database_size"):
            reader.execute(sql).close()
        reader.close()
        if writer is not None:
            writer.close()
    assert [one.name for one in tmp_path.iterdir()] == ["a.duckdb"]
    with duckdb.connect(path, read_only=True) as looked:
        assert looked.execute("SELECT last_value FROM duckdb_sequences()").fetchall() == [(None,)]


def test_sqlite_has_no_functions_with_effects(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    for read_only in (True, False):
        session = engines()["sqlite"].open(Target(f"sqlite:///{path}", read_only=read_only))
        for call in (f"load_extension('{tmp_path}/x')", f"writefile('{tmp_path}/x', 1)", "edit('x')"):
            told = problem_of(lambda: rows(session.execute(f"SELECT {call}")))  # noqa: B023
            assert told.code == "sql.error" and ("not authorized" in told.detail or "no such" in told.detail)
        if read_only:
            refused(session, f"PRAGMA temp_store_directory = '{tmp_path}'")
        session.close()
    assert [one.name for one in tmp_path.iterdir()] == ["a.db"]
