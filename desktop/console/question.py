"""The question before something is destroyed: what, how many rows, and a yes that takes a moment."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Message, PrimaryButton, TextField
from embedded_server.wire.guard import GuardResponse, Hazard

_LISTED = 6


class GuardQuestion(Message):
    """`accepted`: it may run. Esc and "Don't run" put it away."""

    accepted = Signal()

    def __init__(self, answer: GuardResponse) -> None:
        super().__init__(answer.question, _explained(answer), tone="warn", closable=False)
        self._word = answer.word if answer.ask == "type" else ""
        self.field = TextField("Name of the connection", self._word)
        self.field.setVisible(bool(self._word))
        self.run = Button("Run it")
        self.dismiss = PrimaryButton("Don't run", "Esc")
        row = QHBoxLayout()
        row.setContentsMargins(theme().scaled(24), 2, 0, 2)
        row.setSpacing(theme().scaled(8))
        row.addWidget(self.field)
        row.addWidget(self.run)
        row.addWidget(self.dismiss)
        row.addStretch(1)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.addLayout(row)
        self.field.setMaximumWidth(theme().scaled(260))
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._accept)
        self.run.clicked.connect(self._accept)
        self.dismiss.clicked.connect(self.closed)
        self._typed("")

    def take_focus(self) -> None:
        """The keyboard goes to the field, else to the safe answer."""
        widget = self.field if self._word else self.dismiss
        widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc does not run it."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _typed(self, text: str) -> None:
        self.run.setEnabled(not self._word or text == self._word)

    def _accept(self) -> None:
        if self.run.isEnabled():
            self.closed.emit()
            self.accepted.emit()


def _explained(answer: GuardResponse) -> str:
    lines = []
    if len(answer.hazards) + answer.unlisted > 1:
        lines += [_line(one) for one in answer.hazards[:_LISTED]]
        more = len(answer.hazards) - _LISTED + answer.unlisted
        lines += [f"and {more:,} more"] if more > 0 else []
    if answer.ask == "type":
        lines.append(f"{answer.word} is production. Type its name to run this.")
    return "\n".join(lines)


def _line(one: Hazard) -> str:
    rows = ""
    if one.rows is not None:
        mark = {"estimate": "~", "at least": "more than "}.get(one.counted, "")
        rows = f"{mark}{one.rows:,} row{'' if one.rows == 1 else 's'}"
    table = f"{one.schema}.{one.table}" if one.schema else one.table
    return f"Line {one.line}: " + " · ".join(part for part in (one.text, table, rows) if part)
