"""A request or a response: its headers, and its body in whatever way it can be read."""

from __future__ import annotations

import base64
import binascii

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.grid.formats import size_text
from desktop.kit.grid.viewers.panel import ValuePanel
from desktop.kit.theme import theme
from desktop.kit.widgets import Chip, ElidedLabel, EmptyState, KeyValue, KeyValueList, Splitter, Surface
from embedded_server.wire.data import Column
from embedded_server.wire.trace import Message

# What stands in a value's place when it was taken out before it left the application.
REDACTED = "[redacted:"


class MessageView(QWidget):
    """Headers above, body below. `name` is "Request" or "Response"."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.first = ElidedLabel("", mono=True, weight=600)
        self.marks = [Chip(small=True) for _ in range(2)]
        for mark in self.marks:
            mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.headers = KeyValueList(f"{name} headers", fits=False, key_width=190)
        self.body = ValuePanel()
        self.body.setAccessibleName(f"{name} body")
        self.about = ElidedLabel("", "dim", ratio=0.92)
        self.none = EmptyState("No body", "This message carried none, or it was not kept.", "text")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        self.split = Splitter(vertical=True)
        self.split.addWidget(self.headers)
        self.split.addWidget(self._body())
        self.split.setStretchFactor(1, 1)
        self.split.splitterMoved.connect(self._by_hand)
        self._fits = True
        column.addWidget(self.split, 1)
        self.setFocusProxy(self.headers)

    def show_message(self, first: str, message: Message) -> None:
        """Show a message; `first` is its request or status line."""
        self.first.setText(first)
        self.headers.show_rows([_header(name, value) for name, value in message.headers])
        body = body_of(message)
        there = bool(body)
        self.body.setVisible(there)
        self.none.setVisible(not there)
        if body:
            json = "json" in message.content_type
            self.body.show_cell(body, Column("body", kind="json" if json else "other"), None)
        parts = [message.content_type, size_text(message.body_bytes) if message.body_bytes else ""]
        self.about.setText(" · ".join(part for part in parts if part))
        self._show_marks(message)
        self._fit_headers()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Both parts share another height."""
        super().resizeEvent(event)
        self._fit_headers()

    def _fit_headers(self) -> None:
        """The headers take the room of their rows, up to two fifths; the body takes the rest."""
        if self._fits:
            wanted = (len(self.headers.rows()) + 1) * theme().metric("row")
            height = max(1, self.split.height())
            self.split.setSizes([min(wanted, height * 2 // 5), height - min(wanted, height * 2 // 5)])

    def _by_hand(self) -> None:
        self._fits = False

    def _show_marks(self, message: Message) -> None:
        marks = []
        if message.truncated:
            kept = len(body_of(message) or b"")
            marks.append(f"cut: {size_text(kept)} of {size_text(message.body_bytes)} kept")
        hidden = sum(REDACTED in value for _, value in message.headers) + (REDACTED in (message.body or ""))
        if hidden:
            marks.append("secrets taken out")
        for chip, text in zip(self.marks, [*marks, "", ""], strict=False):
            chip.setVisible(bool(text))
            chip.show_text(text, "warn")

    def _head(self) -> QWidget:
        head = Surface("bg1", "bottom")
        row = QHBoxLayout(head)
        row.setContentsMargins(14, 4, 14, 4)
        row.setSpacing(theme().scaled(8))
        row.addWidget(self.first, 1)
        for chip in self.marks:
            row.addWidget(chip)
        return head

    def _body(self) -> QWidget:
        box = Surface("bg1")
        column = QVBoxLayout(box)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(theme().scaled(4))
        column.addWidget(self.about)
        column.addWidget(self.body, 1)
        column.addWidget(self.none, 1)
        return box


def _header(name: str, value: str) -> KeyValue:
    redacted = REDACTED in value
    return KeyValue(name, value, "dim" if redacted else "text", italic=redacted)


def body_of(message: Message) -> str | bytes | None:
    """The body as it is: text, bytes, null for none."""
    if message.body is not None:
        return message.body
    if not message.body_base64:
        return None
    try:
        return base64.b64decode(message.body_base64, validate=True)
    except (ValueError, binascii.Error):
        return message.body_base64
