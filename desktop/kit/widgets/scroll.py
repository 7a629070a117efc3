"""Slim scroll bars: a handle on the content's own background, no arrow buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QScrollBar, QWidget

from desktop.kit.theme import styled, theme

_SHEET = """
QScrollBar { background: @bg1; border: 0; margin: 0; }
QScrollBar:vertical { width: @12px; }
QScrollBar:horizontal { height: @12px; }
QScrollBar::handle { background: @bg3; border-radius: @4px; margin: @2px; }
QScrollBar::handle:vertical { min-height: @28px; }
QScrollBar::handle:horizontal { min-width: @28px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: none; }
"""


class SlimBar(QScrollBar):
    """A scroll bar without arrows; `background` is the token of what lies beneath."""

    def __init__(
        self, orientation: Qt.Orientation, background: str = "bg1", parent: QWidget | None = None
    ) -> None:
        super().__init__(orientation, parent)
        styled(self, _SHEET.replace("@bg1", f"@{background}"))


class Corner(QWidget):
    """The square between two bars: of the content's background, not a button of its own."""

    def __init__(self, token: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._token = token

    def paintEvent(self, _: QPaintEvent) -> None:
        """One colour."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(self._token))
        painter.end()


def slim_bars(area: QAbstractScrollArea, background: str = "bg1") -> None:
    """Give a scroll area slim bars (once)."""
    if not isinstance(area.verticalScrollBar(), SlimBar):
        area.setVerticalScrollBar(SlimBar(Qt.Orientation.Vertical, background, area))
        area.setHorizontalScrollBar(SlimBar(Qt.Orientation.Horizontal, background, area))
        area.setCornerWidget(Corner(background, area))
