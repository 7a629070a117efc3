"""The parts engines share: finding an engine, telling what went wrong, taking SQL apart, cancelling."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable

import pytest

from embedded_server.engines.base import Catalog, Reading, Session, SessionInfo, Target
from embedded_server.engines.registry import engine_for, engines
from embedded_server.engines.support.connecting import url_of
from embedded_server.engines.support.ddl import items, tokens
from embedded_server.engines.support.errors import connect_problem, network_code
from embedded_server.engines.support.interrupting import Interruptible
from embedded_server.engines.support.kinds import kind_of
from embedded_server.engines.support.remote.protocol import OPERATIONS, Given, given, params_of
from embedded_server.engines.support.statement import is_plain_query, keyword
from embedded_server.wire.values import encode_msgpack, msgpack_decoder
from tests.engines.subject import problem_of

# --- finding -----------------------------------------------------------------------------------------


def test_every_scheme_has_one_engine() -> None:
    schemes = [scheme for engine in engines().values() for scheme in engine.schemes]
    assert len(schemes) == len(set(schemes))
    assert {"sqlite", "postgresql", "mysql", "mariadb", "duckdb"} <= set(schemes)
    assert [engine.name for engine in engines().values() if not engine.schemes] == ["generic"]
    assert all(engine.name == name and engine.title for name, engine in engines().items())


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:///x.db", "sqlite"),
        ("sqlite+pysqlite:///x.db", "sqlite"),
        ("POSTGRESQL://u@h/d", "postgresql"),
        ("postgresql+psycopg://u@h/d", "postgresql"),
        ("duckdb:///x.duckdb", "duckdb"),
        ("oracle+oracledb://u@h", "generic"),
    ],
)
def test_the_scheme_decides(url: str, name: str) -> None:
    assert engine_for(url).name == name


@pytest.mark.parametrize("url", ["", "x.db", "://", "/tmp/x.db"])
def test_what_is_no_url_is_told(url: str) -> None:
    assert problem_of(lambda: engine_for(url)).code == "connection.invalid"


def test_a_dialect_that_is_not_installed_is_told() -> None:
    url = "nonesuch://host/database"
    told = problem_of(lambda: engine_for(url).open(Target(url)))
    assert told.code == "connection.driver" and "nonesuch" in told.hint


def test_options_and_secret_join_the_url() -> None:
    url = url_of(Target("postgresql://u@h/d?a=1", secret="p@ss/w", options={"sslmode": "require"}))
    assert (url.password, dict(url.query)) == ("p@ss/w", {"a": "1", "sslmode": "require"})
    assert problem_of(lambda: url_of(Target("nothing"))).code == "connection.invalid"
    assert "hidden" not in repr(Target("x://y", secret="hidden"))


# --- what went wrong ---------------------------------------------------------------------------------


def wrapped(inner: BaseException) -> BaseException:
    """As drivers do: the cause only among the arguments of another exception."""
    try:
        raise RuntimeError("cannot connect", inner)
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionRefusedError(111, "refused"), "connection.refused"),
        (FileNotFoundError(2, "no socket"), "connection.refused"),
        (socket.gaierror(-2, "unknown"), "connection.host"),
        (TimeoutError("timed out"), "connection.timeout"),
        (ssl.SSLCertVerificationError("self-signed"), "connection.tls"),
        (ConnectionResetError(104, "reset"), "connection.lost"),
        (ValueError("no network at all"), ""),
    ],
)
def test_network_errors_by_their_cause(error: BaseException, code: str) -> None:
    assert network_code(error) == network_code(wrapped(error)) == code


def test_a_password_in_a_drivers_words_is_cut_out() -> None:
    told = connect_problem("connection.auth", "bad password 's3cret' for u", "s3cret").problem
    assert "s3cret" not in told.detail and told.hint


# --- taking apart ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("INTEGER", "number"),
        ("numeric(12,2)", "number"),
        ("double precision", "number"),
        ("VARCHAR(20)", "text"),
        ("timestamp with time zone", "time"),
        ("interval", "time"),
        ("BOOLEAN", "bool"),
        ("jsonb", "json"),
        ("uuid", "uuid"),
        ("integer[]", "array"),
        ("BLOB", "binary"),
        ("bytea", "binary"),
        ("point", "other"),
        ("", "other"),
        ("whatever", "other"),
    ],
)
def test_kinds_by_name(type_name: str, kind: str) -> None:
    assert kind_of(type_name) == kind


def test_ddl_is_taken_apart_at_the_right_commas() -> None:
    sql = 'CREATE TABLE t (a INT DEFAULT (f(1, 2)), "b,""c" TEXT -- , (\n, `d` DECIMAL(1,2) /* ) */, [e] X)'
    parts = items(list(tokens(sql)))
    assert [part[0].name for part in parts] == ["a", 'b,"c', "d", "e"]
    assert [token.word for token in parts[3]] == ["", "X"]


@pytest.mark.parametrize(
    ("sql", "word", "plain"),
    [
        ("select 1", "SELECT", True),
        (" -- c\n/* c */ ( SELECT replace('a', 'b', 'c')", "SELECT", True),
        ("SELECT 'insert into x' AS \"delete\"", "SELECT", True),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH", True),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", "WITH", False),
        ("SELECT * INTO copy FROM t", "SELECT", False),
        ("SELECT * FROM t FOR UPDATE", "SELECT", True),
        ("DELETE FROM t", "DELETE", False),
        ("", "", False),
    ],
)
def test_plain_queries_by_their_text(sql: str, word: str, plain: bool) -> None:
    assert (keyword(sql), is_plain_query(sql)) == (word, plain)


# --- cancelling --------------------------------------------------------------------------------------


class Library:
    """Runs until stopped, and like real ones forgets a signal that comes before it works."""

    def __init__(self) -> None:
        self.working = threading.Event()
        self.stopped = threading.Event()
        self.signals = 0

    def run(self) -> bool:
        self.stopped.clear()
        self.working.set()
        found = self.stopped.wait(10)
        self.working.clear()
        return found

    def stop(self) -> None:
        self.signals += 1
        if self.working.is_set():
            self.stopped.set()


def started(work: Interruptible, run: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    inside, answers = threading.Event(), []

    def statement() -> None:
        with work.running():
            inside.set()
            answers.append(run())

    thread = threading.Thread(target=statement)
    thread.start()
    inside.wait(10)
    return thread, answers


def test_a_signal_is_repeated_until_it_is_heard() -> None:
    work, library, begin = Interruptible(), Library(), threading.Event()

    def late() -> bool:
        begin.wait(10)
        return library.run()

    thread, answers = started(work, late)
    assert work.interrupt(library.stop)  # returns soon although nothing was stopped yet
    assert thread.is_alive() and library.signals > 1 and work.cancelled
    begin.set()
    thread.join(10)
    assert answers == [True]


def test_a_signal_never_reaches_the_next_statement() -> None:
    work, library, begin = Interruptible(), Library(), threading.Event()
    thread, _ = started(work, lambda: begin.wait(10))
    assert work.interrupt(library.stop)
    begin.set()
    thread.join(10)
    before = library.signals
    thread, answers = started(work, lambda: library.stopped.wait(0.1))
    thread.join(10)
    assert answers == [False] and library.signals == before and not work.cancelled


def test_nothing_running_means_nothing_sent() -> None:
    work, library = Interruptible(), Library()
    assert not work.interrupt(library.stop) and library.signals == 0


# --- the pipe ----------------------------------------------------------------------------------------


def test_parameters_travel_exactly() -> None:
    values = [None, True, 2**100, -(2**63), 0.1, float("inf"), "ä\0🦆", b"\x00\xff"]
    decoder = msgpack_decoder(Given)
    assert params_of(decoder.decode(encode_msgpack(given(values)))) == values
    named = {"a": 1, "b": None}
    assert params_of(decoder.decode(encode_msgpack(given(named)))) == named
    assert params_of(given(None)) is None
    assert params_of(decoder.decode(encode_msgpack(given([])))) == []


def test_every_operation_of_a_session_is_served() -> None:
    abstract = {name for name in Session.__abstractmethods__ if name != "piece"}
    assert abstract <= set(OPERATIONS)
    assert OPERATIONS["info"][1] is SessionInfo and OPERATIONS["catalog"][1] is Catalog
    assert {"block", "end"} <= set(OPERATIONS) and hasattr(Reading, "block")


def test_several_calls_of_one_statement_are_stopped_as_one() -> None:
    work, library, begin = Interruptible(), Library(), threading.Event()

    def statement() -> bool:
        with work.running():
            begin.wait(10)  # preparing hears no signal
        with work.running():
            return library.run()

    thread, answers = started(work, statement)
    assert work.interrupt(library.stop)
    begin.set()
    thread.join(10)
    assert answers == [True] and work.cancelled
