"""Asks before a session is ended: with a click, on a production database by its typed name."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Paragraph, PrimaryButton, Surface, TextField


class AskBox(Surface):
    """`confirmed(text)`: yes, with what was typed. Escape is a no."""

    confirmed = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg2", "bottom", parent)
        self.setAccessibleName("Confirmation")
        self.text = Paragraph("", "text")
        self.field = TextField("Type the connection's name to confirm")
        self.go = PrimaryButton("End session")
        self.no = Button("Not now", "Esc")
        self._wanted = ""
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addStretch(0)
        row.addWidget(self.go)
        row.addWidget(self.no)
        row.addStretch(1)
        column = QVBoxLayout(self)
        edge = theme().scaled(12)
        column.setContentsMargins(edge, 8, edge, 8)
        column.setSpacing(6)
        column.addWidget(self.text)
        column.addLayout(row)
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._accept)
        self.go.clicked.connect(self._accept)
        self.no.clicked.connect(self.leave)
        self.hide()

    def ask(self, text: str, action: str, wanted: str = "") -> None:
        """Ask; `wanted` is what has to be typed, "" for nothing."""
        self._wanted = wanted
        self.text.setText(text)
        self.go.setText(action)
        self.field.setVisible(bool(wanted))
        self.field.setPlaceholderText(wanted)
        self.field.clear()
        self._typed("")
        self.show()
        (self.field if wanted else self.go).setFocus()

    def leave(self) -> None:
        """No."""
        if self.isVisible():
            self.hide()
            self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leaves, Enter is a yes where nothing has to be typed."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._accept()
        else:
            super().keyPressEvent(event)

    def _typed(self, text: str) -> None:
        self.go.setEnabled(text == self._wanted)

    def _accept(self) -> None:
        if self.field.text() == self._wanted:
            self.hide()
            self.confirmed.emit(self._wanted)
