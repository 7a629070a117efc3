"""Handlers called in-process on the databases of the shared suite."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_server.data.service import HANDLERS
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.loading import IMPORT, ImportEvent, ImportRequest
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.transfer import EXPORT, ExportEvent, ExportRequest
from tests.engines.conftest import bench, engine_bench

__all__ = ["bench", "engine_bench"]
ENGINES = ("sqlite", "postgresql", "mariadb", "duckdb")
_numbers = itertools.count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`bench` runs a test on each of the engines that export and import are made for."""
    if "bench" in metafunc.fixturenames:
        metafunc.parametrize("engine_bench", ENGINES, indirect=True, scope="session")


class House:
    """Runs exports and imports to their end; `events` of the last one."""

    def __init__(self, services: Services, folder: Path) -> None:
        self.services, self.folder = services, folder
        self.events: list[Any] = []

    def path(self, ending: str) -> Path:
        """A file that is not there yet."""
        return self.folder / f"file{next(_numbers)}.{ending}"

    def call(self, endpoint: Endpoint[Any, Any], request: Any) -> Any:
        call = Call(f"t{next(_numbers)}", endpoint.name, self.services)
        with self.services.jobs.running(call):
            answer = HANDLERS[endpoint](request, call)
            if not endpoint.stream:
                return answer
            self.events = []
            for event in answer:
                self.events.append(event)
            return self.events[-1]

    def export(self, connection: str, **fields: Any) -> ExportEvent:
        found = self.call(EXPORT, ExportRequest(connection=connection, **fields))
        assert isinstance(found, ExportEvent) and found.state == "done"
        return found

    def load(self, connection: str, path: Path, **fields: Any) -> ImportEvent:
        found = self.call(IMPORT, ImportRequest(connection=connection, path=str(path), **fields))
        assert isinstance(found, ImportEvent) and found.state == "done"
        return found

    def refused(self, endpoint: Endpoint[Any, Any], request: Any) -> Problem:
        with pytest.raises(ProblemError) as caught:
            self.call(endpoint, request)
        return caught.value.problem

    def bad_rows(self) -> list[Any]:
        """All bad rows that the last import told of."""
        return [row for event in self.events for row in event.bad_rows]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("transfer")
    services = Services(Workspace(folder / "workspace"))
    yield House(services, folder)
    services.close()
