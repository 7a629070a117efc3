"""A house without HTTP: handlers called in-process on real databases, with every statement counted."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from embedded_server.data.service import HANDLERS
from embedded_server.engines.base import Session
from embedded_server.jobs import Call
from embedded_server.lanes import Lease, Line
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.data import PAGE, PageRequest, PageResponse
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.rows import ROWS, RowsBlock, RowsRequest


class House:
    """Runs requests; `asked` lists the statements and structure reads sent since `forget`."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services = services
        self.folder = folder
        self.asked: list[str] = []
        self._numbers = itertools.count()

    def call(self, endpoint: Endpoint[Any, Any], request: Any) -> Any:
        call = Call(f"c{next(self._numbers)}", endpoint.name, self.services)
        with self.services.jobs.running(call):
            answer = HANDLERS[endpoint](request, call)
            return list(answer) if endpoint.stream else answer

    def handle(self, endpoint: Endpoint[Any, Any], request: Any, call: Call) -> Any:
        """Within a call that is running already, so that it can be cancelled."""
        return HANDLERS[endpoint](request, call)

    def page(self, connection: str, table: str, **fields: Any) -> PageResponse:
        return self.call(PAGE, PageRequest(connection=connection, table=table, **fields))

    def stream(self, connection: str, table: str, **fields: Any) -> list[RowsBlock]:
        """All blocks of a stream."""
        call = Call(f"c{next(self._numbers)}", ROWS.name, self.services)
        with self.services.jobs.running(call):
            request = RowsRequest(connection=connection, table=table, **fields)
            return list(HANDLERS[ROWS](request, call))

    def rows(self, connection: str, table: str, **fields: Any) -> list[tuple[Any, ...]]:
        return list(self.page(connection, table, **fields).rows.rows())

    def run(self, connection: str, sql: str) -> None:
        """A statement for its effect."""
        call = Call(f"s{next(self._numbers)}", "sql", self.services)
        with call.own(connection) as lease:
            lease.session.execute(sql).close()

    @contextlib.contextmanager
    def session(self, connection: str) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
        """Statements in a session of their own, which may write."""
        call = Call(f"s{next(self._numbers)}", "sql", self.services)
        with call.own(connection) as lease:

            def run(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
                with lease.session.execute(sql, params) as reading:
                    return list(reading.block(100_000).rows()) if reading.columns else []

            yield run

    def rows_of_sql(self, connection: str, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
        """What a statement gives in a session like the one that browses."""
        call = Call(f"s{next(self._numbers)}", "sql", self.services)
        with call.session(connection) as lease, lease.session.execute(sql, params) as reading:
            return list(reading.block(100_000).rows())

    def forget(self) -> None:
        self.asked.clear()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    services = Services(Workspace(folder / "workspace"))
    made = House(services, folder)
    with pytest.MonkeyPatch.context() as patch:
        _listen(patch, made.asked)
        yield made
    services.close()


def _listen(patch: pytest.MonkeyPatch, asked: list[str]) -> None:
    """Note every statement and structure read of every session that is opened."""
    opened = Line._open

    def noting(line: Line, lane: str) -> Lease:
        lease = opened(line, lane)
        for name in ("execute", "columns", "table", "estimate", "heap_pages", "catalog", "piece"):
            setattr(lease.session, name, _noting(getattr(lease.session, name), name, asked))
        if type(lease.session).execute_for_all is not Session.execute_for_all:
            lease.session.execute_for_all = _noting(lease.session.execute_for_all, "execute", asked)  # type: ignore[method-assign]
        return lease

    patch.setattr(Line, "_open", noting)


def _noting(method: Callable[..., Any], name: str, asked: list[str]) -> Callable[..., Any]:
    def noted(*args: Any, **options: Any) -> Any:
        asked.append(args[0] if name == "execute" else name)
        return method(*args, **options)

    return noted


@contextlib.contextmanager
def own_database(house: House, server: Any) -> Iterator[str]:
    """A database on a shared server for one module: other processes make theirs beside it."""
    name = f"data_{os.getpid()}_{next(house._numbers)}"
    server.execute(f"create database {name}")
    url = server.url(name)
    yield url
    house.services.disconnect(url)
    server.execute(f"drop database {name}")


Maker = Callable[..., str]


@pytest.fixture(scope="module")
def sqlite_file(house: House) -> Maker:
    """Makes a database file from a script and gives its URL."""
    names = itertools.count()

    def make(script: str, rows: Sequence[Sequence[Any]] = (), insert: str = "") -> str:
        path = house.folder / f"made{next(names)}.db"
        with sqlite3.connect(path) as connection:
            connection.executescript(script)
            if insert:
                connection.executemany(insert, rows)
        connection.close()
        return f"sqlite:///{path}"

    return make


def open_file(url: str) -> sqlite3.Connection:
    """The same file through the plain driver, committing at once."""
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
