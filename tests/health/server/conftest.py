"""The handlers of health in this process, on real databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_server.health.service import HANDLERS
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.problem import Problem, ProblemError
from tests.health.databases import Database, file_database, fresh_name

_calls = itertools.count(1)


class Desk:
    """Asks as the server would."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def call(self, endpoint: Endpoint[Any, Any], request: Any, call_id: str = "") -> Any:
        """The answer; of a stream all of its messages."""
        call = Call(call_id or f"h{next(_calls)}", endpoint.name, self.services)
        with self.services.jobs.running(call):
            answer = HANDLERS[endpoint](request, call)
            return list(answer) if endpoint.stream else answer

    def refused(self, endpoint: Endpoint[Any, Any], request: Any) -> Problem:
        with pytest.raises(ProblemError) as caught:
            self.call(endpoint, request)
        return caught.value.problem


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    services = Services(Workspace(tmp_path_factory.mktemp("workspace")))
    yield Desk(services)
    services.close()


@pytest.fixture(scope="module")
def database_of(
    request: pytest.FixtureRequest, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Database]]:
    """A database of an engine, fresh for each asking; dropped with the module."""
    made: list[tuple[str, str]] = []
    folder: Path = tmp_path_factory.mktemp("files")

    def make(engine: str) -> Database:
        if engine in ("sqlite", "duckdb"):
            return file_database(engine, folder)
        server = request.getfixturevalue("pg_server" if engine == "postgresql" else "mariadb_server")
        name = fresh_name()
        server.execute(f"create database {name}")
        made.append((engine, name))
        return Database(engine, server.url(name))

    yield make
    for engine, name in made:
        server = request.getfixturevalue("pg_server" if engine == "postgresql" else "mariadb_server")
        desk.services.disconnect(server.url(name))
        force = " with (force)" if engine == "postgresql" else ""
        server.execute(f"drop database if exists {name}{force}")
