"""Chips: a rounded word with a dot (connection, state), and one that can be removed (a filter)."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.kit.theme import theme

from .paint import dot, elided, focus_ring, rounded

_DOT = 8
_SIDE = 10


class Chip(QAbstractButton):
    """A dot in a token's colour, text, and a last word in bold: `● main · PostgreSQL 15 · local`."""

    def __init__(
        self,
        text: str = "",
        token: str = "",
        word: str = "",
        parent: QWidget | None = None,
        *,
        line: str = "line",
        most: int = 360,
        small: bool = False,
    ) -> None:
        super().__init__(parent)
        self._token, self._word, self._line, self._most = token, word, line, most
        # Another one of several is chosen: it steps back.
        self._back = False
        self._height, self._ratio = ("line", 0.9) if small else ("chip", 1.0)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_text(text, token, word)
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        self.updateGeometry()
        self.update()

    def show_text(self, text: str, token: str = "", word: str = "", line: str = "") -> None:
        """Show something else."""
        self._token, self._word = token, word
        self._line = line or self._line
        self.setText(text)
        name = " · ".join(part for part in (text, word) if part)
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.restyle()

    def show_chosen(self, chosen: bool | None) -> None:
        """One of several to choose from: it is chosen, others are (False), or none is (None)."""
        self.setCheckable(True)
        self.setChecked(bool(chosen))
        self._back = chosen is False
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its text, up to a limit."""
        width = (
            self._text_left()
            + self._plain().horizontalAdvance(self.text() + self._between())
            + theme().scaled(_SIDE)
        )
        if self._word:
            width += self._bold().horizontalAdvance(self._word)
        return QSize(min(width + 1, theme().scaled(self._most)), theme().metric(self._height))

    def minimumSizeHint(self) -> QSize:
        """Dot and an ellipsis."""
        width = theme().scaled(2 * _SIDE + _DOT + 24)
        return QSize(min(width, self.sizeHint().width()), theme().metric(self._height))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Box, dot, text, word."""
        painter = QPainter(self)
        line = theme().color("select_line" if self.isChecked() else self._line)
        rounded(painter, self.rect(), self._ground(), line, self.height() / 2)
        if self._token:
            size = theme().scaled(_DOT)
            dot(painter, theme().scaled(_SIDE), self.height() / 2, theme().color(self._token), size)
        self._paint_texts(painter)
        if self.hasFocus():
            focus_ring(painter, self.rect(), self.height() / 2)
        painter.end()

    def _ground(self) -> QColor | None:
        if self.isChecked() and not self.isDown():
            return theme().color("select")
        if self.isDown() or (self.underMouse() and self.isEnabled()):
            return theme().color("bg3")
        return None if self._back else theme().color("bg2")

    def _paint_texts(self, painter: QPainter) -> None:
        left, right = self._text_left(), self.width() - theme().scaled(_SIDE)
        word = self._bold().horizontalAdvance(self._word) if self._word else 0
        painter.setFont(theme().ui_font(self._ratio))
        painter.setPen(theme().color("dim" if self._back else "text"))
        between = self._plain().horizontalAdvance(self._between())
        left += elided(painter, QRect(left, 0, right - word - between - left + 1, self.height()), self.text())
        if self._word:
            elided(painter, QRect(left, 0, between + 2, self.height()), self._between())
            painter.setFont(theme().ui_font(self._ratio, 600))
            elided(painter, QRect(left + between, 0, right - left - between + 2, self.height()), self._word)

    def _between(self) -> str:
        return " · " if self._word and self.text() else ""

    def _text_left(self) -> int:
        return theme().scaled(_SIDE) + (theme().scaled(_DOT + 6) if self._token else 0)

    def _plain(self) -> QFontMetrics:
        return QFontMetrics(theme().ui_font(self._ratio))

    def _bold(self) -> QFontMetrics:
        return QFontMetrics(theme().ui_font(self._ratio, 600))


class FilterChip(Chip):
    """A condition in force: click edits it, the cross or Delete removes it."""

    removed = Signal()

    def __init__(self, text: str, parent: QWidget | None = None, *, least: int = 90) -> None:
        super().__init__(text, parent=parent, line="select_line")
        self._least = least
        # Several of them, or a long one, must not make the window wider: the whole text stands on hover.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """As many letters as `least` pixels hold, and the cross."""
        return QSize(min(self.sizeHint().width(), theme().scaled(self._least)), self.sizeHint().height())

    def sizeHint(self) -> QSize:
        """With room for the cross."""
        size = super().sizeHint()
        return QSize(size.width() + theme().scaled(16), size.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """The cross at the end."""
        super().paintEvent(event)
        painter = QPainter(self)
        size = theme().scaled(10)
        left = self.width() - theme().scaled(_SIDE) - size
        painter.drawPixmap(left, (self.height() - size) // 2, theme().pixmap("close", 10, "dim"))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The cross removes."""
        if event.position().x() > self.width() - theme().scaled(26) and self.rect().contains(
            event.position().toPoint()
        ):
            self.setDown(False)
            self.removed.emit()
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit()
        else:
            super().keyPressEvent(event)

    def _paint_texts(self, painter: QPainter) -> None:
        left = self._text_left()
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("text"))
        elided(painter, QRect(left, 0, self.width() - left - theme().scaled(26), self.height()), self.text())
