"""The server's state in the status bar: started, answering and how fast, lost and started again."""

from __future__ import annotations

import time
from collections import deque

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.api.client import Address, Client
from desktop.api.server_process import ServerProcess
from desktop.context import Notify
from desktop.kit.flow import Flow
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.problem import Problem
from embedded_server.wire.server import INFO, ServerInfo

from .statusbar import ServerState

PING_MILLISECONDS = 5000
TRIPS = 5


class ServerWatch(QObject):
    """Connects the server process to the client and tells how it is. `answered(ServerInfo)` per start."""

    answered = Signal(object)

    def __init__(
        self, server: ServerProcess, client: Client, state: ServerState, notify: Notify, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._client, self._state, self._notify = client, state, notify
        self._epoch = ""
        self._trips: deque[float] = deque(maxlen=TRIPS)
        self._flow: Flow | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PING_MILLISECONDS)
        self._timer.timeout.connect(self.ping)
        # The start keeps the window busy; soon after it a better figure can be had.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(1500)
        self._soon.timeout.connect(self.ping)
        server.ready.connect(self._ready)
        server.lost.connect(self._lost)

    def ping(self) -> None:
        """Measure one round trip (unless one is under way)."""
        if self._client.online and (self._flow is None or self._flow.done):
            self._flow = Flow(self, self._measure(), self._silent)

    def _ready(self, address: Address) -> None:
        self._trips.clear()
        self._client.connect_to(address)
        self._timer.start()
        self.ping()
        self._soon.start()

    def _lost(self, problem: Problem) -> None:
        self._timer.stop()
        again = problem.code == "server.lost"
        if again:
            self._client.connect_to(None)
        else:
            self._client.give_up(problem)
        self._state.show_state("server restarting" if again else "no server", "warn" if again else "error")
        self._notify.problem(problem)

    async def _measure(self) -> None:
        start = time.perf_counter()
        info = await self._client.call(INFO, Nothing())
        self._trips.append((time.perf_counter() - start) * 1000)
        # The fastest of the last few: a slower one has mostly waited for the window itself.
        milliseconds = min(self._trips)
        text = f"server {milliseconds:.1f} ms" if milliseconds < 100 else f"server {milliseconds:.0f} ms"
        tip = f"Backlight server {info.version}, process {info.pid}\nworkspace {info.workspace}"
        self._state.show_state(text, "ok", f"{tip}\nmeasured: fastest of the last {TRIPS} round trips to it")
        self._tell(info)

    def _tell(self, info: ServerInfo) -> None:
        if info.epoch != self._epoch:
            self._epoch = info.epoch
            self.answered.emit(info)

    def _silent(self, problem: Problem) -> None:
        # A process that ended is reported by its own signal; here it only does not answer.
        self._state.show_state("server silent", "warn", problem.detail)
