"""A bar of segments: the parts of one view (`Rows Structure Relations DDL`)."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QTabBar, QWidget

from desktop.kit.theme import theme

from .paint import focus_ring, rounded


class SegmentedBar(QTabBar):
    """A tab bar painted as segments, so that keyboard and screen readers know it.

    Left and Right change the segment while it has the focus.
    """

    chosen = Signal(int)

    def __init__(
        self, names: tuple[str, ...] = (), name: str = "View", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        for text in names:
            self.addTab(text)
        self.currentChanged.connect(self.chosen)
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        self.setFont(theme().ui_font())
        self.updateGeometry()
        self.update()

    def tabSizeHint(self, index: int) -> QSize:
        """Text and padding."""
        width = QFontMetrics(theme().ui_font()).horizontalAdvance(self.tabText(index))
        return QSize(width + theme().scaled(20), theme().metric("button"))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Segments are never cut."""
        return self.tabSizeHint(index)

    def minimumSizeHint(self) -> QSize:
        """All of them; of those that scroll, some."""
        size = self.sizeHint()
        if self.usesScrollButtons():
            size.setWidth(min(size.width(), theme().scaled(300)))
        return size

    def paintEvent(self, _: QPaintEvent) -> None:
        """Texts; the chosen one on a box."""
        painter = QPainter(self)
        painter.setFont(theme().ui_font())
        for index in range(self.count()):
            self._paint_tab(painter, index, self.tabRect(index))
        painter.end()

    def _paint_tab(self, painter: QPainter, index: int, area: QRect) -> None:
        chosen = index == self.currentIndex()
        if chosen:
            rounded(painter, area, theme().color("bg3"))
        if not self.isTabEnabled(index):
            token = "faint"
        else:
            token = "text" if chosen else "dim"
        painter.setPen(theme().color(token))
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), self.tabText(index))
        if chosen and self.hasFocus():
            focus_ring(painter, area)
