"""The server's events as one signal: a long poll that resumes where it stopped."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.kit.flow import Cancelled, Flow, Pause
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import POLL, Event, PollRequest

from .client import Client


class Events(QObject):
    """`happened(Event)` for each change; `reset` when some were missed and views must refetch."""

    happened = Signal(object)
    reset = Signal()

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._after = 0
        self._epoch = ""
        self._flow: Flow | None = None
        client.online_changed.connect(self._online)

    def stop(self) -> None:
        """End the poll."""
        if self._flow is not None:
            self._flow.cancel()
            self._flow = None

    def _online(self, online: bool) -> None:
        self.stop()
        if online:
            self._flow = Flow(self, self._poll(), self._lost)

    def _lost(self, _: Problem) -> None:
        self._flow = None

    async def _poll(self) -> None:
        while self._client.online:
            try:
                answer = await self._client.call(POLL, PollRequest(self._after, self._epoch))
            except (ProblemError, Cancelled):
                await Pause(500)
                continue
            missed = answer.reset and self._epoch != ""
            self._after, self._epoch = answer.last, answer.epoch
            if missed:
                self.reset.emit()
            for event in answer.events:
                self.deliver(event)

    def deliver(self, event: Event) -> None:
        """Emit one event (also used by tests to drive views)."""
        self.happened.emit(event)
