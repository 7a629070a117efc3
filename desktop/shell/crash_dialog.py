"""The dialog that shows our own failure: a report to read, copy and send, and the choice to go on."""

from __future__ import annotations

import platform
from collections.abc import Callable

import PySide6
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Detail, Paragraph, PrimaryButton
from embedded_server.wire.version import VERSION


def report(trace: str, said: list[str]) -> str:
    """Everything a bug report needs and nothing of the user's data but what the trace holds.

    `said` is what Qt complained of before.
    """
    lines = [
        f"Backlight {VERSION} · Python {platform.python_version()} · Qt {qVersion()} · "
        f"PySide {PySide6.__version__}",
        f"{platform.platform()} · {QGuiApplication.platformName()}",
        "",
        trace.rstrip(),
    ]
    if said:
        lines += ["", "Qt said before:", *said]
    return "\n".join(lines)


class CrashDialog(QDialog):
    """The report with its buttons. Everything typed is in the journals, so restarting loses nothing."""

    def __init__(self, report: str, restart: Callable[[], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle("Backlight failed at something")
        self.resize(theme().scaled(760), theme().scaled(420))
        self.report = report
        self.text = Paragraph(
            "This is a mistake in Backlight, not in your data. You can go on working, or restart: open tabs "
            "and everything typed come back."
        )
        self.detail = Detail(report, grows=True)
        self.detail.setMinimumHeight(theme().scaled(240))
        self.detail.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.copy = Button("Copy report")
        self.copy.clicked.connect(self._copy)
        again = Button("Restart")
        again.clicked.connect(restart)
        go_on = PrimaryButton("Go on", "Esc")
        go_on.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(self.text)
        column.addWidget(self.detail, 1)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(again)
        row.addWidget(go_on)
        column.addLayout(row)
        go_on.setFocus()

    def again(self, count: int) -> None:
        """It happened again while the dialog is open."""
        self.setWindowTitle(f"Backlight failed at something, {count} times")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.report)
        self.copy.setText("Copied")
