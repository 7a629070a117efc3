"""What applications send, as it comes: one call per event, shared by the list, the strip and quick open."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, Signal

from desktop.api.client import Client
from desktop.api.events import Events
from desktop.kit.flow import Cancelled, Flow
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import Event
from embedded_server.wire.trace import LIST, ListRequest, TraceSummary

KEPT = 5000
# So many summaries are asked for at once.
PAGE = 1000


class Feed(QObject):
    """`arrived(list[TraceSummary])`, oldest first; `reset` when everything is to be read again.

    `refilled`: the newest ones were read anew. `removed(list[str])`: traces that are gone.
    `stepped(trace id)`: something was done about one.
    """

    arrived = Signal(list)
    reset = Signal()
    refilled = Signal()
    removed = Signal(list)
    stepped = Signal(str)

    def __init__(self, client: Client, events: Events, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._wanted: list[str] = []
        self._flow: Flow | None = None
        # The newest requests known, for quick open: the newest last.
        self.known: OrderedDict[str, TraceSummary] = OrderedDict()
        events.happened.connect(self._happened)
        events.reset.connect(self.again)
        client.online_changed.connect(self._online)

    def again(self) -> None:
        """Read the newest anew."""
        if self._flow is not None:
            self._flow.cancel()
        self._wanted.clear()
        self._flow = Flow(self, self._recent(), _unheard)
        self.reset.emit()

    def _online(self, online: bool) -> None:
        if online:
            self.again()
        elif self._flow is not None:
            self._flow.cancel()

    def _happened(self, event: Event) -> None:
        if event.kind == "trace.new":
            self._wanted += [str(key) for key in event.data.get("ids", [])]
            if self._flow is None or self._flow.done:
                self._flow = Flow(self, self._fetch(), _unheard)
        elif event.kind == "trace.step":
            self.stepped.emit(str(event.data.get("trace", "")))
        elif event.kind == "trace.deleted":
            gone = [str(key) for key in event.data.get("ids", [])]
            for key in gone:
                self.known.pop(key, None)
            self.removed.emit(gone)

    async def _recent(self) -> None:
        answer = await self._client.call(LIST, ListRequest(limit=200))
        self.known.clear()
        self._keep(list(reversed(answer.requests)))
        self.refilled.emit()
        await self._fetch()

    async def _fetch(self) -> None:
        while self._wanted:
            ids, self._wanted = self._wanted[:PAGE], self._wanted[PAGE:]
            try:
                answer = await self._client.call(LIST, ListRequest(ids=ids, limit=len(ids)))
            except (ProblemError, Cancelled):
                return
            fresh = sorted(answer.requests, key=_age)
            self._keep(fresh)
            if fresh:
                self.arrived.emit(fresh)

    def _keep(self, fresh: list[TraceSummary]) -> None:
        for summary in fresh:
            self.known[summary.id] = summary
        while len(self.known) > KEPT:
            self.known.popitem(last=False)


def _age(summary: TraceSummary) -> tuple[str, str]:
    return summary.at, summary.id


def _unheard(_: Problem) -> None:
    """What is missed comes with the next event; the list tells of its own problems."""
