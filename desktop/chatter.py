"""What Qt's platform without a display says of itself: nothing is wrong and nobody can act on it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qFormatLogMessage, qInstallMessageHandler

# Raising a window, size hints, opacity...
_CHATTER = "This plugin does not support "


@contextmanager
def no_chatter() -> Iterator[None]:
    """Everything else that Qt says goes where it always goes."""
    qInstallMessageHandler(_pass_on)
    try:
        yield
    finally:
        qInstallMessageHandler(None)


def _pass_on(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    if not text.startswith(_CHATTER):
        print(qFormatLogMessage(kind, context, text), file=sys.stderr, flush=True)
