"""Line numbers, and the strip in the colour of the connection's class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme

if TYPE_CHECKING:
    from .editor import SqlEditor

_CLASSES = ("local", "shared", "production")
_STRIP = 3


class Gutter(QWidget):
    """Beside the text; a click selects the line."""

    def __init__(self, editor: SqlEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._class = ""
        self.setCursor(Qt.CursorShape.ArrowCursor)
        editor.updateRequest.connect(self._follow)

    def show_class(self, class_: str) -> None:
        """The connection's class, "" for none."""
        self._class = class_ if class_ in _CLASSES else ""
        self.update()

    def shown_class(self) -> str:
        """The class whose colour it shows."""
        return self._class

    def sizeHint(self) -> QSize:
        """Room for the largest number, at least three digits."""
        digits = max(3, len(str(self._editor.blockCount())))
        width = QFontMetrics(theme().mono_font(0.92)).horizontalAdvance("0") * digits
        return QSize(width + theme().scaled(_STRIP + 10 + 10), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Numbers of the lines in view; the cursor's line and the statement's lines stand out."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("bg1"))
        if self._class:
            painter.fillRect(QRect(0, 0, theme().scaled(_STRIP), self.height()), theme().color(self._class))
        painter.setFont(theme().mono_font(0.92))
        current = self._editor.textCursor().blockNumber()
        statement = self._editor.statement_lines()
        right = self.width() - theme().scaled(10)
        # The last line is higher than the others: it carries the document's margin.
        height = self._editor.fontMetrics().height()
        for number, top in self._editor.lines_in_view():
            if top + height < event.rect().top():
                continue
            if top > event.rect().bottom():
                break
            painter.setPen(theme().color(self._token(number, current, statement)))
            area = QRect(0, top, right, height)
            flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(area, flags, str(number + 1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the line under the pointer."""
        cursor = self._editor.cursorForPosition(event.position().toPoint())
        cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock)
        cursor.movePosition(QTextCursor.MoveOperation.NextBlock, QTextCursor.MoveMode.KeepAnchor)
        self._editor.setTextCursor(cursor)
        self._editor.setFocus()

    def _token(self, number: int, current: int, statement: range) -> str:
        if self._editor.is_error_line(number):
            return "error"
        if number == current:
            return "text"
        return "dim" if number in statement else "faint"

    def _follow(self, area: QRect, scrolled: int) -> None:
        if scrolled:
            self.scroll(0, scrolled)
        else:
            self.update(0, area.y(), self.width(), area.height())
