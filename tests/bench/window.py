"""The window's side of a benchmark: a real server process and the window's own client, no shortcuts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from embedded_server.http_caller import HttpCaller
from embedded_server.wire.data import PAGE, PageRequest, PageResponse
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.rows import ROWS, RowsBlock, RowsRequest
from tests.bench.case import Work
from tests.bench.data import scratch


class LiveWindow:
    """Asks as the window asks: its own connections, msgpack, decoded columns."""

    def __init__(self, server: HttpCaller) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        import_module("desktop.quick_start")  # as in the real start
        from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: the platform is chosen first

        from desktop.api.client import Address, Client  # noqa: PLC0415  # lazy: see above

        self.app = QApplication.instance() or QApplication(["bench"])
        self.client = Client()
        self.client.connect_to(Address(server.port, server.token))
        self.server_pid = server.process.pid

    def ask(self, endpoint: Endpoint, request: Any) -> Any:
        """Call and wait in the event loop; raises the problem."""
        from PySide6.QtCore import QEventLoop  # noqa: PLC0415  # lazy: see above

        waiter = self.client.call(endpoint, request)
        while not waiter.settled:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        self.received = waiter.bytes_received
        return waiter.result()

    def listen(self, endpoint: Endpoint, request: Any) -> Any:
        """The last message of a stream."""
        from PySide6.QtCore import QEventLoop  # noqa: PLC0415  # lazy: see above

        stream = self.client.stream(endpoint, request, _heard)
        while not stream.settled:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return stream.result()

    def page(self, connection: str, table: str = "orders", **fields: Any) -> PageResponse:
        """One page of a table."""
        return self.ask(PAGE, PageRequest(connection=connection, table=table, **fields))

    def everything(
        self,
        connection: str,
        table: str = "orders",
        *,
        held: bool = False,
        looked_at: bool = False,
        **fields: Any,
    ) -> Work:
        """All rows as the window takes them: one stream of blocks. Cells of blocks that came as lines are not
        made before somebody looks: with `held` their columns are kept, as by whoever will look, and with
        `looked_at` all cells are made at once."""
        from PySide6.QtCore import QEventLoop  # noqa: PLC0415  # lazy: see above

        from desktop.kit.long_column import LongColumn  # noqa: PLC0415  # lazy: see above

        counted: list[int] = []
        columns: list[LongColumn] = []

        def hear(block: RowsBlock) -> None:
            counted.append(len(block.rows))
            columns.extend(LongColumn() for _ in block.columns)
            for into, cells in zip(columns, block.rows.columns, strict=True):
                if held:
                    into.add(cells)
            if looked_at and len(block.rows):
                assert block.rows.columns[0][0]

        stream = self.client.frames(ROWS, RowsRequest(connection=connection, table=table, **fields), hear)
        while not stream.settled:
            self.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        assert stream.result().last
        return Work(sum(counted), stream.received)

    def work(self, connection: str, **fields: Any) -> Work:
        """One page as a measured piece of work."""
        answer = self.page(connection, **fields)
        return Work(len(answer.rows), self.received)


def _heard(message: object) -> None:
    """Only the last one is of interest."""


@contextmanager
def live_window() -> Iterator[LiveWindow]:
    """A server of its own with an empty workspace, and a window's client."""
    with scratch("window") as folder:
        server = HttpCaller(Path(folder))
        window = LiveWindow(server)
        try:
            yield window
        finally:
            window.client.connect_to(None)
            server.close()
