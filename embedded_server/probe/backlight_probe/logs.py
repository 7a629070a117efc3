"""Log records of every logger, also of those that do not pass them on to the root."""

from __future__ import annotations

import logging
from typing import Any

from .config import FUSES, LOG_CHARS
from .record import CURRENT, LOOSE, clock

_fuse = FUSES["logs"]
# Written by servers after a request is over; they would only say again what was captured.
_ACCESS = ("werkzeug", "gunicorn.access", "waitress", "uvicorn.access")
_formatter = logging.Formatter()


def install() -> None:
    """Take every record that a logger hands to its handlers."""
    original = logging.Logger.callHandlers

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if _fuse.on:
            try:
                _note(record)
            except Exception as error:
                _fuse.fault(error)
        original(self, record)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]


def _note(log: logging.LogRecord) -> None:
    request = CURRENT.get()
    if request is None:
        if log.name in _ACCESS or log.levelno < logging.INFO:
            return
        request = LOOSE.record()
    else:
        log.backlight_id = request.id
    trace = ""
    if log.exc_info and log.exc_info[0] is not None:
        trace = _formatter.formatException(log.exc_info)
    request.add_log(
        (clock(), log.levelname, log.name, _message(log), log.pathname, log.lineno, trace[-4 * LOG_CHARS :])
    )


def _message(log: Any) -> str:
    try:
        return log.getMessage()[:LOG_CHARS]
    except Exception:
        # The application's own mistake; logging will report it in its way.
        return str(log.msg)[:LOG_CHARS]
