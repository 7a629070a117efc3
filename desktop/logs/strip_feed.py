"""Keeps the strip over the lines up to date, at most once a second while the log grows."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from desktop.context import Context
from desktop.kit.flow import Flow
from embedded_server.wire.logs import HISTOGRAM, HistogramRequest
from embedded_server.wire.problem import Problem

from .rows import LogRows
from .strip import HistogramStrip

MILLISECONDS = 1000
BUCKETS = 160


class StripFeed(QObject):
    """Asks for records over time when the log, or the span that is looked at, is another."""

    def __init__(self, context: Context, strip: HistogramStrip) -> None:
        super().__init__(strip)
        self._context, self._strip = context, strip
        self._shown: tuple[int, str] | None = None
        self._request: HistogramRequest | None = None
        self._flow: Flow | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._read)

    def forget(self) -> None:
        """Ask anew at the next occasion."""
        self._shown = None

    def show(self, rows: LogRows) -> None:
        """The log or the query may be others now."""
        state, query = rows.state, rows.query
        if state is None or not state.exact:
            return
        wanted = (state.size, f"{query.since}|{query.until}|{state.format}")
        if wanted == self._shown or self._timer.isActive():
            return
        at_once = self._shown is None or self._shown[1] != wanted[1]
        self._shown = wanted
        self._request = HistogramRequest(
            source=rows.source, buckets=BUCKETS, since=query.since, until=query.until
        )
        self._timer.start(0 if at_once else MILLISECONDS)

    def _read(self) -> None:
        if self._flow is not None:
            self._flow.cancel()
        if self._request is not None:
            self._flow = Flow(self, self._reading(self._request), _unheard)

    async def _reading(self, request: HistogramRequest) -> None:
        found = await self._context.api.call(HISTOGRAM, request)
        self._strip.show_buckets(found)


def _unheard(_: Problem) -> None:
    """There is nothing to draw."""
