"""Statements: reading in blocks, cancelling, read-only, transactions, errors, searching."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from embedded_server.engines.base import Session
from embedded_server.wire.data import Order
from embedded_server.wire.problem import Problem, ProblemError
from tests.engines.subject import Bench, problem_of, rows
from tests.waiting import wait_until


def numbers(bench: Bench, count: int) -> str:
    return bench.spelling.numbers.format(count=count)


def texts(bench: Bench) -> str:
    """A table with the columns id and v and one row."""
    s = bench.spelling
    return bench.table(f"id {s.integer} NOT NULL PRIMARY KEY", f"v {s.key_text}", values=["(1, 'old')"])


def test_info_tells_version_and_read_only(bench: Bench) -> None:
    reader, writer = bench.open(), bench.open(read_only=False)
    assert reader.info().server_version and reader.info().read_only
    assert not writer.info().read_only


def test_rows_come_in_blocks_until_fewer_than_asked(bench: Bench) -> None:
    reading = bench.open().execute(numbers(bench, 2500))
    blocks = [reading.block(1000) for _ in range(4)]
    assert [len(block) for block in blocks] == [1000, 1000, 500, 0]
    cells = [int(str(row[0])) for block in blocks for row in block.rows()]
    assert cells == list(range(1, 2501))


def test_a_closed_reading_frees_the_session(bench: Bench) -> None:
    session = bench.open()
    reading = session.execute(numbers(bench, 100_000))
    assert len(reading.block(10)) == 10
    reading.close()
    reading.close()
    assert len(rows(session.execute(numbers(bench, 3)))) == 3


def test_an_empty_result_has_its_columns(bench: Bench) -> None:
    table = texts(bench)
    reading = bench.open().execute(f"SELECT id, v FROM {bench.quoted(table)} WHERE id < 0")
    assert [column.name for column in reading.columns] == ["id", "v"]
    block = reading.block(10)
    assert (len(block), len(block.columns)) == (0, 2)


def test_a_statement_without_result_tells_affected_rows(bench: Bench) -> None:
    table = texts(bench)
    session = bench.open(read_only=False)
    assert not session.execute(
        f"CREATE TABLE {bench.quoted(bench.fresh())} (a {bench.spelling.integer})"
    ).columns
    reading = session.execute(f"INSERT INTO {bench.quoted(table)} VALUES (2, 'b'), (3, 'c')")
    assert (reading.columns, reading.affected) == ([], 2)
    reading.close()
    reading = session.execute(f"UPDATE {bench.quoted(table)} SET v = 'x' WHERE id > 5")
    assert reading.affected == 0


def test_parameters_are_filled_in_only_when_given(bench: Bench) -> None:
    session, grammar = bench.open(), bench.grammar
    assert rows(session.execute("SELECT '100%' AS a, '%s' AS b, '?' AS c")) == [("100%", "%s", "?")]
    table = texts(bench)
    value = grammar.value(session.columns(bench.schema, table).columns[1], "old")
    raw = grammar.escape("v <> '100%s'")
    sql = f"SELECT id FROM {bench.quoted(table)} WHERE v = {value.sql} AND {raw}"
    assert [str(row[0]) for row in rows(session.execute(sql, value.params))] == ["1"]
    assert rows(session.execute(f"SELECT {grammar.escape(chr(39) + '5%' + chr(39))} AS a", ())) == [("5%",)]


# --- cancelling --------------------------------------------------------------------------------------


def start_endless(bench: Bench, session: Session) -> tuple[threading.Thread, list[Problem]]:
    told: list[Problem] = []

    def work() -> None:
        try:
            rows(session.execute(bench.spelling.endless))
        except ProblemError as error:
            told.append(error.problem)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, told


@pytest.mark.parametrize("read_only", [True, False], ids=["reader", "writer"])
def test_cancel_from_another_thread_ends_the_statement(bench: Bench, read_only: bool) -> None:
    session = bench.open(read_only=read_only)
    for _ in range(3):
        thread, told = start_endless(bench, session)
        wait_until(session.cancel, "the statement to be running")
        thread.join(10)
        assert not thread.is_alive() and [problem.code for problem in told] == ["job.cancelled"]
        assert len(rows(session.execute(numbers(bench, 3)))) == 3
    assert session.alive() and session.in_transaction() == "auto"


def test_cancel_at_once_is_not_lost(bench: Bench) -> None:
    """The signal may come before the database has begun: repeated asking must still end the statement."""
    session = bench.open()
    for _ in range(10):
        thread, told = start_endless(bench, session)
        wait_until(partial(cancelled, session, thread), "the statement to be running")
        wait_until(partial(cancelled, session, thread), "the end of the statement")
        thread.join(10)
        assert not thread.is_alive() and told[0].code == "job.cancelled"


def cancelled(session: Session, thread: threading.Thread) -> bool:
    return session.cancel() or not thread.is_alive()


def test_cancel_of_an_idle_session_signals_nothing(bench: Bench) -> None:
    session = bench.open()
    assert not session.cancel()
    assert len(rows(session.execute(numbers(bench, 3)))) == 3
    assert not session.cancel()


# --- read-only ---------------------------------------------------------------------------------------


def test_a_read_only_session_is_refused_every_write(bench: Bench) -> None:
    bench.needs(bench.subject.engine.capabilities.read_only_enforced, "read-only sessions")
    table = texts(bench)
    for text in bench.spelling.writes:
        session = bench.open()
        told = problem_of(lambda: rows(session.execute(bench.spelled(text, table))))  # noqa: B023
        assert told.code == "sql.read_only", (text, told)
        assert session.alive() and session.in_transaction() == "auto"
        session.close()
    assert rows(bench.open().execute(f"SELECT v FROM {bench.quoted(table)}")) == [("old",)]


def test_a_read_only_session_sees_what_others_write(bench: Bench) -> None:
    table = texts(bench)
    reader = bench.open()
    assert rows(reader.execute(f"SELECT v FROM {bench.quoted(table)}")) == [("old",)]
    bench.run(f"UPDATE {bench.quoted(table)} SET v = 'new'")
    assert rows(reader.execute(f"SELECT v FROM {bench.quoted(table)}")) == [("new",)]


# --- transactions ------------------------------------------------------------------------------------


def test_transactions_keep_and_give_up(bench: Bench) -> None:
    table = texts(bench)
    writer, reader = bench.open(read_only=False), bench.open()
    query = f"SELECT v FROM {bench.quoted(table)}"
    assert writer.in_transaction() == "auto"
    for end, expected in ((writer.rollback, "old"), (writer.commit, "new")):
        writer.begin()
        assert writer.in_transaction() == "idle"
        writer.execute(f"UPDATE {bench.quoted(table)} SET v = 'new'").close()
        assert rows(reader.execute(query)) == [("old",)]
        assert rows(writer.execute(query)) == [("new",)]
        end()
        assert writer.in_transaction() == "auto"
        assert rows(reader.execute(query)) == [(expected,)]


def test_ending_no_transaction_is_harmless(bench: Bench) -> None:
    session = bench.open(read_only=False)
    session.commit()
    session.rollback()
    assert session.in_transaction() == "auto" and session.alive()


def test_autocommit_keeps_each_statement(bench: Bench) -> None:
    table = texts(bench)
    writer = bench.open(read_only=False)
    writer.execute(f"UPDATE {bench.quoted(table)} SET v = 'kept'").close()
    assert problem_of(lambda: writer.execute("SELECT nonsense FROM nowhere").close()).code == "sql.error"
    writer.close()
    assert rows(bench.open().execute(f"SELECT v FROM {bench.quoted(table)}")) == [("kept",)]


# --- errors and ends -----------------------------------------------------------------------------------


def test_a_syntax_error_says_where(bench: Bench) -> None:
    session = bench.open()
    for sql, places in (("SELECT 1 FROM FROM x", (14,)), ("SELECT 'ä' AS a\nFROM WHERE b", (21,))):
        told = problem_of(lambda: rows(session.execute(sql)))  # noqa: B023
        assert told.code == "sql.error" and told.detail
        assert told.position in (places if bench.spelling.tells_positions else (None,)), (told, sql)
    assert session.alive()


def test_missing_parameters_are_told_apart(bench: Bench) -> None:
    session = bench.open()
    told = problem_of(lambda: rows(session.execute(f"SELECT {bench.grammar.placeholder}", ())))
    assert told.code in ("sql.params", "sql.error") and told.detail


def test_a_closed_session_answers_no_more(bench: Bench) -> None:
    session = bench.open()
    session.close()
    session.close()
    assert not session.alive() and not session.cancel()
    assert problem_of(lambda: rows(session.execute(numbers(bench, 1)))).code == "connection.lost"
    assert session.in_transaction() == "lost"


def test_errors_do_not_name_python(bench: Bench) -> None:
    """What a person reads is the database's message, not a traceback or a repr of an exception."""
    told = problem_of(lambda: rows(bench.open().execute("SELECT * FROM no_such_table")))
    assert "no_such_table" in told.detail
    assert not any(word in told.detail for word in ("Error(", "Traceback", "psycopg", "pymysql", "sqlalche"))


# --- searching and sorting -----------------------------------------------------------------------------

WORDS = ["alpha", "Beta", "100% sure", "a_b", "back\\slash", "it's", "GRÖSSE größe", "", "beta max"]
SEARCHES = [
    ("contains", "BETA", {"Beta", "beta max"}),
    ("starts", "beta", {"Beta", "beta max"}),
    ("ends", "MAX", {"beta max"}),
    ("contains", "%", {"100% sure"}),
    ("contains", "_", {"a_b"}),
    ("contains", "\\", {"back\\slash"}),
    ("contains", "'", {"it's"}),
    ("contains", "grösse", {"GRÖSSE größe"}),
    ("starts", "", set(WORDS)),
]


@pytest.mark.parametrize(("where", "text", "expected"), SEARCHES, ids=[f"{w}_{t}" for w, t, _ in SEARCHES])
def test_search_is_literal_and_ignores_case(bench: Bench, where: str, text: str, expected: set[str]) -> None:
    s, grammar = bench.spelling, bench.grammar
    bench.needs(text.isascii() or s.folds_unicode, "case folding beyond ASCII")
    values = [f"({i}, {grammar.literal(None, word)})" for i, word in enumerate(WORDS)]
    table = bench.table(f"id {s.integer} NOT NULL PRIMARY KEY", f"v {s.key_text}", values=values)
    session = bench.open()
    column = session.columns(bench.schema, table).columns[1]
    condition = grammar.contains(column, text, where=where)
    sql = f"SELECT v FROM {bench.quoted(table)} WHERE {condition.sql}"
    assert {row[0] for row in rows(session.execute(sql, condition.params))} == expected


def test_like_takes_the_callers_wildcards(bench: Bench) -> None:
    s, grammar = bench.spelling, bench.grammar
    values = ["(17, 'a1c')", "(27, 'abcd')", "(30, 'a%c')", "(4, NULL)"]
    table = bench.table(f"id {s.integer} NOT NULL PRIMARY KEY", f"v {s.key_text}", values=values)
    session = bench.open()
    key, text = session.columns(bench.schema, table).columns[:2]
    for column, pattern, expected in ((text, "a_c", {17, 30}), (text, "ab%", {27}), (key, "%7", {17, 27})):
        condition = grammar.like(column, pattern)
        sql = f"SELECT id FROM {bench.quoted(table)} WHERE {condition.sql}"
        found = rows(session.execute(sql, condition.params))
        assert {int(str(row[0])) for row in found} == expected, pattern


def test_regular_expressions(bench: Bench) -> None:
    bench.needs(bench.subject.engine.capabilities.regex, "regular expressions")
    s, grammar = bench.spelling, bench.grammar
    values = ["(1, 'order 12')", "(2, 'order x')", "(3, NULL)"]
    table = bench.table(f"id {s.integer} NOT NULL PRIMARY KEY", f"v {s.key_text}", values=values)
    session = bench.open()
    condition = grammar.regex(session.columns(bench.schema, table).columns[1], "[0-9]{2}$")
    assert condition is not None
    sql = f"SELECT v FROM {bench.quoted(table)} WHERE {condition.sql}"
    assert rows(session.execute(sql, condition.params)) == [("order 12",)]


@pytest.mark.parametrize("desc", [False, True], ids=["ascending", "descending"])
@pytest.mark.parametrize("nulls", ["", "first", "last"], ids=["default", "first", "last"])
def test_nulls_stand_where_the_grammar_says(bench: Bench, desc: bool, nulls: str) -> None:
    s, grammar = bench.spelling, bench.grammar
    table = bench.table(f"id {s.integer}", f"v {s.integer}", values=["(1, 5)", "(2, NULL)", "(3, 7)"])
    session = bench.open()
    column = session.columns(bench.schema, table).columns[1]
    term = grammar.order(column, Order("v", desc, nulls))  # type: ignore[arg-type]
    found = [row[0] for row in rows(session.execute(f"SELECT v FROM {bench.quoted(table)} ORDER BY {term}"))]
    first = nulls == "first" or (not nulls and grammar.nulls_first(desc))
    assert (found[0] is None, found[-1] is None) == (first, not first)
    assert [int(str(cell)) for cell in found if cell is not None] == ([7, 5] if desc else [5, 7])


def test_limit_and_offset(bench: Bench) -> None:
    session = bench.open()
    sql = f"SELECT * FROM ({numbers(bench, 50)}) AS q ORDER BY 1"
    found = [int(str(row[0])) for row in rows(session.execute(sql + bench.grammar.limit(3, 10)))]
    assert found == [11, 12, 13]
    assert len(rows(session.execute(sql + bench.grammar.limit(7)))) == 7
