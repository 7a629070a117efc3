"""Work under way: how many rows, how fast, how long; Cancel."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, Surface

_TICK_MILLISECONDS = 100


class WorkBar(Surface):
    """`cancelled`: the user gave up. Empty while nothing runs, but keeps its place."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "", parent)
        self.setAccessibleName("Progress")
        self.text = ElidedLabel("", "text")
        self.time = ElidedLabel("", "number", mono=True)
        self.cancel = Button("Cancel", "Esc")
        self.cancel.clicked.connect(self.give_up)
        self._share, self._begun = 0.0, 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MILLISECONDS)
        self._clock.timeout.connect(self._tick)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 6)
        row.setSpacing(10)
        row.addWidget(self.text, 1)
        row.addWidget(self.time)
        row.addWidget(self.cancel)
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    def running(self) -> bool:
        """Whether something runs."""
        return self._clock.isActive()

    def begin(self, text: str) -> None:
        """Something starts."""
        self._begun, self._share = time.monotonic(), 0.0
        self.text.setText(text)
        self.cancel.setEnabled(True)
        self._clock.start()
        self._tick()
        self.show()

    def tell(self, text: str, share: float) -> None:
        """How far it is; `share` from 0 to 1, 0 where it is not known."""
        if self.cancel.isEnabled():
            self.text.setText(text)
        self._share = share
        self.update()

    def end(self) -> None:
        """It is over."""
        self._clock.stop()
        self.hide()

    def give_up(self) -> None:
        """Ask for the end."""
        if self.running() and self.cancel.isEnabled():
            self.cancel.setEnabled(False)
            self.text.setText("Cancelling…")
            self.cancelled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A line that grows with the work."""
        super().paintEvent(event)
        painter = QPainter(self)
        height = theme().scaled(2)
        painter.fillRect(QRect(0, self.height() - height, self.width(), height), theme().color("bg3"))
        bar = QRect(0, self.height() - height, round(self.width() * min(self._share, 1.0)), height)
        painter.fillRect(bar, theme().color("accent"))
        painter.end()

    def _tick(self) -> None:
        self.time.setText(f"{time.monotonic() - self._begun:.1f} s")


def rate_text(rows: int, rate: float) -> str:
    """`12,000 rows · 800,000 rows/s`"""
    return f"{rows:,} rows" + (f" · {rate:,.0f} rows/s" if rate else "")


def size_text(count: int) -> str:
    """Bytes for people."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return ""
