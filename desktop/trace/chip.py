"""The chip of the top bar: which application is being captured."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject

from desktop.context import Context
from desktop.kit.ages import age_text, moment
from desktop.kit.widgets import Chip
from embedded_server.wire.trace import TraceSummary

from .activity import WINDOW
from .feed import Feed
from .strip import ActivityStrip
from .words import request_text


class CaptureChip(QObject):
    """Shown once something was captured; dim after a minute without a request. A click opens the page."""

    def __init__(self, context: Context, feed: Feed, strip: ActivityStrip) -> None:
        super().__init__(strip)
        self._context, self._feed = context, feed
        self.chip = Chip(most=260)
        self.chip.hide()
        context.workbench.add_chip(self.chip)
        self.chip.clicked.connect(self._open)
        feed.arrived.connect(self._arrived)
        feed.refilled.connect(self._refilled)
        strip.quiet.connect(self._refilled)

    def _arrived(self, fresh: list[TraceSummary]) -> None:
        captured = [request for request in fresh if request.host]
        if captured:
            self._show(captured[-1])

    def _refilled(self) -> None:
        known = [request for request in self._feed.known.values() if request.host]
        if known:
            self._show(known[-1])
        else:
            self.chip.hide()

    def _show(self, request: TraceSummary) -> None:
        live = time.time() - moment(request.at).timestamp() < WINDOW
        word = "capturing" if live else "quiet"
        self.chip.show_text(f"{word} · {request.host}", "info" if live else "faint")
        self.chip.setToolTip(f"Last request {age_text(request.at)}: {request_text(request)}")
        self.chip.show()

    def _open(self) -> None:
        self._context.workbench.show_page("requests")
