"""What came back from one request: status, timing, body, headers, and what was really sent."""

from __future__ import annotations

import base64

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.kit.grid.formats import size_text
from desktop.kit.grid.viewers.panel import ValuePanel
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    KeyValue,
    KeyValueList,
    Paragraph,
    SegmentedBar,
    Surface,
    column,
)
from embedded_server.wire.data import Column
from embedded_server.wire.http import SendResponse
from embedded_server.wire.replays import Sent
from embedded_server.wire.trace import Message

from .phases_bar import PhasesBar
from .text_box import TextBox
from .words import ms_text, status_token

PARTS = ("Body", "Headers", "What was sent")


class AnswerView(QWidget):
    """Empty until the first answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Answer")
        self.status = ElidedLabel("", mono=True, weight=600)
        self.about = ElidedLabel("", "dim")
        self.phases = PhasesBar()
        self.parts = SegmentedBar(PARTS, "Parts of the answer")
        self.body = ValuePanel()
        self.body.setAccessibleName("Answer body")
        self.headers = KeyValueList("Answer headers", fits=False)
        self.differences = Paragraph("", "warn")
        self.sent = TextBox("What was really sent", read_only=True)
        self._pages = QStackedWidget()
        for page in (
            column(self.body, margins=(8, 0, 8, 0)),
            self.headers,
            column(self.differences, self.sent, margins=(14, 4, 0, 0)),
        ):
            self._pages.addWidget(page)
        self._stack = QStackedWidget()
        self._empty = EmptyState("Not sent yet", "The answer will stand here.", "play")
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._lay_out())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        self.parts.chosen.connect(self._pages.setCurrentIndex)

    def show_answer(self, answer: SendResponse) -> None:
        """Show an answer in place of the one before."""
        run, message = answer.run, answer.answer.message
        self.status.setText(f"{run.status} {answer.answer.reason}".strip())
        self.status.set_token(status_token(run.status))
        cut = " · cut at the limit" if message.truncated else ""
        self.about.setText(f"{ms_text(run.ms)} · {size_text(run.bytes)}{cut}")
        self.phases.show_phases(run.phases)
        self.headers.show_rows([KeyValue(name, value) for name, value in message.headers])
        json = "json" in message.content_type
        self.body.show_cell(body_of(message), Column("body", kind="json" if json else "other"), None)
        self.show_sent(answer.sent)
        self._stack.setCurrentIndex(1)

    def show_sent(self, sent: Sent) -> None:
        """Every byte, line ends made visible where they are not the usual ones."""
        self.sent.setPlainText(sent.text.replace("\r\n", "\n"))
        told = "; ".join(sent.differences)
        more = f" The first {size_text(len(sent.text))} are shown." if sent.truncated else ""
        self.differences.setText(f"Differs from the request as written: {told}.{more}" if told else more)
        self.differences.setVisible(bool(told or more))

    def waiting(self) -> None:
        """Something is on its way."""
        self._empty.show_text("Waiting for the answer…")

    def nothing_came(self) -> None:
        """It was not sent, or nothing answered: why stands above."""
        self._empty.show_text("No answer", "The next one will stand here.")

    def _lay_out(self) -> QWidget:
        head = Surface("bg1", "bottom")
        row = QHBoxLayout(head)
        row.setContentsMargins(14, 4, 14, 2)
        row.setSpacing(12)
        row.addWidget(self.status)
        row.addWidget(self.about)
        row.addWidget(self.phases, 1)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.addWidget(self.parts)
        bar.addStretch(1)
        page = Surface("bg1")
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(head)
        box.addLayout(bar)
        box.addWidget(self._pages, 1)
        return page


def body_of(message: Message) -> str | bytes:
    """The body as it is."""
    return message.body if message.body is not None else base64.b64decode(message.body_base64)
