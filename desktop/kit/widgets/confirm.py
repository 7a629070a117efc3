"""Asks to type a name before something is done that cannot be taken back."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from .buttons import Button, PrimaryButton
from .fields import TextField
from .layout import Surface
from .text import Paragraph


class ConfirmBox(Surface):
    """`confirmed(text)` once the name stands there exactly."""

    confirmed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg2", "bottom", parent)
        self.text = Paragraph("", "text")
        self.field = TextField("Type the name to confirm")
        self.go = PrimaryButton("Apply")
        self.no = Button("Not now")
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.go)
        row.addWidget(self.no)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(self.text)
        column.addLayout(row)
        self._wanted = ""
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._accept)
        self.go.clicked.connect(self._accept)
        self.no.clicked.connect(self.hide)
        self.hide()

    def ask(self, text: str, wanted: str, action: str) -> None:
        """Ask for a name."""
        self._wanted = wanted
        self.text.setText(text)
        self.field.setPlaceholderText(wanted)
        self.go.setText(action)
        self.field.clear()
        self._typed("")
        self.show()
        self.field.setFocus()

    def _typed(self, text: str) -> None:
        self.go.setEnabled(text == self._wanted)

    def _accept(self) -> None:
        if self.field.text() == self._wanted:
            self.hide()
            self.confirmed.emit(self._wanted)
