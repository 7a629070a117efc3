"""A view with a field beside it, so that the keyboard can go elsewhere and come back."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.kit.widgets import TextField, column

PATIENCE = 20_000


class Beside:
    """Shows both in an active window."""

    def __init__(self, qtbot: QtBot, view: QWidget) -> None:
        self._qtbot, self._view, self._field = qtbot, view, TextField("Elsewhere")
        self._page = page = column(view, self._field)
        qtbot.addWidget(page)
        page.resize(300, 300)
        with qtbot.waitExposed(page):
            page.show()
        page.activateWindow()

    def come(self) -> None:
        """The view has the keyboard."""
        self._view.setFocus()
        self._qtbot.waitUntil(lambda: self._view.hasFocus() and self._page.isActiveWindow(), timeout=PATIENCE)

    def go(self) -> None:
        """The field has it."""
        self._field.setFocus()
        self._qtbot.waitUntil(self._field.hasFocus, timeout=PATIENCE)
