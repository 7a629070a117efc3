"""The remembered order of slowly sorted rows: made in the background, told with its age.

On a database that others work on it is only offered: sorting all of its rows is to be somebody's wish.
"""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QObject, Signal

from desktop.api.client import Client
from desktop.kit.ages import moment
from desktop.kit.flow import Flow
from embedded_server.wire.problem import Problem
from embedded_server.wire.snapshot_state import Snapshot
from embedded_server.wire.snapshots import SNAPSHOT, SnapshotEvent, SnapshotRequest


class OrderSnapshot(QObject):
    """Has the server remember an order once it says that it is wanted. `changed`: `text` is another one."""

    changed = Signal()

    def __init__(self, client: Client, parent: QObject) -> None:
        super().__init__(parent)
        self._client = client
        self._known: Snapshot | None = None
        self._request: SnapshotRequest | None = None
        self._flow: Flow | None = None
        self._rows = 0
        # Refused or given up: not asked for again before rows, order or filter are others.
        self._settled = False

    @property
    def making(self) -> bool:
        """Whether one is being made."""
        return self._flow is not None

    def forget(self) -> None:
        """Other rows, or another order."""
        self.stop()
        self._known, self._settled, self._request = None, False, None

    def stop(self) -> bool:
        """Give up making it; false if it is not being made."""
        flow, self._flow = self._flow, None
        if flow is None:
            return False
        self._settled = True
        flow.cancel()
        self.changed.emit()
        return True

    def heard(self, known: Snapshot | None, request: SnapshotRequest) -> None:
        """What a page said about the order of `request`."""
        before, self._known = (self.text(), self.offered()), known
        self._request = request
        if self._wanted() and known is not None and not known.asks:
            self._begin(request)
        if (self.text(), self.offered()) != before:
            self.changed.emit()

    def _wanted(self) -> bool:
        return (
            self._known is not None and self._known.state == "wanted" and not (self.making or self._settled)
        )

    def offered(self) -> bool:
        """Whether one would be made for who says so."""
        return self._wanted() and self._known is not None and self._known.asks

    def take_offer(self) -> None:
        """Somebody said so."""
        if self.offered() and self._request is not None:
            self._begin(self._request)
            self.changed.emit()

    def _begin(self, request: SnapshotRequest) -> None:
        self._rows = 0
        self._flow = Flow(self, self._make(request), self._failed)

    async def _make(self, request: SnapshotRequest) -> None:
        try:
            last = await self._client.stream(SNAPSHOT, request, self._progress)
        finally:
            self._flow = None
        self._known = last.snapshot
        self.changed.emit()

    def _progress(self, event: SnapshotEvent) -> None:
        self._rows = event.rows
        self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        """Jumps stay as slow as they were; rows themselves tell what is wrong."""
        self._flow, self._settled = None, True
        self.changed.emit()

    def text(self) -> str:
        """As the status shows it, empty where there is none."""
        if self.making:
            return f"remembering the order… {self._rows:,} rows" if self._rows else "remembering the order…"
        known = self._known
        if known is None or not known.taken:
            return ""
        taken = moment(known.taken)
        age = _age((datetime.now(UTC) - taken).total_seconds())
        since = ", changed since" if known.state == "changed" else ""
        return f"snapshot {taken.astimezone():%H:%M}, {age} old{since}"


def _age(seconds: float) -> str:
    return f"{max(seconds, 0):.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
