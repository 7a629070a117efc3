"""Where a plan from elsewhere is pasted."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.widgets import Paragraph, PrimaryButton

from .raw_text import RawText

HINT = (
    "The output of PostgreSQL's EXPLAIN as text or JSON, with ANALYZE or without, also as psql prints it, or "
    "of SQLite's EXPLAIN QUERY PLAN. It is read here and sent nowhere."
)


class PasteView(QWidget):
    """`pasted(text)`: read this."""

    pasted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = RawText("Plan to read", field=True)
        self.text.setPlaceholderText("Paste a plan here")
        self.button = PrimaryButton("Read plan", "Ctrl+Enter")
        self.button.clicked.connect(self._read)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.addWidget(Paragraph(HINT, "dim"))
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        column.addLayout(row)
        self.setFocusProxy(self.text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter reads it."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._read()
        else:
            super().keyPressEvent(event)

    def _read(self) -> None:
        if self.text.toPlainText().strip():
            self.pasted.emit(self.text.toPlainText())
