"""What only MySQL and MariaDB have: killing, zero dates, FLOATs, character sets, implicit commits."""

from __future__ import annotations

import resource
import struct
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.engines.base import Session, Target
from embedded_server.engines.registry import engines
from embedded_server.wire.data import Order
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.values import Truncated
from tests.engines.subject import problem_of, rows
from tests.servers.mariadb import MariadbServer

ENGINE = engines()["mysql"]
GRAMMAR = ENGINE.grammar
MANY = "SELECT REPEAT('x', 100), seq FROM seq_1_to_1000000000"


@pytest.fixture
def writer(mariadb_database: str) -> Iterator[Session]:
    session = ENGINE.open(Target(mariadb_database, read_only=False))
    yield session
    session.close()


@pytest.fixture
def reader(mariadb_database: str) -> Iterator[Session]:
    session = ENGINE.open(Target(mariadb_database))
    yield session
    session.close()


def run(session: Session, *statements: str) -> None:
    for sql in statements:
        session.execute(sql).close()


def shown(session: Session, table: str, limit: int | None, order: str = "1") -> list[tuple[object, ...]]:
    columns = session.columns("", table).columns
    cells = ", ".join(GRAMMAR.cell(column, limit).sql for column in columns)
    sql = f"SELECT {cells} FROM {GRAMMAR.name(table)} ORDER BY {order}"
    return list(rows(session.execute(sql, (), cell_bytes=limit)))


# --- reading ---------------------------------------------------------------------------------------------


def test_a_huge_result_is_neither_held_nor_waited_for(reader: Session) -> None:
    rows(reader.execute("SELECT 1"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    reading = reader.execute(MANY)
    for _ in range(10):
        assert len(reading.block(5000)) == 5000
    reading.close()
    assert rows(reader.execute("SELECT 2")) == [("2",)]
    assert time.monotonic() - began < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


def test_a_slow_result_is_given_up_at_once(reader: Session) -> None:
    reading = reader.execute("SELECT seq, REPEAT('x', 20000), SLEEP(IF(seq > 5, 60, 0)) FROM seq_1_to_1000")
    assert len(reading.block(2)) == 2
    began = time.monotonic()
    reading.close()
    assert rows(reader.execute("SELECT 2")) == [("2",)]
    assert time.monotonic() - began < 2


def test_closing_early_inside_a_transaction_does_not_spoil_it(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a int)")
    writer.begin()
    run(writer, "INSERT INTO t VALUES (1)")
    with writer.execute(MANY) as reading:
        assert len(reading.block(10)) == 10
    assert writer.in_transaction() == "idle"
    writer.commit()
    assert rows(writer.execute("SELECT a FROM t")) == [("1",)]


def test_closing_a_writing_statement_early_keeps_what_it_wrote(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a int, b text)")
    sql = "INSERT INTO t SELECT seq, REPEAT('x', 100) FROM seq_1_to_20000 RETURNING a, b"
    with writer.execute(sql) as reading:
        assert len(reading.block(5)) == 5
    assert rows(writer.execute("SELECT count(*) FROM t")) == [("20000",)]


def test_an_error_after_the_first_rows(reader: Session) -> None:
    sql = "SELECT seq, IF(seq > 5000, (SELECT 1 UNION SELECT 2), REPEAT('x', 100)) FROM seq_1_to_10000"
    with reader.execute(sql) as reading:
        assert len(reading.block(1000)) == 1000
        told = problem_of(lambda: reading.block(10_000))
        assert told.code == "sql.error" and "more than 1 row" in told.detail
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
    sql = "SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(60)"
    assert problem_of(lambda: rows(reader.execute(sql))).code == "job.timeout"
    run(reader, "SET max_statement_time = 0.05")
    assert problem_of(lambda: rows(reader.execute("SELECT SLEEP(60)"))).code == "job.timeout"


def test_values_longer_than_a_packet_of_the_protocol(private_mariadb: object) -> None:
    server: MariadbServer = private_mariadb(settings={"max-allowed-packet": "64M"})  # type: ignore[operator]
    session = ENGINE.open(Target(server.url("mysql"), read_only=False))
    size = 2**24 + 1000
    for length in (2**24 - 1, 2**24 - 6, size, 2 * (2**24 - 1)):
        (found,) = rows(session.execute(f"SELECT REPEAT('x', {length}), 'end'", cell_bytes=None))
        assert len(str(found[0])) == length and found[1] == "end"
    text = "y" * size
    ((echo,),) = rows(session.execute("SELECT %s", [text], cell_bytes=None))
    assert echo == text
    session.close()


def test_only_the_first_result_of_a_procedure_is_shown_and_the_rest_does_no_harm(writer: Session) -> None:
    run(
        writer,
        "CREATE PROCEDURE two() BEGIN SELECT 1 AS a; SELECT 2 AS b, 3 AS c; END",
        "CREATE PROCEDURE late() BEGIN DO 1; SELECT seq AS a FROM seq_1_to_3; END",
        "CREATE PROCEDURE none() BEGIN DO 1; END",
    )
    for sql, expected in (
        ("CALL two()", [("1",)]),
        ("CALL late()", [("1",), ("2",), ("3",)]),
        ("CALL none()", []),
    ):
        reading = writer.execute(sql)
        assert [column.name for column in reading.columns] == (["a"] if expected else [])
        assert list(reading.block(100).rows()) == expected
        reading.close()
        assert rows(writer.execute("SELECT 9")) == [("9",)]


def test_files_of_this_machine_are_not_given(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a text)")
    told = problem_of(lambda: writer.execute("LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE t"))
    assert told.code in ("sql.error", "data.unsupported") and told.detail
    assert rows(writer.execute("SELECT count(*) FROM t")) == [("0",)]


def test_warnings_are_told(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a int)")
    rows(writer.execute("SELECT CAST('12x' AS SIGNED)"))
    (told,) = writer.notices()
    assert told.startswith("Warning: ") and "12x" in told
    assert writer.notices() == [] or "12x" not in "".join(writer.notices())


def test_a_deadlock_is_told_as_a_lost_transaction(mariadb_database: str, writer: Session) -> None:
    run(writer, "CREATE TABLE t (a int PRIMARY KEY, b int)", "INSERT INTO t VALUES (1, 0), (2, 0)")
    other = ENGINE.open(Target(mariadb_database, read_only=False))
    for session, key in ((writer, 1), (other, 2)):
        session.begin()
        run(session, f"UPDATE t SET b = b + 1 WHERE a = {key}")
    told: list[Problem] = []

    def work(session: Session, key: int) -> None:
        try:
            run(session, f"UPDATE t SET b = b + 1 WHERE a = {key}")
        except ProblemError as error:
            told.append(error.problem)

    threads = [threading.Thread(target=work, args=pair) for pair in ((writer, 2), (other, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [problem.code for problem in told] == ["sql.error"] and "Deadlock" in told[0].detail
    (victim,) = (session for session in (writer, other) if session.in_transaction() == "lost")
    assert problem_of(lambda: victim.execute("SELECT 1")).code == "transaction.lost"
    assert problem_of(victim.commit).code == "transaction.lost"
    assert victim.in_transaction() == "auto" and rows(victim.execute("SELECT 1")) == [("1",)]
    for session in (writer, other):
        session.rollback()
    other.close()


def test_a_statement_that_commits_by_itself_says_so(writer: Session) -> None:
    run(writer, "CREATE TABLE t (a int)")
    writer.begin()
    run(writer, "INSERT INTO t VALUES (1)", "CREATE TABLE u (a int)")
    assert writer.in_transaction() == "auto"
    assert any("committed the open transaction" in notice for notice in writer.notices())


# --- parameters and positions ------------------------------------------------------------------------------


def test_parameters_are_written_safely_under_every_mode(writer: Session) -> None:
    values = [
        "it's",
        "back\\slash",
        "\\'; DROP TABLE t; -- ",
        "a\0b",
        "%s",
        b"\0\xff'\\",
        5,
        -1.5,
        None,
        2**64 - 1,
    ]
    marks = ", ".join(["%s"] * len(values))
    for mode in ("", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"):
        run(writer, f"SET sql_mode = '{mode}'")
        (found,) = rows(writer.execute(f"SELECT {marks}", values))
        assert [*found[:6]] == values[:6] and found[6:] == ("5", "-1.5", None, str(2**64 - 1))
        literals = ", ".join(GRAMMAR.literal(None, value) for value in values[:6])
        assert list(rows(writer.execute(f"SELECT {literals}"))[0]) == values[:6]
    found = rows(
        writer.execute("SELECT %(a)s + 1, '%(b)s', `%s`.n, 7 %% 4 FROM (SELECT 1 AS n) `%s`", {"a": 1})
    )
    assert found == [("2", "%(b)s", "1", "3")]
    assert problem_of(lambda: writer.execute("SELECT %s", ["a", "b"])).code == "sql.params"
    assert problem_of(lambda: writer.execute("SELECT %s", [float("nan")])).code == "sql.params"


def test_positions_are_those_of_the_text_that_came(reader: Session) -> None:
    long = "SELECT 'ä', " + ", ".join(str(n) for n in range(200))
    for sql, params, wrong in (
        ("SELECT 'ä🦆' AS a,\n %s FROM FROM x", ["some'thing\\long"], "FROM x"),
        (f"SELECT 1 FROM WHERE x; {long}".replace(";", " AND"), None, "WHERE"),
        ("SELECT %(a)s +", {"a": 1}, ""),
    ):
        told = problem_of(lambda: reader.execute(sql, params))  # noqa: B023
        expected = sql.index(wrong) if wrong else len(sql)
        assert told.code == "sql.error" and told.position == expected, (told, sql)


# --- values that need care -------------------------------------------------------------------------------

SINGLES = st.floats(-(2.0**126), 2.0**126, width=32, allow_subnormal=False)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(values=st.lists(SINGLES, min_size=1, max_size=30))
def test_a_float_is_read_found_and_written_bit_for_bit(writer: Session, values: list[float]) -> None:
    """The server prints six digits of nine; ours are all that are needed, and no more."""
    run(writer, "CREATE OR REPLACE TABLE f (id int, v float)", "CREATE OR REPLACE TABLE g (id int, v float)")
    run(writer, "INSERT INTO f VALUES " + ", ".join(f"({i}, {value!r})" for i, value in enumerate(values)))
    column = writer.columns("", "f").columns[1]
    cells = [str(row[1]) for row in shown(writer, "f", 65536)]
    for place, (cell, value) in enumerate(zip(cells, values, strict=True)):
        assert struct.pack("f", float(cell)) == struct.pack("f", value + 0.0)
        assert len(cell.lstrip("-0.").partition("e")[0].replace(".", "").rstrip("0")) <= 9
        found = GRAMMAR.value(column, cell)
        sql = f"SELECT id FROM f WHERE {GRAMMAR.operand(column)} = {found.sql}"
        assert (str(place),) in rows(writer.execute(sql, found.params))
    literals = ", ".join(f"({i}, {GRAMMAR.literal(column, cell)})" for i, cell in enumerate(cells))
    run(writer, f"INSERT INTO g VALUES {literals}")
    same = "SELECT count(*) FROM f JOIN g USING (id) WHERE f.v = g.v"
    assert rows(writer.execute(same)) == [(str(len(values)),)]


def test_every_long_type_is_cut_by_the_server(writer: Session) -> None:
    long = {
        "text": "REPEAT('ä1', 500)",
        "varchar(1000)": "REPEAT('x:', 500)",
        "text character set latin1": "REPEAT('äö', 400)",
        "text character set utf16": "REPEAT('ä🦆', 200)",
        "text collate utf8mb4_bin": "REPEAT('🦆', 300)",
        "longblob": "REPEAT(x'00ff', 500)",
        "varbinary(900)": "REPEAT('b', 900)",
        "json": "CONCAT('[\"', REPEAT('j', 900), '\"]')",
        "geometry": "ST_GeomFromText(CONCAT('LINESTRING(', REPEAT('0 0,', 100), '1 1)'))",
    }
    columns = ", ".join(f"c{place} {type_}" for place, type_ in enumerate(long))
    run(writer, f"CREATE TABLE t (id int, {columns})")
    run(writer, f"INSERT INTO t VALUES (1, {', '.join(long.values())})", "INSERT INTO t (id) VALUES (2)")
    whole = rows(writer.execute("SELECT * FROM t ORDER BY id", cell_bytes=None))
    cut = shown(writer, "t", 100)
    assert cut[1] == whole[1] == ("2", *[None] * len(long))
    for cell, full, type_ in zip(cut[0][1:], whole[0][1:], long, strict=True):
        assert isinstance(full, str | bytes) and isinstance(cell, Truncated), type_
        raw = full if isinstance(full, bytes) else full.encode()
        prefix = cell.prefix if isinstance(cell.prefix, bytes) else cell.prefix.encode()
        assert cell.size == len(raw) and raw.startswith(prefix) and 97 <= len(prefix) <= 100, type_
    assert shown(writer, "t", 4000) == whole


def test_a_text_that_a_column_cannot_hold_finds_nothing(writer: Session) -> None:
    """MariaDB refuses such a comparison for an illegal mix of collations."""
    run(
        writer,
        "CREATE TABLE t (v varchar(20) CHARACTER SET latin1)",
        "INSERT INTO t VALUES ('größe'), ('gr??e')",
    )
    column = writer.columns("", "t").columns[0]
    for text, expected in (("größe🦆", []), ("GRÖSSE", [("größe",)]), ("größe", [("größe",)]), ("ソ", [])):
        value = GRAMMAR.value(column, text)
        found = rows(writer.execute(f"SELECT v FROM t WHERE v = {value.sql}", value.params))
        assert found == expected or text == "GRÖSSE", text
        contained = GRAMMAR.contains(column, text)
        found = rows(writer.execute(f"SELECT v FROM t WHERE {contained.sql}", contained.params))
        assert found == expected or text == "GRÖSSE"


def test_a_text_is_never_taken_for_the_number_zero(writer: Session) -> None:
    run(
        writer,
        "CREATE TABLE t (v int, d decimal(40,20))",
        "INSERT INTO t VALUES (0, 1234567890.12345678901234567890)",
    )
    v, d = writer.columns("", "t").columns
    assert problem_of(lambda: GRAMMAR.value(v, "abc")).code == "data.bad_filter"
    for text, expected in (("1234567890.12345678901234567890", 1), ("1234567890.12345678901234567891", 0)):
        value = GRAMMAR.value(d, text)
        ((count,),) = rows(writer.execute(f"SELECT count(*) FROM t WHERE d = {value.sql}", value.params))
        assert count == str(expected)


def test_a_number_is_compared_with_a_text_as_text(writer: Session) -> None:
    run(writer, "CREATE TABLE t (v varchar(9))", "INSERT INTO t VALUES ('5'), ('5 apples'), ('05')")
    value = GRAMMAR.value(writer.columns("", "t").columns[0], 5)
    assert rows(writer.execute(f"SELECT v FROM t WHERE v = {value.sql}", value.params)) == [("5",)]


def test_enumerations_sort_as_they_compare(writer: Session) -> None:
    run(writer, "CREATE TABLE t (e enum('z', 'a', 'm'), s set('y', 'x'))")
    run(writer, "INSERT INTO t VALUES ('z', 'x'), ('a', 'y'), ('m', 'y,x'), ('a', '')")
    for column in writer.columns("", "t").columns:
        name = GRAMMAR.operand(column)
        ordered = [
            row[0]
            for row in rows(
                writer.execute(f"SELECT {name} FROM t ORDER BY {GRAMMAR.order(column, Order(column.name))}")
            )
        ]
        assert ordered == sorted(map(str, ordered))
        for place, cell in enumerate(ordered):
            value = GRAMMAR.value(column, cell)
            behind = rows(writer.execute(f"SELECT {name} FROM t WHERE {name} > {value.sql}", value.params))
            assert sorted(str(row[0]) for row in behind) == [c for c in ordered[place:] if c != cell]


def test_result_types_are_spelled_as_in_sql(writer: Session) -> None:
    types = [
        "tinyint", "smallint unsigned", "mediumint", "int unsigned", "bigint", "decimal(12,2)",
        "decimal(5,0) unsigned", "float", "double", "bit(3)", "date", "datetime", "datetime(3)", "time(6)",
        "timestamp(1)", "year",
        "varchar(7)", "char(3)", "varbinary(5)", "binary(4)", "text", "longtext", "blob", "longblob",
        "geometry", "enum", "set",
    ]  # fmt: skip
    spelled = {"enum": "enum('a')", "set": "set('a')", "timestamp(1)": "timestamp(1) null"}
    columns = ", ".join(f"c{i} {spelled.get(type_, type_)}" for i, type_ in enumerate(types))
    run(writer, f"CREATE TABLE t ({columns})")
    found = writer.execute("SELECT * FROM t").columns
    assert [column.type for column in found] == [
        t.replace("decimal(5,0) unsigned", "decimal(5,0)") for t in types
    ]
    kinds = {column.type: column.kind for column in found}
    assert (kinds["bit(3)"], kinds["year"], kinds["enum"], kinds["geometry"]) == (
        "binary",
        "time",
        "text",
        "binary",
    )


# --- read-only -------------------------------------------------------------------------------------------

WAYS_OUT = [
    ["SET SESSION TRANSACTION READ WRITE"],
    ["SET tx_read_only = 0"],
    ["SET @@session.tx_read_only = OFF"],
    ["START TRANSACTION READ WRITE"],
    ["START /* x */ TRANSACTION WITH CONSISTENT SNAPSHOT, READ WRITE"],
    ["/*!50000 START TRANSACTION READ WRITE */"],
    ["SET TRANSACTION READ WRITE", "BEGIN"],
    ["SET autocommit = 0", "SET TRANSACTION READ WRITE"],
    ["BEGIN NOT ATOMIC START TRANSACTION READ WRITE; INSERT INTO t VALUES (1); COMMIT; END"],
    ["EXECUTE IMMEDIATE 'SET SESSION TRANSACTION READ WRITE'"],
    ["PREPARE x FROM 'INSERT INTO t VALUES (1)'", "EXECUTE x"],
    ["CALL p()"],
    ["SELECT f()"],
    ["SET STATEMENT tx_read_only = 0 FOR INSERT INTO t VALUES (1)"],
    ["XA START 'a'"],
    ["LOCK TABLES t WRITE"],
    ["USE mysql", "SET SESSION TRANSACTION READ WRITE"],
]


@pytest.mark.parametrize("engine", ["InnoDB", "MyISAM", "Aria", "MEMORY"])
def test_every_storage_engine_is_protected(writer: Session, reader: Session, engine: str) -> None:
    run(writer, f"CREATE TABLE t (a int) ENGINE = {engine}", "INSERT INTO t VALUES (1)")
    for sql in (
        "INSERT INTO t VALUES (2)",
        "UPDATE t SET a = 3",
        "DELETE FROM t",
        "TRUNCATE t",
        "DROP TABLE t",
    ):
        assert problem_of(lambda: reader.execute(sql)).code == "sql.read_only"  # noqa: B023
    assert rows(reader.execute("SELECT a FROM t")) == [("1",)]


@pytest.mark.parametrize("way", WAYS_OUT, ids=[" ".join(way)[:60] for way in WAYS_OUT])
def test_there_is_no_way_out_of_read_only(
    mariadb_database: str, writer: Session, reader: Session, way: list[str]
) -> None:
    name = mariadb_database.partition("?")[0].rpartition("/")[2]
    run(
        writer,
        "CREATE TABLE t (a int)",
        "CREATE PROCEDURE p() BEGIN SET SESSION TRANSACTION READ WRITE; END",
        "CREATE FUNCTION f() RETURNS int BEGIN SET SESSION tx_read_only = 0; RETURN 1; END",
    )
    told = []
    for sql in [*way, f"INSERT INTO `{name}`.t VALUES (2)", f"INSERT INTO `{name}`.t VALUES (3)", "COMMIT"]:
        try:
            run(reader, sql)
        except ProblemError as error:
            told.append(error.problem)
    reader.rollback()
    assert rows(writer.execute("SELECT count(*) FROM t")) == [("0",)], told
    assert told and {problem.code for problem in told} <= {"sql.read_only", "sql.error"}
    assert rows(reader.execute("SELECT 1")) == [("1",)]


@pytest.mark.parametrize(
    "text", [r"'\''", r"'\\'", "1--1", "'a' /*! */", '"\'"', "`a'` FROM (SELECT 1 AS `a'`) x"]
)
def test_no_quoting_hides_a_file_that_would_be_written(reader: Session, text: str) -> None:
    path = f"/tmp/backlight-never-{abs(hash(text))}"
    for sql in (f"SELECT {text} INTO OUTFILE '{path}'", f"SELECT {text} /*! INTO OUTFILE '{path}' */"):
        assert problem_of(lambda: reader.execute(sql)).code == "sql.read_only"  # noqa: B023


def test_statements_that_only_look_dangerous_are_run(writer: Session, reader: Session) -> None:
    run(writer, "CREATE TABLE t (a varchar(60))", "INSERT INTO t VALUES ('begin not atomic')")
    sql = "SELECT a /* into outfile */ FROM t WHERE a = 'begin not atomic' -- set global"
    assert rows(reader.execute(sql)) == [("begin not atomic",)]
    assert rows(reader.execute("SELECT 'into outfile x' AS `set global`")) == [("into outfile x",)]
    run(reader, "BEGIN")
    assert reader.in_transaction() == "idle"
    run(reader, "COMMIT")
