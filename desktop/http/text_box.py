"""Text of several lines in the value font: bodies, headers, rules; to edit or to read."""

from __future__ import annotations

from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import slim_bars
from desktop.kit.widgets.fields import LINES

_LEAST_LINES = 3
_SHEET = """
QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @6px;
                 selection-background-color: @select; selection-color: @text; }
"""


class TextBox(QPlainTextEdit):
    """Tab goes to the next control. Lines are not wrapped, except where it is a `field` of a form."""

    def __init__(
        self,
        name: str,
        hint: str = "",
        parent: QWidget | None = None,
        *,
        read_only: bool = False,
        field: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setPlaceholderText(hint)
        self.setReadOnly(read_only)
        self.setTabChangesFocus(True)
        wraps = QPlainTextEdit.LineWrapMode.WidgetWidth if field else QPlainTextEdit.LineWrapMode.NoWrap
        self.setLineWrapMode(wraps)
        slim_bars(self, "field" if field else "bg1")
        styled(self, LINES if field else _SHEET)
        if field:
            # In a form it takes what is left, and never less than some lines.
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take the font from the theme."""
        self.setFont(theme().mono_font())
        if self.sizePolicy().verticalPolicy() == QSizePolicy.Policy.Ignored:
            self.setMinimumHeight(_LEAST_LINES * self.fontMetrics().lineSpacing() + theme().scaled(12))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Only plain text comes in."""
        if source.hasText():
            self.insertPlainText(source.text())

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """A dropped file is for the window, not for this text."""
        return source.hasText() and not source.hasUrls()
