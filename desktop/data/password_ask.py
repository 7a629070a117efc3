"""Asks for a connection's password where it was missed; the server keeps it, the window forgets it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.widgets.buttons import PrimaryButton
from desktop.kit.widgets.fields import Check, TextField
from embedded_server.wire.connections import UNLOCK, UnlockRequest


class PasswordAsk(QWidget):
    """A password field with Connect; `unlocked` when the server has the password."""

    unlocked = Signal()

    def __init__(self, context: Context, connection: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._connection = context, connection
        self.field = TextField(f"Password of {connection}", "password")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.returnPressed.connect(self.send)
        self.remember = Check("Keep it in the system's keyring")
        connect = PrimaryButton("Connect", "Enter")
        connect.clicked.connect(self.send)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(connect)
        rows.addLayout(row)
        rows.addWidget(self.remember)
        self.setFocusProxy(self.field)

    def send(self) -> None:
        """Hand the password to the server."""
        self._context.flow(self, self._send())

    async def _send(self) -> None:
        request = UnlockRequest(self._connection, self.field.text(), self.remember.isChecked())
        self.field.clear()
        await self._context.api.call(UNLOCK, request)
        self.unlocked.emit()
