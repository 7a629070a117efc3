"""Answers what ssh asks on its way to a database: trust a host's key, or give a password."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from desktop.kit.widgets.buttons import PrimaryButton
from desktop.kit.widgets.fields import TextField
from embedded_server.wire.problem import Problem


class SshAsk(QWidget):
    """Under the problem `ssh.question`, which shows the question itself. `answered(question, answer)`."""

    answered = Signal(str, str)

    def __init__(self, problem: Problem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._question = problem.detail
        self.field: TextField | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        if "(yes/no" in problem.detail:
            trust = PrimaryButton("Trust this host and connect")
            trust.clicked.connect(self._trust)
            row.addWidget(trust)
            row.addStretch(1)
            self.setFocusProxy(trust)
            return
        self.field = TextField("Answer to ssh", "kept in memory only")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.returnPressed.connect(self._send)
        connect = PrimaryButton("Connect", "Enter")
        connect.clicked.connect(self._send)
        row.addWidget(self.field, 1)
        row.addWidget(connect)
        self.setFocusProxy(self.field)

    def _trust(self) -> None:
        self.answered.emit(self._question, "yes")

    def _send(self) -> None:
        if self.field is not None:
            self.answered.emit(self._question, self.field.text())
