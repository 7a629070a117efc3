"""What happens when our own code fails: a report to read, copy and send, and the choice to go on."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QObject, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from .crash_dialog import CrashDialog

MESSAGES = 50
_LEVELS = {QtMsgType.QtWarningMsg: "WARNING", QtMsgType.QtCriticalMsg: "ERROR"}


class CrashHandler(QObject):
    """Takes unhandled exceptions and Qt's own complaints. One dialog at a time, never modal."""

    def __init__(self, window: QWidget, restart: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._restart = window, restart
        self.said: deque[str] = deque(maxlen=MESSAGES)
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
        _log("ERROR", f"unhandled exception\n{text}")
        if self.dialog is not None:
            self.dialog.again(self.count)
            return
        from .crash_dialog import CrashDialog, report  # noqa: PLC0415  # lazy: not in a run that goes well

        self.dialog = CrashDialog(report(text, list(self.said)), self._restart, self._window)
        self.dialog.finished.connect(self._closed)
        self.dialog.show()

    def message(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        """Something Qt said: kept for the report; a warning is logged, a fatal one ends the process."""
        self.said.append(f"{kind.name[2:-3].lower()}: {text}")
        _log(_LEVELS.get(kind, "DEBUG"), f"qt: {text}")

    def _closed(self) -> None:
        self.dialog = None
        self.count = 0


def _log(level: str, text: str) -> None:
    import logging  # noqa: PLC0415  # lazy: in a start that goes well there is nothing to log

    logging.getLogger("backlight.window").log(logging.getLevelNamesMapping()[level], "%s", text)
