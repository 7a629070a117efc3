"""Toolbars, panes and splitters: one pixel lines, never boxes in boxes."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QSplitterHandle, QVBoxLayout, QWidget

from desktop.kit.theme import theme

from .paint import Themed


class Surface(Themed):
    """A plain background in a token's colour, with an optional line at one side."""

    def __init__(self, token: str = "bg1", line: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token, self._line = token, line

    def paintEvent(self, _: QPaintEvent) -> None:
        """Background and line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(self._token))
        area = {
            "top": QRect(0, 0, self.width(), 1),
            "bottom": QRect(0, self.height() - 1, self.width(), 1),
            "left": QRect(0, 0, 1, self.height()),
            "right": QRect(self.width() - 1, 0, 1, self.height()),
        }.get(self._line)
        if area is not None:
            painter.fillRect(area, theme().color("line"))
        painter.end()


class Toolbar(Surface):
    """The row of controls over a view; `add` to the left, `add_right` to the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "bottom", parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 0, 10, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)
        self._left = 0
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().metric("toolbar"))
        super().restyle()

    def add(self, widget: QWidget, space: int = 0) -> None:
        """Put a widget after the others on the left."""
        if space:
            self._row.insertSpacing(self._left, theme().scaled(space))
            self._left += 1
        self._row.insertWidget(self._left, widget)
        self._left += 1

    def add_right(self, widget: QWidget) -> None:
        """Put a widget after the others on the right."""
        self._row.addWidget(widget)


class Splitter(QSplitter):
    """A splitter whose handle is a one pixel line that can be grabbed two pixels around it."""

    def __init__(self, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical if vertical else Qt.Orientation.Horizontal, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        """The line."""
        return _Handle(self.orientation(), self)


class _Handle(QSplitterHandle):
    # Qt masks a handle of one pixel to its middle and lets the mouse grab two more on each side.
    def sizeHint(self) -> QSize:
        return QSize(1, 1)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("line"))
        painter.end()


def column(
    *widgets: QWidget,
    parent: QWidget | None = None,
    gap: int = 0,
    margins: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> QWidget:
    """A widget that stacks others from top to bottom; the last one takes the rest."""
    box = QWidget(parent)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    for number, widget in enumerate(widgets, 1):
        layout.addWidget(widget, 1 if number == len(widgets) else 0)
    return box
