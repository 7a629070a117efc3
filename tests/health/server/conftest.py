"""The handlers of health in this process, on real databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from embedded_server.health.service import HANDLERS
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from tests.desk import AnyDesk
from tests.health.databases import Database, databases, server_of


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
    folder = tmp_path_factory.mktemp("files")
    with databases(partial(server_of, request), desk.services, folder) as make:
        yield make
