"""How to connect an application: the exact command to copy, and waiting for its first request."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, LinkButton, Paragraph, Picture, Surface

EXAMPLE = "flask --app hello run --debug"
COPIED_MILLISECONDS = 2000


def command(workspace: str = "", example: str = EXAMPLE) -> str:
    """What to type in the application's folder, with this installation's own path.

    `workspace` names the one to report to where it is not the usual one.
    """
    if getattr(sys, "frozen", False):
        start = [sys.executable]
    else:
        start = ["python3", str(Path(__file__).resolve().parents[2] / "main.py")]
    there = ["--workspace", workspace] if workspace else []
    return f"{shlex.join([*start, 'run', *there, '--'])} {example}"


class ConnectPane(QScrollArea):
    """Stands in the list's place until the first request comes; `back` puts the list there again."""

    def __init__(self, workspace: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Connect your app")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.command = Paragraph(command(workspace), "text", mono=True)
        self.command.setAccessibleName("Command")
        self.copy = Button("Copy command", icon="copy")
        self.copy.setAccessibleName("Copy command")
        self.copy.clicked.connect(self._copy)
        self.back = LinkButton("Back to the requests")
        self.waiting = ElidedLabel("Waiting for the first request…", "info")
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(COPIED_MILLISECONDS)
        self._copied.timeout.connect(self._again)
        self._lay_out()

    def show_waiting(self, first: bool) -> None:
        """What is being waited for; with requests there already one may go back to them."""
        self.waiting.setText("Waiting for the first request…" if first else "Waiting for the next request…")
        self.back.setVisible(not first)

    def _lay_out(self) -> None:
        body = Surface("bg1")
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(theme().scaled(10))
        column.addWidget(ElidedLabel("Connect your app", ratio=1.15, weight=600))
        column.addWidget(Paragraph("Start it in its folder with this command. Nothing in it changes.", "dim"))
        column.addWidget(_Box(self.command))
        column.addWidget(self.copy)
        after = (
            "Put your own start command behind the two dashes: flask, gunicorn, uwsgi, pytest or a script."
        )
        column.addWidget(Paragraph(after, "dim"))
        row = QHBoxLayout()
        row.setSpacing(theme().scaled(8))
        row.addWidget(Picture("trace", 14, "info"))
        row.addWidget(self.waiting, 1)
        column.addLayout(row)
        column.addWidget(self.back)
        column.addStretch(1)
        self.setWidget(body)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command.text())
        self.copy.setText("Copied")
        self.copy.set_icon("check")
        self._copied.start()

    def _again(self) -> None:
        self.copy.setText("Copy command")
        self.copy.set_icon("copy")

    def showEvent(self, event: QShowEvent) -> None:
        """The button is fresh each time."""
        super().showEvent(event)
        self._again()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing runs unseen."""
        self._copied.stop()
        super().hideEvent(event)


class _Box(Surface):
    """A command on a darker ground; a long path wraps between its letters."""

    def __init__(self, text: Paragraph) -> None:
        super().__init__("bg2")
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        text.setMinimumWidth(1)
        column.addWidget(text)
