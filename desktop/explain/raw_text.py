"""Text to read and copy: the plan as the database gave it."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import slim_bars
from desktop.kit.widgets.fields import LINES

_STYLE = "QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @10px; }"


class RawText(QPlainTextEdit):
    """Monospaced, never wrapped; read-only unless it is a `field` to paste into."""

    def __init__(self, name: str, parent: QWidget | None = None, *, field: bool = False) -> None:
        super().__init__(parent)
        self.setReadOnly(not field)
        self.setAccessibleName(name)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        slim_bars(self, "field" if field else "bg1")
        styled(self, LINES if field else _STYLE)
        theme().changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the font from the theme."""
        self.setFont(theme().mono_font())
