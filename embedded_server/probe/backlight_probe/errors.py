"""Exceptions with their frames; local variables only where the application asked for them."""

from __future__ import annotations

from typing import Any

from .config import FUSES, SETTINGS
from .frames import of_traceback
from .record import Record

_fuse = FUSES["exceptions"]
MOST_CAUSES, MOST_LOCALS, MESSAGE_CHARS, LOCAL_CHARS = 5, 40, 4000, 200


def note(record: Record, error: BaseException, handled: bool) -> None:
    """Keep an exception of a request; the same one again only changes whether it was handled."""
    if not _fuse.on:
        return
    try:
        known = record.exception
        if known is not None and known["key"] == id(error):
            known["handled"] = handled
            return
        record.exception = _described(error, MOST_CAUSES)
        record.exception.update(handled=handled, key=id(error))
    except Exception as failure:
        _fuse.fault(failure)


def _described(error: BaseException, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _name(type(error)), "message": _message(error), "frames": _frames(error)}
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and depth:
        found["cause"] = _described(cause, depth - 1)
    return found


def _name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _message(error: BaseException) -> str:
    try:
        return str(error)[:MESSAGE_CHARS]
    except Exception:
        return ""


def _frames(error: BaseException) -> list[dict[str, Any]]:
    found = []
    for (file, line, function), own, frame in of_traceback(error.__traceback__):
        place: dict[str, Any] = {"file": file, "line": line, "function": function, "own": own}
        if own and SETTINGS.locals:
            place["variables"] = {
                str(name): shown(value) for name, value in list(frame.f_locals.items())[:MOST_LOCALS]
            }
        found.append(place)
    return found


def shown(value: Any) -> str:
    """A variable's value in a line; an object that cannot be shown is named by its type."""
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LOCAL_CHARS else text[:LOCAL_CHARS] + "..."


def status_of(error: BaseException | None) -> int:
    """The status an exception stands for, 0 for none (Werkzeug's exceptions carry one)."""
    code = getattr(error, "code", None)
    return code if isinstance(code, int) else 0
