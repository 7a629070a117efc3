"""The left pane of the Requests page: segments Live and Routes, and those that others add."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Part
from desktop.kit.widgets import SegmentedBar, pane_head

PAGE = "requests"


class RequestsPane(QWidget):
    """Builds a segment's widget when it is first shown. `shown(title)` with each change."""

    shown = Signal(str)

    def __init__(self, context: Context, own: tuple[Part, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._own = context, own
        self._made: dict[str, QWidget] = {}
        self.bar = SegmentedBar((), "Lists of requests")
        self._stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(pane_head(self.bar))
        column.addWidget(self._stack, 1)
        self.bar.chosen.connect(self._choose)
        context.workbench.parts_changed.connect(self._fill)
        self._fill(PAGE)

    def show_part(self, title: str) -> None:
        """Bring a segment to the front."""
        for index in range(self.bar.count()):
            if self.bar.tabText(index) == title:
                self.bar.setCurrentIndex(index)
                self._choose(index)

    def part(self) -> str:
        """The title of the segment shown."""
        return self.bar.tabText(self.bar.currentIndex())

    def _parts(self) -> dict[str, Callable[[], QWidget]]:
        return {part.title: part.make for part in (*self._own, *self._context.workbench.parts(PAGE))}

    def _fill(self, page_id: str) -> None:
        if page_id == PAGE:
            for title in list(self._parts())[self.bar.count() :]:
                self.bar.addTab(title)

    def _choose(self, index: int) -> None:
        title = self.bar.tabText(index)
        if title not in self._made:
            self._made[title] = self._parts()[title]()
            self._stack.addWidget(self._made[title])
        self._stack.setCurrentWidget(self._made[title])
        self.setFocusProxy(self._made[title])
        self.shown.emit(title)
