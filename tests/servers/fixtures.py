"""The fixtures that hand a database to a test.

``pg_url``/``mariadb_url``: SQLAlchemy URL of the run's shared server (its maintenance database).
``pg_database``/``mariadb_database``: URL of a fresh database for one test, dropped afterwards.
``pg_server``/``mariadb_server``: the shared server itself (``url(database)``, ``execute(sql, database)``).
``private_postgres``/``private_mariadb``: a server for this test alone, made by calling the fixture with
``tcp=``, ``tls=``, ``settings=``; the test may stop, kill, pause (``psutil``) and start it again.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from tests.servers.base import Unavailable, once, server_root
from tests.servers.mariadb import MariadbServer
from tests.servers.postgres import PostgresServer

Server = TypeVar("Server", PostgresServer, MariadbServer)
_numbers = itertools.count(1)


def _shared(kind: type[Server], name: str) -> Server:
    try:
        root = server_root()

        def start() -> dict[str, Any]:
            server = kind(root, name).create()
            return {"pid": server.pid, "port": server.port}

        return kind(root, name, **once(root, name, start))
    except Unavailable as reason:
        unavailable(str(reason))


def unavailable(reason: str) -> Any:
    """Skip the test on a developer's machine that lacks a server; in CI nothing may be skipped."""
    if os.environ.get("CI"):
        pytest.fail(f"in CI every database must be there: {reason}", pytrace=False)
    pytest.skip(f"database: {reason}")


@pytest.fixture(scope="session")
def pg_server() -> PostgresServer:
    return _shared(PostgresServer, "pg")


@pytest.fixture(scope="session")
def mariadb_server() -> MariadbServer:
    return _shared(MariadbServer, "my")


@pytest.fixture(scope="session")
def pg_url(pg_server: PostgresServer) -> str:
    return pg_server.url()


@pytest.fixture(scope="session")
def mariadb_url(mariadb_server: MariadbServer) -> str:
    return mariadb_server.url()


def _fresh_name() -> str:
    return f"t{os.getpid()}_{next(_numbers)}"


@pytest.fixture
def pg_database(pg_server: PostgresServer) -> Iterator[str]:
    name = _fresh_name()
    pg_server.execute(f"create database {name}")
    yield pg_server.url(name)
    pg_server.execute(f"drop database if exists {name} with (force)")


@pytest.fixture
def mariadb_database(mariadb_server: MariadbServer) -> Iterator[str]:
    name = _fresh_name()
    mariadb_server.execute(f"create database {name}")
    yield mariadb_server.url(name)
    mariadb_server.execute(f"drop database if exists {name}")


def _private(kind: type[Server]) -> Iterator[Callable[..., Server]]:
    started: list[Server] = []

    def start(**options: Any) -> Server:
        name = f"{'p' if kind is PostgresServer else 'm'}{os.getpid()}_{next(_numbers)}"
        try:
            server = kind(server_root(), name, **options)
            started.append(server)
            return server.create()
        except Unavailable as reason:
            return unavailable(str(reason))

    yield start
    for server in started:
        if server.pid:
            server.stop()


@pytest.fixture
def private_postgres() -> Iterator[Callable[..., PostgresServer]]:
    yield from _private(PostgresServer)


@pytest.fixture
def private_mariadb() -> Iterator[Callable[..., MariadbServer]]:
    yield from _private(MariadbServer)
