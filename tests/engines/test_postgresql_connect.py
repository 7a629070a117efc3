"""Connecting to PostgreSQL, and what happens to a connection."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from embedded_server.engines.base import Session, Target
from embedded_server.engines.registry import engines
from embedded_server.targets import split_secret
from embedded_server.wire.problem import Problem, ProblemError
from tests.engines.subject import problem_of, rows
from tests.servers.base import Unavailable, server_root
from tests.servers.fixtures import unavailable
from tests.servers.postgres import PASSWORD, PostgresServer
from tests.waiting import wait_until


def open_session(url: str, secret: str | None = None, *, read_only: bool = True, **options: str) -> Session:
    return engines()["postgresql"].open(Target(url, secret, read_only, options))


def refused(url: str, secret: str | None = None, **options: str) -> Problem:
    return problem_of(lambda: open_session(url, secret, **options))


@pytest.fixture(scope="module")
def guarded() -> Iterator[PostgresServer]:
    """A server that wants a password and TLS."""
    try:
        server = PostgresServer(server_root(), f"pgguard{os.getpid()}", tcp=True, tls=True).create()
    except Unavailable as reason:
        unavailable(str(reason))
    yield server
    server.stop()


def without_password(server: PostgresServer, database: str = "postgres") -> str:
    return split_secret(server.tcp_url(database))[0]


# --- passwords and TLS ---------------------------------------------------------------------------------


def test_a_missing_password_is_asked_for_and_a_wrong_one_refused(guarded: PostgresServer) -> None:
    url = without_password(guarded)
    assert refused(url).code == "secret.needed"
    told = refused(url, "not the password")
    assert told.code == "connection.auth" and "password authentication failed" in told.detail
    assert "not the password" not in told.detail + told.hint
    session = open_session(url, PASSWORD)
    assert session.info().tls is True and session.info().user == "postgres"
    session.close()


def test_password_file_and_environment_work_headless(
    guarded: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"localhost:{guarded.port}:*:postgres:{escaped}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    open_session(without_password(guarded)).close()
    monkeypatch.delenv("PGPASSFILE")
    for name, value in {
        "PGHOST": "localhost",
        "PGPORT": str(guarded.port),
        "PGUSER": "postgres",
        "PGPASSWORD": PASSWORD,
        "PGDATABASE": "template1",
        "PGOPTIONS": "-c work_mem=7MB",
    }.items():
        monkeypatch.setenv(name, value)
    session = open_session("postgresql://")
    assert session.info().database == "template1"
    assert rows(session.execute("SHOW work_mem")) == [("7MB",)]
    session.close()
    monkeypatch.setenv("PGPASSWORD", "wrong")
    assert "PGPASSWORD" in refused("postgresql://").hint


def test_certificates_are_verified_when_asked(guarded: PostgresServer) -> None:
    url = without_password(guarded)
    authority = str(guarded.folder / "ca.pem")
    session = open_session(url, PASSWORD, sslmode="verify-full", sslrootcert=authority)
    assert session.info().tls is True
    session.close()
    other = str(guarded.folder / "server.pem")
    assert refused(url, PASSWORD, sslmode="verify-ca", sslrootcert=other).code == "connection.tls"
    told = refused(
        url.replace("localhost", "other.test") + "?hostaddr=127.0.0.1",
        PASSWORD,
        sslmode="verify-full",
        sslrootcert=authority,
    )
    assert told.code == "connection.tls" and "host name" in told.hint
    assert refused(url, PASSWORD, sslmode="verify-full", sslrootcert="/missing.pem").code == "connection.tls"


def test_a_server_that_insists_on_tls_says_so(guarded: PostgresServer) -> None:
    told = refused(without_password(guarded), PASSWORD, sslmode="disable")
    assert told.code == "connection.tls" and "sslmode" in told.hint


def test_a_server_without_tls_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_refuse_tls, args=(listener,), daemon=True).start()
        told = refused(f"postgresql://u@127.0.0.1:{listener.getsockname()[1]}/x", sslmode="require")
    assert told.code == "connection.tls" and "no TLS" in told.hint


def _refuse_tls(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(8)
        connection.sendall(b"N")
        connection.recv(1)


# --- where and what ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://u@no.such.host.invalid/x", "connection.host"),
        ("postgresql://u@127.0.0.1:1/x", "connection.refused"),
        ("postgresql://u@/x?host=/nonexistent", "connection.refused"),
        ("postgresql://u@127.0.0.1:1/x?sslmode=whatever", "connection.invalid"),
        ("postgresql://u@127.0.0.1:1/x?nonsense=1", "connection.invalid"),
        ("postgresql://u@127.0.0.1:abc/x", "connection.invalid"),
    ],
)
def test_wrong_addresses_and_options(url: str, code: str) -> None:
    told = refused(url)
    assert told.code == code and told.detail


def test_a_missing_database_names_those_that_are_near(pg_server: PostgresServer) -> None:
    told = refused(pg_server.url("postgrse"))
    assert told.code == "connection.database" and "postgres" in told.hint
    assert refused(pg_server.url("zzz")).hint.startswith("The server has:")
    assert refused(pg_server.url().replace("postgres@", "nobody_here@")).code == "connection.auth"


def test_urls_as_other_drivers_write_them(pg_server: PostgresServer) -> None:
    query = pg_server.url().partition("?")[2]
    for scheme in ("postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"):
        session = open_session(f"{scheme}://postgres@/template1?{query}")
        assert session.info().database == "template1"
        session.close()


def test_the_first_host_that_answers_is_taken(guarded: PostgresServer) -> None:
    url = f"postgresql://postgres@/postgres?host=127.0.0.1:1&host=localhost:{guarded.port}"
    open_session(url, PASSWORD).close()


def test_something_else_on_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_speak_http, args=(listener,), daemon=True).start()
        told = refused(f"postgresql://u@127.0.0.1:{listener.getsockname()[1]}/x")
    assert told.code == "connection.failed" and "PostgreSQL" in told.hint


def _speak_http(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(8)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_the_session_is_pinned_and_named(pg_database: str) -> None:
    name = pg_database.partition("?")[0].rpartition("/")[2]
    session = open_session(pg_database, read_only=False)
    for setting in ("DateStyle = 'German'", "IntervalStyle = 'iso_8601'", "bytea_output = 'escape'"):
        session.execute(f'ALTER DATABASE "{name}" SET {setting}').close()
    session.close()
    session = open_session(pg_database, application_name="")
    shown = rows(
        session.execute("SELECT '2024-12-31'::date, '1 day'::interval, '\\x41'::bytea::text, 0.1::real")
    )
    assert shown == [("2024-12-31", "1 day", "\\x41", "0.1")]
    session.close()
    session = open_session(pg_database)
    assert rows(session.execute("SHOW application_name")) == [("Backlight",)]
    session.close()


# --- what happens to a connection ----------------------------------------------------------------------

ENDLESS_ROWS = "SELECT repeat('x', 100), generate_series(1, 100000000)"


def read_to_the_end(session: Session, sql: str, begun: threading.Event | None = None) -> Problem:
    def work() -> None:
        with session.execute(sql) as reading:
            while len(reading.block(1000)):
                if begun is not None:
                    begun.set()

    return problem_of(work)


@pytest.mark.parametrize("how", ["backend", "crash", "stop"])
def test_a_server_that_goes_away_mid_page(private_postgres: Callable[..., PostgresServer], how: str) -> None:
    server = private_postgres()
    session = open_session(server.url(), read_only=False)
    session.begin()
    begun = threading.Event()
    told: list[Problem] = []
    thread = threading.Thread(target=lambda: told.append(read_to_the_end(session, ENDLESS_ROWS, begun)))
    thread.start()
    assert begun.wait(30)
    if how == "backend":
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'Backlight'"
        )
    else:
        server.stop(signal.SIGKILL if how == "crash" else signal.SIGQUIT)
    thread.join(30)
    assert [problem.code for problem in told] == ["connection.lost"], told
    assert "rolled it back" in told[0].hint
    assert session.in_transaction() == "lost" and not session.alive()
    assert problem_of(lambda: rows(session.execute("SELECT 1"))).code == "connection.lost"
    session.close()
    if how != "backend":
        server.start()
    session = open_session(server.url())
    assert rows(session.execute("SELECT 1")) == [("1",)]
    session.close()


def test_a_server_that_hangs(private_postgres: Callable[..., PostgresServer]) -> None:
    server = private_postgres()
    session = open_session(server.url())
    told: list[Problem] = []
    thread = threading.Thread(target=lambda: told.append(read_to_the_end(session, "SELECT pg_sleep(600)")))
    thread.start()
    probe = open_session(server.url())
    sleeping = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    wait_until(lambda: rows(probe.execute(sleeping)), "the statement to run")
    main = psutil.Process(server.pid)
    stopped = [main, *main.children()]
    for process in stopped:
        process.suspend()
    try:
        began = time.monotonic()
        assert refused(server.url() + "&connect_timeout=2").code == "connection.timeout"
        assert not session.cancel()
        thread.join(5)
        assert not thread.is_alive() and told[0].code == "connection.timeout"
        assert not session.alive() and not probe.alive()
        session.close()
        probe.close()
        assert time.monotonic() - began < 15
    finally:
        for process in stopped:
            process.resume()


def test_an_idle_session_knows_that_it_was_ended(pg_server: PostgresServer, pg_database: str) -> None:
    session = open_session(pg_database)
    assert session.alive()
    (pid,) = rows(session.execute("SELECT pg_backend_pid()"))[0]
    pg_server.execute(f"select pg_terminate_backend({pid}, 5000)")
    assert not session.alive()
    told = problem_of(lambda: rows(session.execute("SELECT 1")))
    assert told.code == "connection.lost"
    session.close()


def test_no_place_left(private_postgres: Callable[..., PostgresServer]) -> None:
    server = private_postgres(settings={"max_connections": "6", "superuser_reserved_connections": "0"})
    taken: list[Session] = []
    try:
        with pytest.raises(ProblemError) as caught:
            for _ in range(10):
                taken.append(open_session(server.url()))
        assert caught.value.problem.code == "connection.refused" and "places" in caught.value.problem.hint
    finally:
        for session in taken:
            session.close()
