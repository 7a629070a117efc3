"""What only PostgreSQL has: streams and cursors, read-only from all sides, types of results, heaps."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy

from embedded_server.engines.base import Session, Target
from embedded_server.engines.registry import engines
from embedded_server.wire.data import Column
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.values import BadText, Truncated
from tests.engines.subject import problem_of, rows
from tests.servers.postgres import PostgresServer

ENGINE = engines()["postgresql"]
GRAMMAR = ENGINE.grammar
MANY = "SELECT repeat('x', 100), generate_series(1, 100000000)"


@pytest.fixture(scope="module")
def database(pg_server: PostgresServer) -> Iterator[str]:
    """One database for all tests here; each finds its schema empty."""
    pg_server.execute("create database one_for_all")
    yield pg_server.url("one_for_all")
    pg_server.execute("drop database one_for_all with (force)")


@pytest.fixture
def writer(database: str) -> Iterator[Session]:
    session = ENGINE.open(Target(database, read_only=False))
    yield session
    session.close()
    again = ENGINE.open(Target(database, read_only=False))
    run(again, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public", "ALTER ROLE postgres RESET ALL")
    again.close()


@pytest.fixture
def reader(database: str) -> Iterator[Session]:
    session = ENGINE.open(Target(database))
    yield session
    session.close()


def run(session: Session, *statements: str) -> None:
    for sql in statements:
        session.execute(sql).close()


# --- reading ---------------------------------------------------------------------------------------------


def test_a_huge_result_is_neither_held_nor_waited_for(reader: Session) -> None:
    rows(reader.execute("SELECT 1"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    reading = reader.execute(MANY)
    for _ in range(20):
        assert len(reading.block(5000)) == 5000
    reading.close()
    assert rows(reader.execute("SELECT 2")) == [("2",)]
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_closing_early_inside_a_transaction_does_not_spoil_it(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a integer)")
    writer.begin()
    run(writer, "INSERT INTO t VALUES (1)")
    began = time.monotonic()
    for _ in range(3):
        with writer.execute(MANY) as reading:
            assert len(reading.block(10)) == 10
    assert time.monotonic() - began < 5
    assert writer.in_transaction() == "idle"
    writer.commit()
    assert rows(writer.execute("SELECT a FROM t")) == [("1",)]
    assert rows(writer.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE 'backlight%'")) == [("0",)]


@pytest.mark.parametrize("begun", [False, True], ids=["autocommit", "transaction"])
def test_closing_a_writing_statement_early_keeps_what_it_wrote(writer: Session, begun: bool) -> None:
    run(writer, "CREATE TABLE t (a integer)")
    if begun:
        writer.begin()
    sql = "INSERT INTO t SELECT generate_series(1, 20000) RETURNING a, repeat('x', 100)"
    with writer.execute(sql) as reading:
        assert len(reading.block(5)) == 5
    if begun:
        writer.commit()
    assert rows(writer.execute("SELECT count(*) FROM t")) == [("20000",)]
    reading = writer.execute("WITH gone AS (DELETE FROM t WHERE a < 10 RETURNING a) SELECT * FROM gone")
    reading.close()
    assert rows(writer.execute("SELECT count(*) FROM t")) == [("19991",)]


def test_returning_tells_rows_and_count(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a integer)")
    reading = writer.execute("INSERT INTO t VALUES (1), (2) RETURNING a")
    assert [column.name for column in reading.columns] == ["a"]
    assert list(reading.block(10).rows()) == [("1",), ("2",)] and reading.affected == 2


def test_an_error_after_the_first_rows(reader: Session) -> None:
    with reader.execute("SELECT 1 / (5000 - n) FROM generate_series(1, 10000) n") as reading:
        assert len(reading.block(1000)) == 1000
        told = problem_of(lambda: reading.block(10_000))
        assert told.code == "sql.error" and "zero" in told.detail
    assert rows(reader.execute("SELECT 3")) == [("3",)]


def test_cancel_while_rows_stream(reader: Session) -> None:
    begun = threading.Event()
    told: list[Problem] = []

    def read() -> None:
        with reader.execute(MANY) as reading:
            try:
                while len(reading.block(1000)):
                    begun.set()
            except ProblemError as error:
                told.append(error.problem)

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(30)
    began = time.monotonic()
    assert reader.cancel()
    thread.join(10)
    assert time.monotonic() - began < 2
    assert [problem.code for problem in told] == ["job.cancelled"]
    assert rows(reader.execute("SELECT 4")) == [("4",)]


def test_a_servers_own_time_limit_is_no_cancel(reader: Session) -> None:
    run(reader, "SET statement_timeout = '50ms'")
    assert problem_of(lambda: rows(reader.execute("SELECT pg_sleep(60)"))).code == "job.timeout"


def test_copy_to_and_from_the_client_is_refused_and_harmless(writer: Session) -> None:
    run(
        writer,
        "CREATE TABLE t (a text)",
        "INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 5000)",
    )
    for sql in ("COPY t TO STDOUT", "COPY t FROM STDIN"):
        told = problem_of(lambda: writer.execute(sql))  # noqa: B023
        assert told.code == "data.unsupported" and "COPY" in told.title
        assert rows(writer.execute("SELECT count(*) FROM t")) == [("5000",)]


def test_notices_are_kept_in_order(reader: Session) -> None:
    run(reader, "DO $$ BEGIN RAISE NOTICE 'first'; RAISE WARNING 'second' USING HINT = 'do it'; END $$")
    assert reader.notices() == ["NOTICE: first", "WARNING: second\ndo it"]
    assert reader.notices() == []


def test_only_one_statement_at_a_time(reader: Session) -> None:
    assert problem_of(lambda: reader.execute("SELECT 1; SELECT 2")).code == "sql.error"
    assert rows(reader.execute("SELECT 5")) == [("5",)]


def test_a_failed_transaction_is_not_reported_as_committed(writer: Session) -> None:
    writer.begin()
    assert problem_of(lambda: writer.execute("SELECT 1 / 0")).code == "sql.error"
    assert writer.in_transaction() == "failed"
    told = problem_of(lambda: writer.execute("SELECT 1"))
    assert "Roll back" in told.hint
    assert problem_of(writer.commit).code == "transaction.lost"
    assert writer.in_transaction() == "auto"


# --- parameters ------------------------------------------------------------------------------------------


def test_parameters_take_the_type_of_their_place(reader: Session) -> None:
    sql = "SELECT %s::int + 1, %s || 'b', %(x)s"
    assert problem_of(lambda: reader.execute(sql, ["1", "a"])).code == "sql.params"
    found = rows(
        reader.execute("SELECT %s + 1, %s || 'b', %s::jsonb, %s, %s", ["1", "a", '{"a": 1}', b"\0\xff", None])
    )
    assert found == [("2", "ab", '{"a": 1}', b"\0\xff", None)]
    found = rows(reader.execute("SELECT %(a)s::int, %(b)s || '%s', %(a)s::text, 7 %% 4", {"a": 5, "b": "x"}))
    assert found == [("5", "x%s", "5", "3")]
    assert problem_of(lambda: reader.execute("SELECT %s", ["a\0b"])).code == "sql.params"
    assert problem_of(lambda: reader.execute("SELECT 5 % 3", [])).code == "sql.params"
    assert problem_of(lambda: reader.execute("SELECT %s", ["a", "b"])).code == "sql.params"
    assert rows(reader.execute("SELECT 5 % 3")) == [("2",)]


def test_positions_are_those_of_the_text_that_came(reader: Session) -> None:
    for sql, params in (
        ("SELECT 'ä🦆' || %s, %s || nowhere", ["a", "b"]),
        ("SELECT 7 %% 4, %(long_name)s || nowhere || %(long_name)s", {"long_name": "a"}),
        ("SELECT nowhere", None),
    ):
        told = problem_of(lambda: reader.execute(sql, params))  # noqa: B023
        assert told.position == sql.index("nowhere"), told
    run(reader, "BEGIN")
    assert problem_of(lambda: reader.execute("SELECT %s || nowhere", ["a"])).position == 13


# --- types of results --------------------------------------------------------------------------------------


def test_result_columns_are_named_as_format_type_does(writer: Session) -> None:
    spellings = [
        "numeric(12,2)", "numeric(5,-2)", "character varying(7)", "character(3)", "bpchar", "bit(3)",
        "bit varying(9)", "time(2) without time zone", "timestamp(3) with time zone", "interval(3)",
        "interval day to second", "integer[]", "double precision", '"char"', "mood", "mood[]", "place", "oid",
    ]  # fmt: skip
    run(writer, "CREATE TYPE mood AS ENUM ('a')", "CREATE DOMAIN place AS numeric(3,1)")
    sql = "SELECT " + ", ".join(f"NULL::{spelling}" for spelling in spellings)
    found = [column.type for column in writer.execute(sql).columns]
    spellings[spellings.index("place")] = "numeric(3,1)"  # results tell a domain's base type
    assert found == spellings


def test_types_are_named_even_while_rows_stream(writer: Session) -> None:
    run(writer, "CREATE TYPE mood AS ENUM ('sad', 'ok')")
    reading = writer.execute("SELECT 'ok'::mood AS m, repeat('x', 1000), generate_series(1, 1000000)")
    assert (reading.columns[0].type, reading.columns[0].kind) == ("mood", "text")
    reading.close()
    with writer.execute("SELECT 'ok'::mood AS m, repeat('x', 1000), generate_series(1, 1000000)") as reading:
        assert reading.columns[0].type == "mood"
        assert [row[0] for row in reading.block(2).rows()] == ["ok", "ok"]


def test_a_catalogue_read_by_sqlalchemy_stays_true(database: str, writer: Session) -> None:
    """Text converters must not reach what reflection reads."""
    rows(writer.execute("SELECT true, 1, '{1}'::int[]"))
    engine = sqlalchemy.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE reflected (a integer NOT NULL, b integer)")
        columns = {c["name"]: c["nullable"] for c in sqlalchemy.inspect(connection).get_columns("reflected")}
    engine.dispose()
    assert columns == {"a": False, "b": True}


# --- values that need care -------------------------------------------------------------------------------


def shown(session: Session, table: str, limit: int) -> list[tuple[object, ...]]:
    columns = session.columns("", table).columns
    cells = ", ".join(GRAMMAR.cell(column, limit).sql for column in columns)
    return list(rows(session.execute(f"SELECT {cells} FROM {GRAMMAR.name(table)} ORDER BY id", ())))


def test_every_long_type_is_cut_by_the_server(writer: Session) -> None:
    """What the text of a long value is cut from is what the value is shown as."""
    long = {
        "text": "repeat('ä1', 500)",
        "varchar": "repeat('x:', 500)",
        "char(900)": "repeat('y', 900)",
        "bytea": "decode(repeat('00ff', 500), 'hex')",
        "json": "('[\"' || repeat('j', 900) || '\"]')::json",
        "jsonb": "to_jsonb(repeat('b', 900))",
        "text[]": "array_fill('a'::text, ARRAY[400])",
        "xml": "('<a>' || repeat('x', 900) || '</a>')::xml",
        "int4multirange": "(SELECT range_agg(int4range(n * 2, n * 2 + 1)) FROM generate_series(1, 200) n)",
        "tsvector": "(SELECT string_agg('w' || n, ' ') FROM generate_series(1, 300) n)::tsvector",
        "pair": "ROW(1, repeat('c', 900))::pair",
        "code": "repeat('d', 900)",
        "bit varying": "repeat('01', 500)::bit varying",
    }
    run(writer, "CREATE TYPE pair AS (a integer, b text)", "CREATE DOMAIN code AS char(900)")
    columns = ", ".join(f"c{place} {type_}" for place, type_ in enumerate(long))
    run(writer, f"CREATE TABLE t (id integer, {columns})")
    run(writer, f"INSERT INTO t VALUES (1, {', '.join(long.values())})", "INSERT INTO t VALUES (2)")
    whole = rows(writer.execute("SELECT * FROM t ORDER BY id", cell_bytes=None))
    cut = shown(writer, "t", 100)
    assert cut[1] == whole[1] == ("2", *[None] * len(long))
    for cell, full, type_ in zip(cut[0][1:], whole[0][1:], long, strict=True):
        assert isinstance(full, str | bytes) and isinstance(cell, Truncated), type_
        raw = full if isinstance(full, bytes) else full.encode()
        prefix = cell.prefix if isinstance(cell.prefix, bytes) else cell.prefix.encode()
        assert cell.size == len(raw) and raw.startswith(prefix) and 97 <= len(prefix) <= 100, type_
    assert shown(writer, "t", 4000) == whole


def test_a_text_that_looks_like_a_cut_one_is_not_taken_for_it(writer: Session) -> None:
    run(
        writer,
        "CREATE TABLE t (id integer, v text)",
        "INSERT INTO t VALUES (1, 'QUJD:99'), (2, repeat('A', 8) || ':9')",
    )
    assert [row[1] for row in shown(writer, "t", 10)] == ["QUJD:99", "AAAAAAAA:9"]


def test_a_database_without_encoding_may_hold_any_bytes(pg_server: PostgresServer) -> None:
    pg_server.execute("create database anything template template0 encoding 'SQL_ASCII' locale 'C'")
    session = ENGINE.open(Target(pg_server.url("anything"), read_only=False))
    try:
        assert any("SQL_ASCII" in note for note in session.info().notes)
        run(session, "CREATE TABLE t (id integer, v text)", "INSERT INTO t VALUES (1, 'grün')")
        bad = BadText(b"gr\xfcn\xff")
        run(
            session,
            f"INSERT INTO t VALUES (2, {GRAMMAR.literal(None, bad)})",
            "INSERT INTO t VALUES (3, NULL)",
        )
        assert [row[1] for row in shown(session, "t", 1000)] == ["grün", bad, None]
        assert rows(session.execute("SELECT v FROM t ORDER BY id")) == [("grün",), (bad,), (None,)]
        column = session.columns("", "t").columns[1]
        value = GRAMMAR.value(column, bad)
        found = rows(session.execute(f"SELECT id FROM t WHERE v = {value.sql}", value.params))
        assert found == [("2",)]
        run(session, f"INSERT INTO t VALUES (4, {GRAMMAR.literal(None, BadText(bytes(range(128, 256))))})")
        cut = shown(session, "t", 20)[3][1]
        assert isinstance(cut, Truncated) and cut.size == 128
    finally:
        session.close()
        pg_server.execute("drop database anything with (force)")


def test_a_database_in_another_encoding(pg_server: PostgresServer) -> None:
    pg_server.execute("create database latin template template0 encoding 'LATIN1' locale 'C'")
    session = ENGINE.open(Target(pg_server.url("latin"), read_only=False))
    try:
        run(session, 'CREATE TABLE "größe" (id integer, v text)')
        run(session, """INSERT INTO "größe" VALUES (1, repeat('ä', 60)), (2, repeat('ä', 200))""")
        short, cut = (row[1] for row in shown(session, "größe", 100))
        assert short == "ä" * 60
        assert isinstance(cut, Truncated) and cut.prefix == "ä" * 50 and cut.size == 200
    finally:
        session.close()
        pg_server.execute("drop database latin with (force)")


def test_literals_hold_whatever_the_servers_rules_for_backslashes(writer: Session) -> None:
    texts = ["back\\slash", "\\'", "'\\", "it's", "%s", "\\x41"]
    for setting in ("on", "off"):
        run(writer, f"SET standard_conforming_strings = {setting}", "SET escape_string_warning = off")
        for text in texts:
            assert rows(writer.execute(f"SELECT {GRAMMAR.literal(None, text)}")) == [(text,)]
        assert rows(writer.execute(f"SELECT {GRAMMAR.literal(None, bytes(range(256)))}")) == [
            (bytes(range(256)),)
        ]


def test_a_nondeterministic_collation_can_be_searched(writer: Session) -> None:
    run(
        writer,
        "CREATE COLLATION anycase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE t (v text COLLATE anycase)",
        "INSERT INTO t VALUES ('Alpha'), ('beta')",
    )
    column = writer.columns("", "t").columns[0]
    assert column.collation == "anycase"
    for fragment in (
        GRAMMAR.contains(column, "ALP"),
        GRAMMAR.regex(column, "^Al"),
        GRAMMAR.like(column, "Al%"),
    ):
        assert fragment is not None
        assert rows(writer.execute(f"SELECT v FROM t WHERE {fragment.sql}", fragment.params)) == [("Alpha",)]


# --- read-only -------------------------------------------------------------------------------------------

WAYS_OUT = [
    ["SET default_transaction_read_only = off"],
    ["SELECT set_config('default_transaction_read_only', 'off', false)"],
    ["SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"],
    ["DO $$ BEGIN PERFORM set_config('default_transaction_read_only', 'off', false); END $$"],
    ["ALTER ROLE postgres SET default_transaction_read_only = off", "RESET ALL"],
    ["DISCARD ALL"],
    ["BEGIN READ WRITE"],
    ["BEGIN", "SET TRANSACTION READ WRITE"],
    ["BEGIN", "SET transaction_read_only = off"],
    ["BEGIN", 'SET U&"transaction\\005fread_only" = off'],
    ["BEGIN", "SELECT 1", "SAVEPOINT a", "SET TRANSACTION READ WRITE"],
    ["START /* x */ TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ /**/ WRITE"],
    ["-- nothing\nBEGIN READ WRITE"],
    ["BEGIN", "COMMIT AND CHAIN", "SET TRANSACTION READ WRITE"],
    ["DO $$ BEGIN COMMIT; EXECUTE 'SET TRANSACTION READ ' || 'WRITE'; INSERT INTO t VALUES (1); END $$"],
    ["BEGIN", "DO $$ BEGIN EXECUTE 'SET TRANSACTION READ ' || 'WRITE'; INSERT INTO t VALUES (1); END $$"],
    ["CALL p()"],
    ["PREPARE x AS INSERT INTO t VALUES (1)", "EXECUTE x"],
]


@pytest.mark.parametrize("way", WAYS_OUT, ids=[" ".join(way)[:60] for way in WAYS_OUT])
def test_there_is_no_way_out_of_read_only(writer: Session, reader: Session, way: list[str]) -> None:
    run(
        writer,
        "CREATE TABLE t (a integer)",
        "CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN COMMIT; SET TRANSACTION READ WRITE; "
        "INSERT INTO t VALUES (1); END $$",
    )
    told = []
    for sql in [*way, "INSERT INTO t VALUES (2)"]:
        try:
            run(reader, sql)
        except ProblemError as error:
            told.append(error.problem)
    reader.rollback()
    assert rows(writer.execute("SELECT count(*) FROM t")) == [("0",)], told
    assert told and {problem.code for problem in told} <= {"sql.read_only", "sql.error"}
    assert rows(reader.execute("SELECT count(*) FROM t")) == [("0",)]


def test_blocks_and_calls_that_only_read_work(writer: Session, reader: Session) -> None:
    run(writer, "CREATE PROCEDURE twice(INOUT a integer) LANGUAGE plpgsql AS $$ BEGIN a := a * 2; END $$")
    assert rows(reader.execute("CALL twice(21)")) == [("42",)]
    run(reader, "DO $$ BEGIN PERFORM 1; END $$")
    assert problem_of(lambda: reader.execute("DO $$ BEGIN RAISE 'no'; END $$")).detail == "no"
    assert reader.in_transaction() == "auto"


def test_a_writing_session_obeys_what_the_role_says(database: str, writer: Session) -> None:
    run(writer, "ALTER ROLE postgres IN DATABASE one_for_all SET default_transaction_read_only = on")
    session = ENGINE.open(Target(database, read_only=False))
    run(writer, "ALTER ROLE postgres IN DATABASE one_for_all RESET ALL")
    assert session.info().read_only
    session.close()


# --- heaps and estimates -----------------------------------------------------------------------------------


def test_page_ranges_cover_a_heap_once(writer: Session) -> None:
    run(
        writer,
        "CREATE TABLE heap (a integer, b text)",
        "INSERT INTO heap SELECT n, repeat('x', 100) FROM generate_series(1, 3000) n",
        "DELETE FROM heap WHERE a BETWEEN 1000 AND 1500",
        "ANALYZE heap",
    )
    heap = writer.heap_pages("public", "heap")
    assert heap is not None and heap.pages > 20 and heap.rows is not None and 2200 < heap.rows < 2800
    found: list[int] = []
    for first in range(0, heap.pages, 7):
        part = GRAMMAR.heap_range(first, first + 7)
        assert part is not None
        found += [
            int(str(row[0])) for row in rows(writer.execute(f"SELECT a FROM heap WHERE {part.sql}", ()))
        ]
    assert found == [n for n in range(1, 3001) if not 1000 <= n <= 1500]
    part = GRAMMAR.heap_range(3, 4)
    assert part is not None
    plan = rows(writer.execute(f"EXPLAIN SELECT * FROM heap WHERE {part.sql}"))
    assert "Tid Range Scan" in str(plan[0][0])
    run(writer, "CREATE VIEW v AS SELECT * FROM heap")
    assert writer.heap_pages("", "v") is None and writer.heap_pages("", "nothing") is None


def test_estimates_follow_the_size_of_the_table(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a integer)", "INSERT INTO t SELECT generate_series(1, 1000)", "ANALYZE t")
    assert writer.estimate("", "t")[0] == 1000
    run(writer, "INSERT INTO t SELECT generate_series(1, 9000)")
    grown, method = writer.estimate("public", "t")
    assert grown is not None and 8000 < grown < 12_000 and "scaled" in method
    run(writer, "CREATE TABLE fresh (a integer)")
    assert writer.estimate("", "fresh")[0] == 0
    run(writer, "INSERT INTO fresh SELECT generate_series(1, 1000)")
    guessed, method = writer.estimate("", "fresh")
    assert guessed is not None and guessed > 0 and "EXPLAIN" in method
    run(
        writer,
        "CREATE TABLE parted (a integer) PARTITION BY RANGE (a)",
        "CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (100)",
        "CREATE TABLE part2 PARTITION OF parted FOR VALUES FROM (100) TO (200)",
        "INSERT INTO parted SELECT generate_series(0, 149)",
        "ANALYZE parted",
    )
    assert writer.estimate("", "parted")[0] == 150
    assert writer.estimate("", "nothing")[0] is None


def test_comparisons_of_types_without_equality_go_by_text(writer: Session) -> None:
    run(
        writer,
        "CREATE TABLE t (j json, p point, x xml)",
        """INSERT INTO t VALUES ('{"a":1}', '(1,2)', '<a/>')""",
    )
    for column in writer.columns("", "t").columns:
        assert GRAMMAR.operand(column) == f'"{column.name}"::text'
    assert GRAMMAR.operand(Column("b", "jsonb", "json")) == '"b"'
