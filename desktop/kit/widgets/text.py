"""Texts: one line with an ellipsis, section headings, separators."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QToolTip, QWidget

from desktop.kit.theme import theme
from desktop.kit.turns import unturned

from .paint import Themed


class ElidedLabel(QLabel):
    """One line of text in a token's colour, cut with an ellipsis; the whole text on hover.

    A QLabel, so that it is read out as one; its text is the whole text. `figures`: numbers change in it.
    """

    def __init__(
        self,
        text: str = "",
        token: str = "text",
        *,
        mono: bool = False,
        ratio: float = 1.0,
        weight: int = 400,
        middle: bool = False,
        figures: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._token = token
        self._mono, self._ratio, self._weight, self._figures = mono, ratio, weight, figures
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take font and sizes from the theme."""
        if self._mono:
            self.setFont(theme().mono_font(self._ratio, self._weight))
        else:
            self.setFont(theme().ui_font(self._ratio, self._weight, figures=self._figures))
        self.updateGeometry()
        self.update()

    def set_middle(self, middle: bool) -> None:
        """Whether the ellipsis stands in the middle: the end of a path tells more than its way."""
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self.update()

    def set_token(self, token: str) -> None:
        """Another colour."""
        self._token = token
        self.update()

    def color(self) -> QColor:
        """The colour it is painted in."""
        return theme().color(self._token if self.isEnabled() else "faint")

    def shown(self) -> str:
        """What fits."""
        return QFontMetrics(self.font()).elidedText(self.line(), self._mode, self.contentsRect().width())

    def line(self) -> str:
        """The whole text as one line."""
        return unturned(self.text().replace("\n", " "))

    def sizeHint(self) -> QSize:
        """As wide as the whole text; a larger font takes a higher line."""
        metrics = QFontMetrics(self.font())
        margins = self.contentsMargins()
        width = metrics.horizontalAdvance(self.line()) + 1
        height = max(theme().metric("line"), metrics.height()) + margins.top() + margins.bottom()
        return QSize(width + margins.left() + margins.right(), height)

    def minimumSizeHint(self) -> QSize:
        """An ellipsis always fits."""
        width = QFontMetrics(self.font()).horizontalAdvance("…")
        return QSize(width, self.sizeHint().height())

    def paintEvent(self, _: QPaintEvent) -> None:
        """The text that fits."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.color())
        painter.drawText(self.contentsRect(), int(self.alignment()) | _ONE_LINE, self.shown())
        painter.end()

    def event(self, event: QEvent) -> bool:
        """The whole text on hover, when it is cut."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and not self.toolTip():
            whole = unturned(self.text())
            QToolTip.showText(event.globalPos(), whole if self.shown() != whole else "", self)
            return True
        return super().event(event)


_ONE_LINE = int(Qt.TextFlag.TextSingleLine)


class Heading(ElidedLabel):
    """A small heading over a section of an inspector or list: `REFERS HERE`."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, "faint", ratio=0.85, weight=600, parent=parent)

    def restyle(self) -> None:
        """Capitals, a little spaced."""
        super().restyle()
        font = self.font()
        font.setCapitalization(QFont.Capitalization.AllUppercase)
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 104)
        self.setFont(font)


# A word without end, such as a name of 200 letters, would make the whole window as wide as it is.
_ENDLESS = re.compile(r"\S{40,}")
_PIECE = 16


def _breakable(text: str) -> str:
    """The text with places in endless words where a line may end, all of it in its own direction."""
    return _ENDLESS.sub(_in_pieces, unturned(text))


def _in_pieces(word: re.Match[str]) -> str:
    return "\u200b".join(word[0][at : at + _PIECE] for at in range(0, len(word[0]), _PIECE))


class Paragraph(QLabel):
    """Text that wraps, in a token's colour; can be selected with the mouse."""

    def __init__(
        self,
        text: str = "",
        token: str = "text",
        parent: QWidget | None = None,
        *,
        mono: bool = False,
        ratio: float = 1.0,
        weight: int = 400,
    ) -> None:
        super().__init__(_breakable(text), parent)
        self._whole = text
        self._token, self._mono, self._ratio, self._weight = token, mono, ratio, weight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.restyle()
        theme().changed.connect(self.restyle)

    def text(self) -> str:
        """The text as it was given."""
        return self._whole

    def setText(self, text: str) -> None:
        """Another text."""
        self._whole = text
        super().setText(_breakable(text))

    def set_token(self, token: str) -> None:
        """Another colour."""
        self._token = token
        self.restyle()

    def restyle(self) -> None:
        """Take font and colour from the theme."""
        self.setFont((theme().mono_font if self._mono else theme().ui_font)(self._ratio, self._weight))
        palette = self.palette()
        palette.setColor(self.foregroundRole(), theme().color(self._token))
        self.setPalette(palette)


class Line(Themed):
    """A separator of one pixel."""

    def __init__(self, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)

    def paintEvent(self, _: QPaintEvent) -> None:
        """One colour."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("line"))
        painter.end()
