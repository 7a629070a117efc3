"""Work under way: what is done, how far it is, how long it takes; Cancel."""

from __future__ import annotations

import time

from PySide6.QtCore import QRect, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, Surface

_TICK_MILLISECONDS = 100


class WorkBar(Surface):
    """`cancelled`: the user gave up. Hidden while nothing runs.

    `head` says what is done, `detail` (shown where it has a text) what of it just now.
    """

    cancelled = Signal()

    def __init__(self, ground: str = "bg1", edge: str = "", parent: QWidget | None = None) -> None:
        super().__init__(ground, edge, parent)
        self.setAccessibleName("Progress")
        self.head = ElidedLabel("", "text")
        self.detail = ElidedLabel("", "dim", mono=True)
        self.time = ElidedLabel("", "number", mono=True)
        self.cancel = Button("Cancel", "Esc")
        self.cancel.clicked.connect(self.give_up)
        self._share, self._begun = 0.0, 0.0
        self._clock = QTimer(self)
        self._clock.setInterval(_TICK_MILLISECONDS)
        self._clock.timeout.connect(self._tick)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(self.head)
        texts.addWidget(self.detail)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 4, 0, 6)
        self.row.setSpacing(10)
        self.row.addLayout(texts, 1)
        self.row.addWidget(self.time)
        self.row.addWidget(self.cancel)
        self.detail.hide()
        self.hide()

    def keep_place(self) -> None:
        """Take the same room while hidden, so that nothing jumps when work starts."""
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)

    def running(self) -> bool:
        """Whether something runs."""
        return self._clock.isActive()

    def begin(self, text: str) -> None:
        """Something starts."""
        self._begun, self._share = time.monotonic(), 0.0
        self.head.setText(text)
        self.detail.setText("")
        self.cancel.setEnabled(True)
        self._clock.start()
        self._tick()
        self.show()

    def tell(self, text: str, share: float) -> None:
        """How far it is; `share` from 0 to 1, 0 where it is not known."""
        if self.cancel.isEnabled():
            self.head.setText(text)
        self.show_share(share)

    def show_share(self, share: float) -> None:
        """Only how far it is."""
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
            self.head.setText("Cancelling…")
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
