"""Messages over the centre: problems that no view shows itself, and questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.theme import theme

if TYPE_CHECKING:
    from desktop.kit.widgets import Message

MOST = 3


class MessageStack(QWidget):
    """The newest message on top, at most three; a message that is put away is gone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.messages: list[Message] = []
        self._rows = QVBoxLayout(self)
        self._rows.setSpacing(theme().scaled(6))
        gap = theme().scaled(8)
        self._rows.setContentsMargins(gap, gap, gap, gap)
        self.hide()

    def add(self, message: Message) -> None:
        """Show a message."""
        message.closed.connect(self._closed)
        self.messages.insert(0, message)
        self._rows.insertWidget(0, message)
        for oldest in self.messages[MOST:]:
            self._drop(oldest)
        self.show()

    def clear(self) -> None:
        """Put all messages away."""
        for message in list(self.messages):
            self._drop(message)

    def _closed(self) -> None:
        sender = self.sender()
        for message in [message for message in self.messages if message is sender]:
            self._drop(message)

    def _drop(self, message: Message) -> None:
        if message in self.messages:
            self.messages.remove(message)
            self._rows.removeWidget(message)
            message.hide()
            message.deleteLater()
        self.setVisible(bool(self.messages))
