"""The handlers of health in this process, on real databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from embedded_server.health.service import HANDLERS
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from tests.desk import AnyDesk
from tests.health.databases import Database, file_database, fresh_name


class Desk(AnyDesk):
    """Asks as the server would."""

    handlers = HANDLERS


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
