"""Connecting to MariaDB, and what happens to a connection."""

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
from tests.servers.mariadb import PASSWORD, MariadbServer
from tests.waiting import wait_until


def open_session(url: str, secret: str | None = None, *, read_only: bool = True, **options: str) -> Session:
    return engines()["mysql"].open(Target(url, secret, read_only, options))


def refused(url: str, secret: str | None = None, **options: str) -> Problem:
    return problem_of(lambda: open_session(url, secret, **options))


def _server(name: str, *, tls: bool) -> Iterator[MariadbServer]:
    try:
        server = MariadbServer(server_root(), f"{name}{os.getpid()}", tcp=True, tls=tls).create()
    except Unavailable as reason:
        unavailable(str(reason))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def guarded() -> Iterator[MariadbServer]:
    """A server that wants a password and TLS."""
    yield from _server("myguard", tls=True)


@pytest.fixture(scope="module")
def plain() -> Iterator[MariadbServer]:
    """A server that wants a password and knows no TLS."""
    yield from _server("myplain", tls=False)


def without_password(server: MariadbServer, host: str = "localhost") -> str:
    return split_secret(server.tcp_url())[0].replace("127.0.0.1", host)


# --- passwords and TLS ---------------------------------------------------------------------------------


def test_a_missing_password_is_asked_for_and_a_wrong_one_refused(guarded: MariadbServer) -> None:
    url = without_password(guarded)
    assert refused(url).code == "secret.needed"
    told = refused(url, "not the password")
    assert told.code == "connection.auth" and "Access denied" in told.detail
    assert "not the password" not in told.detail + told.hint
    session = open_session(url, PASSWORD)
    assert session.info().tls is True and session.info().user.startswith("tcp@")
    session.close()


def test_option_file_and_environment_work_headless(
    guarded: MariadbServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = tmp_path / ".my.cnf"
    options.write_text(f'[client]\nuser = tcp\npassword = "{PASSWORD}"\nsocket = /nowhere\n')
    url = without_password(guarded).replace("tcp@", "")
    open_session(url + f"?read_default_file={options}").close()
    monkeypatch.setenv("HOME", str(tmp_path))
    session = open_session(url)
    assert session.info().user.startswith("tcp@") and session.info().tls is True
    session.close()
    options.write_text(f"[client]\nuser=tcp\nhost=localhost\nport={guarded.port}\npassword={PASSWORD}\n")
    open_session("mysql://").close()
    options.unlink()
    assert refused(url.replace("//", "//tcp@")).code == "secret.needed"
    monkeypatch.setenv("MYSQL_PWD", PASSWORD)
    open_session(url.replace("//", "//tcp@")).close()
    told = refused(url + "?read_default_file=/missing.cnf")
    assert told.code == "connection.invalid" and "/missing.cnf" in told.detail


def test_certificates_are_verified_when_asked(guarded: MariadbServer) -> None:
    url = without_password(guarded)
    authority, other = str(guarded.folder / "ca.pem"), str(guarded.folder / "server.pem")
    for options in ({"sslmode": "verify-full", "sslrootcert": authority}, {"ssl_ca": authority}):
        session = open_session(url, PASSWORD, **options)
        assert session.info().tls is True
        session.close()
    told = refused(url, PASSWORD, sslmode="verify-ca", sslrootcert=other)
    assert told.code == "connection.tls" and "sslrootcert" in told.hint
    by_other_name = url.replace("localhost", "127.0.0.2")
    assert refused(by_other_name, PASSWORD, sslmode="verify-full", sslrootcert=authority).code in (
        "connection.tls",
        "connection.refused",
    )
    assert refused(url, PASSWORD, sslmode="verify-full", sslrootcert="/missing.pem").code == "connection.tls"
    assert refused(url, PASSWORD, sslmode="whatever").code == "connection.invalid"


def test_a_user_that_must_use_tls_is_told(guarded: MariadbServer) -> None:
    told = refused(without_password(guarded), PASSWORD, sslmode="disable")
    assert told.code == "connection.auth" and "TLS" in told.hint


def test_tls_is_used_where_it_is_offered_and_demanded_only_when_asked(plain: MariadbServer) -> None:
    url = without_password(plain)
    session = open_session(url, PASSWORD)
    assert session.info().tls is False
    session.close()
    told = refused(url, PASSWORD, sslmode="require")
    assert told.code == "connection.tls" and "SSL" in told.detail


# --- where and what ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://u@no.such.host.invalid/x", "connection.host"),
        ("mysql://u@127.0.0.1:1/x", "connection.refused"),
        ("mysql://u@localhost/x?unix_socket=/nonexistent", "connection.refused"),
        ("mysql://u@127.0.0.1:1/x?nonsense=1", "connection.invalid"),
        ("mysql://u@127.0.0.1:abc/x", "connection.invalid"),
    ],
)
def test_wrong_addresses_and_options(url: str, code: str) -> None:
    told = refused(url)
    assert told.code == code and told.detail


def test_a_missing_database_names_those_that_are_near(mariadb_server: MariadbServer) -> None:
    told = refused(mariadb_server.url("mysqll"))
    assert told.code == "connection.database" and "mysql" in told.hint
    assert refused(mariadb_server.url("zzz")).hint.startswith("The server has:")


def test_urls_as_other_drivers_write_them(mariadb_server: MariadbServer) -> None:
    for scheme in ("mysql", "mariadb", "mariadb+pymysql", "mysql+mysqldb", "mysql+asyncmy"):
        session = open_session(mariadb_server.url("mysql").replace("mysql+pymysql:", f"{scheme}:"))
        assert session.info().database == "mysql"
        session.close()


def test_something_else_on_the_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_speak_http, args=(listener,), daemon=True).start()
        told = refused(f"mysql://u@127.0.0.1:{listener.getsockname()[1]}/x")
    assert told.code == "connection.failed" and "MySQL" in told.hint, told


def _speak_http(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_a_server_that_accepts_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"mysql://u@127.0.0.1:{listener.getsockname()[1]}/x"
        began = time.monotonic()
        told = problem_of(lambda: engines()["mysql"].open(Target(url, connect_timeout=1.0)))
        assert told.code == "connection.timeout" and time.monotonic() - began < 5


# --- what happens to a connection ----------------------------------------------------------------------

ENDLESS_ROWS = "SELECT REPEAT('x', 100), seq FROM seq_1_to_1000000000"


def read_to_the_end(session: Session, sql: str, begun: threading.Event | None = None) -> Problem:
    def work() -> None:
        with session.execute(sql) as reading:
            while len(reading.block(1000)):
                if begun is not None:
                    begun.set()

    return problem_of(work)


@pytest.mark.parametrize("how", ["connection", "crash", "stop"])
def test_a_server_that_goes_away_mid_page(private_mariadb: Callable[..., MariadbServer], how: str) -> None:
    server = private_mariadb()
    session = open_session(server.url("mysql"), read_only=False)
    session.begin()
    ((number,),) = rows(session.execute("SELECT CONNECTION_ID()"))
    begun = threading.Event()
    told: list[Problem] = []
    thread = threading.Thread(target=lambda: told.append(read_to_the_end(session, ENDLESS_ROWS, begun)))
    thread.start()
    assert begun.wait(30)
    if how == "connection":
        server.execute(f"KILL CONNECTION {number}")
    else:
        server.stop(signal.SIGKILL if how == "crash" else signal.SIGTERM)
    thread.join(30)
    assert [problem.code for problem in told] == ["connection.lost"], told
    assert "rolled it back" in told[0].hint
    assert session.in_transaction() == "lost" and not session.alive() and not session.cancel()
    assert problem_of(lambda: rows(session.execute("SELECT 1"))).code == "connection.lost"
    session.close()
    if how != "connection":
        server.start()
    session = open_session(server.url())
    assert rows(session.execute("SELECT 1")) == [("1",)]
    session.close()


def test_a_server_that_hangs(private_mariadb: Callable[..., MariadbServer]) -> None:
    server = private_mariadb()
    session = open_session(server.url())
    told: list[Problem] = []
    thread = threading.Thread(target=lambda: told.append(read_to_the_end(session, "SELECT SLEEP(600)")))
    thread.start()
    probe = open_session(server.url())
    sleeping = "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE = 'User sleep'"
    wait_until(lambda: rows(probe.execute(sleeping)), "the statement to run")
    process = psutil.Process(server.pid)
    process.suspend()
    try:
        began = time.monotonic()
        target = Target(server.url(), connect_timeout=1.0)
        assert problem_of(lambda: engines()["mysql"].open(target)).code == "connection.timeout"
        assert not session.cancel()
        thread.join(5)
        assert not thread.is_alive() and told[0].code == "connection.timeout", told
        assert not session.alive() and not probe.alive()
        session.close()
        probe.close()
        assert time.monotonic() - began < 15
    finally:
        process.resume()


def test_an_idle_session_knows_that_it_was_ended(mariadb_server: MariadbServer) -> None:
    session = open_session(mariadb_server.url())
    assert session.alive()
    ((number,),) = rows(session.execute("SELECT CONNECTION_ID()"))
    mariadb_server.execute(f"KILL CONNECTION {number}")
    wait_until(lambda: not session.alive(), "the session to end")
    assert problem_of(lambda: rows(session.execute("SELECT 1"))).code == "connection.lost"
    session.close()


def test_no_place_left(private_mariadb: Callable[..., MariadbServer]) -> None:
    server = private_mariadb(settings={"max-connections": "10"})
    taken: list[Session] = []
    try:
        with pytest.raises(ProblemError) as caught:
            for _ in range(15):
                taken.append(open_session(server.url()))
        assert caught.value.problem.code == "connection.refused" and "places" in caught.value.problem.hint
    finally:
        for session in taken:
            session.close()
