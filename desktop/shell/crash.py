"""What happens when our own code fails: a report to read, copy and send, and the choice to go on."""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from collections import deque
from collections.abc import Callable
from types import TracebackType

import PySide6
from PySide6.QtCore import QMessageLogContext, QObject, Qt, QtMsgType, qInstallMessageHandler, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Detail, Paragraph, PrimaryButton
from embedded_server.wire.version import VERSION

log = logging.getLogger("backlight.window")
MESSAGES = 50


class CrashHandler(QObject):
    """Takes unhandled exceptions and Qt's own complaints. One dialog at a time, never modal."""

    def __init__(self, window: QWidget, restart: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._restart = window, restart
        self._said: deque[str] = deque(maxlen=MESSAGES)
        self.dialog: CrashDialog | None = None
        self.count = 0

    def install(self) -> None:
        """Become the process's handler of both."""
        sys.excepthook = self.exception
        qInstallMessageHandler(self.message)

    def remove(self) -> None:
        """Give both back."""
        sys.excepthook = sys.__excepthook__
        qInstallMessageHandler(None)

    def exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception nobody caught: log it and show it; Ctrl-C in the terminal still ends us."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            self._window.close()
            return
        self.count += 1
        text = "".join(traceback.format_exception(kind, error, trace))
        log.error("unhandled exception\n%s", text)
        if self.dialog is not None:
            self.dialog.again(self.count)
            return
        self.dialog = CrashDialog(self.report(text), self._restart, self._window)
        self.dialog.finished.connect(self._closed)
        self.dialog.show()

    def message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        """Something Qt said: kept for the report; a warning is logged, a fatal one ends the process."""
        level = {QtMsgType.QtWarningMsg: logging.WARNING, QtMsgType.QtCriticalMsg: logging.ERROR}
        self._said.append(f"{kind.name[2:-3].lower()}: {text}")
        log.log(level.get(kind, logging.DEBUG), "qt: %s", text)

    def report(self, trace: str) -> str:
        """Everything a bug report needs and nothing of the user's data but what the trace holds."""
        lines = [
            f"Backlight {VERSION} · Python {platform.python_version()} · Qt {qVersion()} · "
            f"PySide {PySide6.__version__}",
            f"{platform.platform()} · {QGuiApplication.platformName()}",
            "",
            trace.rstrip(),
        ]
        if self._said:
            lines += ["", "Qt said before:", *self._said]
        return "\n".join(lines)

    def _closed(self) -> None:
        self.dialog = None
        self.count = 0


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
        self.detail = Detail(report)
        self.detail.setMaximumHeight(16_777_215)
        self.detail.setMinimumHeight(theme().scaled(240))
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
