"""Logs' handlers in this process on a fresh workspace; the workers are real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_server.logs.service import HANDLERS
from embedded_server.logs.sources import Sources
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.logs import (
    OPEN,
    ROWS,
    SEARCH,
    STATE,
    LogRow,
    LogState,
    OpenLogRequest,
    OpenLogResponse,
    RowsRequest,
    RowsResponse,
    SearchBatch,
    SearchRequest,
    StateRequest,
)
from tests.desk import AnyDesk


class Desk(AnyDesk):
    """Runs requests as the server would."""

    handlers = HANDLERS

    def open(self, path: Path | str, **fields: Any) -> OpenLogResponse:
        return self.call(OPEN, OpenLogRequest(path=str(path), **fields))

    def state(self, source: Path | str, wait: float = 30.0) -> LogState:
        return self.call(STATE, StateRequest(str(source), wait))

    def rows(self, source: Path | str, **fields: Any) -> RowsResponse:
        return self.call(ROWS, RowsRequest(source=str(source), **fields))

    def all_rows(self, source: Path | str, **fields: Any) -> list[LogRow]:
        found: list[LogRow] = []
        row: int | None = 0
        while row is not None:
            page = self.rows(source, row=row, limit=2000, **fields)
            found += page.rows
            row = page.next
        return found

    def batches(self, source: Path | str, pattern: str = "", **fields: Any) -> list[SearchBatch]:
        request = SearchRequest(source=str(source), pattern=pattern, **({"limit": 1 << 30} | fields))
        found: list[SearchBatch] = self.call(SEARCH, request)
        return found

    def search(self, source: Path | str, pattern: str = "", **fields: Any) -> list[LogRow]:
        batches = self.batches(source, pattern, **fields)
        assert batches[-1].done
        lines = [line for batch in batches for line in batch.lines]
        assert batches[-1].count == len(lines) or "limit" in fields
        return lines

    def pid(self, source: Path | str) -> int:
        """The process of an open log."""
        (opened,) = [
            each for each in self.services.room("logs", Sources).all() if each.opening.source == str(source)
        ]
        return opened.process.pid


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    services = Services(Workspace(Path(tmp_path_factory.mktemp("workspace"))))
    yield Desk(services)
    services.close()
