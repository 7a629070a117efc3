"""How often the event loop came round while something was done: a window that is held up does not."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot


class Beats(QObject):
    """`with Beats() as beats`: `beats.count` grows at each turn of the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._beat)

    def __enter__(self) -> Beats:
        self._timer.start(0)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    @Slot()
    def _beat(self) -> None:
        self.count += 1
