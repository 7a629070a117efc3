"""An apply under way: which revision, which statement, how long, Cancel; afterwards how it ended."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, Surface
from embedded_server.wire.migration_runs import ApplyEvent

TICK_MILLISECONDS = 100


class ProgressBar(Surface):
    """`cancelled`: the user gave up. Hidden while nothing runs."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg2", "bottom", parent)
        self.setAccessibleName("Progress")
        self.head = ElidedLabel("", "text", weight=600)
        self.sql = ElidedLabel("", "dim", mono=True)
        self.time = ElidedLabel("", "number", mono=True)
        self.cancel = Button("Cancel", "Esc")
        self.cancel.setAccessibleName("Cancel the apply")
        self.cancel.clicked.connect(self.give_up)
        self._begun = 0.0
        self._share = 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(TICK_MILLISECONDS)
        self._clock.timeout.connect(self._tick)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 10, 8)
        row.setSpacing(10)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.head)
        texts.addWidget(self.sql)
        row.addLayout(texts, 1)
        row.addWidget(self.time)
        row.addWidget(self.cancel)
        self.hide()

    def running(self) -> bool:
        """Whether something runs."""
        return self._clock.isActive()

    def begin(self, text: str) -> None:
        """Something starts."""
        self._begun, self._share = time.monotonic(), 0.0
        self.head.setText(text)
        self.sql.setText("")
        self.cancel.setEnabled(True)
        self._clock.start()
        self._tick()
        self.show()

    def end(self) -> None:
        """It is over."""
        self._clock.stop()
        self.hide()

    def give_up(self) -> None:
        """Ask for the end; the statement that runs is stopped."""
        if self.running() and self.cancel.isEnabled():
            self.cancel.setEnabled(False)
            self.head.setText("Cancelling…")
            self.cancelled.emit()

    def hear(self, event: ApplyEvent) -> None:
        """One event of an apply."""
        if event.kind == "revision":
            self.head.setText(f"Revision {event.number} of {event.count}: {event.revision}")
            self._share = (event.number - 1) / max(event.count, 1)
        elif event.kind == "revision_done":
            self._share = event.number / max(event.count, 1)
        elif event.kind == "statement":
            self.sql.setText(" ".join(event.sql.split()))
        elif event.kind in ("phase", "plan", "waiting", "note", "backup"):
            self.sql.setText(event.text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The surface, and a line that grows with the revisions."""
        super().paintEvent(event)
        painter = QPainter(self)
        height = theme().scaled(2)
        bar = QRect(0, self.height() - height, round(self.width() * self._share), height)
        painter.fillRect(bar, theme().color("accent"))
        painter.end()

    def _tick(self) -> None:
        self.time.setText(f"{time.monotonic() - self._begun:.1f} s")
