"""Words in several colours and weights."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from desktop.kit.statements import Piece
from desktop.kit.theme import theme


class RichText(QTextEdit):
    """A few words in colours that wrap, as high as they are; can be selected with the mouse."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for policy in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self._parts: Sequence[Piece] = ()
        theme().changed.connect(self.restyle)

    def show_parts(self, parts: Sequence[Piece]) -> None:
        """Show other words; none hides them."""
        self._parts = parts
        self.setVisible(bool(parts))
        self.restyle()

    def plain(self) -> str:
        """The words alone."""
        return "".join(part.text for part in self._parts)

    def restyle(self) -> None:
        """Colours and fonts from the theme."""
        self.setViewportMargins(theme().scaled(14), 0, theme().scaled(14), 0)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        for part in self._parts:
            look = QTextCharFormat()
            look.setFont(theme().ui_font(weight=600 if part.bold else 400))
            look.setForeground(theme().color(part.token or "text"))
            cursor.insertText(part.text, look)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps at other places."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height = math.ceil(self.document().size().height()) + 2
        if height != self.maximumHeight():
            self.setFixedHeight(height)
