"""Text of several lines in the value font: bodies, headers, rules; to edit or to read."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import slim_bars

_SHEET = """
QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @6px;
                 selection-background-color: @select; selection-color: @text; }
QPlainTextEdit:focus { background: @bg1; }
"""


class TextBox(QPlainTextEdit):
    """Lines are not wrapped; Tab goes to the next control."""

    def __init__(
        self, name: str, hint: str = "", parent: QWidget | None = None, *, read_only: bool = False
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setReadOnly(read_only)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        slim_bars(self)
        styled(self, _SHEET)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take the font from the theme."""
        self.setFont(theme().mono_font())

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Only plain text comes in."""
        if source.hasText():
            self.insertPlainText(source.text())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """A dropped file is for the window, not for this text."""
        return source.hasText() and not source.hasUrls()
