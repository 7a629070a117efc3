"""The handlers of schema (and what they ask of others) in this process, on real databases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.problem import Problem, ProblemError
from tests.health.databases import Database, databases, server_of

_calls = itertools.count(1)


class Desk:
    """Asks as the server would."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._dispatcher = Dispatcher(services)

    def call(self, endpoint: Endpoint[Any, Any], request: Any) -> Any:
        answer = self._dispatcher.run(endpoint, request, f"s{next(_calls)}")
        return list(answer) if endpoint.stream else answer

    def refused(self, endpoint: Endpoint[Any, Any], request: Any) -> Problem:
        with pytest.raises(ProblemError) as caught:
            self.call(endpoint, request)
        return caught.value.problem


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    services = Services(Workspace(tmp_path_factory.mktemp("workspace")))
    services.secrets.use_keyring = False
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
