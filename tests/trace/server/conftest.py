"""Trace's handlers in this process on a fresh workspace, and small requests as a probe sends them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.trace.service import HANDLERS
from embedded_server.wire.probe import INGEST, IngestRequest, IngestResponse
from embedded_server.wire.trace import GET, LIST, GetRequest, ListRequest, Trace
from tests.desk import AnyDesk

_numbers = itertools.count(1)
START = 1_790_000_000.0


def request(**fields: Any) -> dict[str, Any]:
    """A request as a probe sends it, one second after the one before."""
    number = next(_numbers)
    plain = {"id": f"t{number:06d}", "at": START + number, "method": "GET", "target": "/", "status": 200}
    return plain | {"duration_ms": 10.0} | fields


def statement(sql: str, params: Any = None, **fields: Any) -> dict[str, Any]:
    """A statement as a probe sends it."""
    return {"sql": sql, "params": params, "duration_ms": 1.0, "dialect": "sqlite"} | fields


class Desk(AnyDesk):
    """Runs requests as the server would."""

    handlers = HANDLERS

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self.traces = services.store.traces

    def ingest(self, *requests: Any, **fields: Any) -> IngestResponse:
        batch = {"application": {"name": "shop"}, "requests": list(requests)} | fields
        return self.call(INGEST, msgspec.json.decode(json.dumps(batch), type=IngestRequest))

    def taken(self, **fields: Any) -> Trace:
        """Ingest one request and read it back."""
        sent = request(**fields)
        assert self.ingest(sent).accepted == 1
        return self.get(sent["id"])

    def get(self, key: str) -> Trace:
        return self.call(GET, GetRequest(key))

    def targets(self, filter_text: str = "", **fields: Any) -> list[str]:
        return [one.target for one in self.call(LIST, ListRequest(filter=filter_text, **fields)).requests]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    services = Services(Workspace(tmp_path / "workspace"))
    yield Desk(services)
    services.close()
