"""The remembered order of slowly sorted rows: asked for in the background, told with its age."""

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
        self._known, self._settled = None, False

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
        before, self._known = self.text(), known
        if known is not None and known.state == "wanted" and not self.making and not self._settled:
            self._rows = 0
            self._flow = Flow(self, self._make(request), self._failed)
        if self.text() != before:
            self.changed.emit()

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
