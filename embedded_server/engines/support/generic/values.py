"""Python's values as cells and back, where no more is known of a database than its driver."""

from __future__ import annotations

import contextlib
import datetime
import decimal
from typing import Any

from embedded_server.engines.support.cells import shorten, text_prefix
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, Truncated

_PLAIN = (type(None), bool, int, float, str, bytes)


def cell_of(value: Any, limit: int | None) -> Cell:
    """A driver's value as a cell, exact as far as the driver was; streams are read only up to the limit."""
    if hasattr(value, "read"):
        value = _drained(value, limit)
    if isinstance(value, Truncated):
        return value
    if not isinstance(value, _PLAIN):
        value = _text_of(value)
    cell: Cell = value
    return cell if limit is None else shorten(cell, limit)


def _text_of(value: Any) -> str | bytes:
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}" if value.is_finite() else str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def _drained(stream: Any, limit: int | None) -> Any:
    """The content of a large object; some drivers hand these out unread."""
    if limit is None:
        return stream.read()
    head = _read(stream, limit + 1)
    if isinstance(head, UnicodeDecodeError):
        return _rejoined(head, _read(stream))
    if head is None or len(head) <= limit:
        return head
    if isinstance(head, str):
        text = head + stream.read()
        return Truncated(text_prefix(head.encode(), limit), len(text), "characters")
    size = _length(stream)
    return Truncated(head[:limit], size if size is not None else len(head) + len(stream.read()))


def _read(stream: Any, *count: int) -> Any:
    try:
        return stream.read(*count)
    except UnicodeDecodeError as error:
        return error


def _rejoined(head: UnicodeDecodeError, rest: Any) -> str:
    """A text of which a driver that counts bytes has cut a character in two: the errors hold the bytes."""
    tail = rest.object if isinstance(rest, UnicodeDecodeError) else (rest or "").encode(head.encoding)
    return (head.object + tail).decode(head.encoding, "replace")


def _length(stream: Any) -> int | None:
    for name in ("length", "size"):
        found = getattr(stream, name, None)
        found = found() if callable(found) else found
        if isinstance(found, int):
            return found
    return None


def parameter_of(column: Column, cell: Cell) -> Any:
    """A cell as the Python value that the driver would have given for it."""
    if isinstance(cell, BadText):
        return cell.shown()
    if isinstance(cell, Truncated):
        return cell.prefix
    if not isinstance(cell, str):
        return cell
    with contextlib.suppress(ValueError, decimal.InvalidOperation):
        if column.kind == "number":
            return decimal.Decimal(cell)
        if column.kind == "time":
            return _moment(column.type.upper(), cell)
    return cell


def _moment(type_name: str, text: str) -> Any:
    if "TIMESTAMP" in type_name or "DATETIME" in type_name:
        return datetime.datetime.fromisoformat(text)
    if type_name.startswith("TIME"):
        return datetime.time.fromisoformat(text)
    if type_name.startswith("DATE"):
        return datetime.datetime.fromisoformat(text) if ":" in text else datetime.date.fromisoformat(text)
    return text
