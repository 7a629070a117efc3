"""Cutting long values to what a page may carry."""

from __future__ import annotations

from embedded_server.wire.values import BadText, Cell, Truncated


def tolerant(raw: bytes) -> str | BadText:
    """Text as the database holds it, marked where it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return BadText(raw)


def shorten(cell: Cell, limit: int) -> Cell:
    """A whole value, or its first `limit` bytes with its length."""
    if isinstance(cell, bytes):
        return cell if len(cell) <= limit else Truncated(cell[:limit], len(cell))
    if isinstance(cell, str):
        if len(cell) * 4 <= limit:
            return cell
        raw = cell.encode()
        return cell if len(raw) <= limit else Truncated(text_prefix(raw, limit), len(raw))
    if isinstance(cell, BadText) and len(cell.raw) > limit:
        return Truncated(text_prefix(cell.raw, limit), len(cell.raw))
    return cell


def text_prefix(raw: bytes, limit: int, encoding: str = "utf-8") -> str:
    """The beginning of a text without a character that the cut would split; bad bytes stay visible."""
    head = raw[:limit]
    for drop in range(4):
        try:
            return head[: len(head) - drop].decode(encoding)
        except UnicodeDecodeError:
            continue
    return head.decode(encoding, "backslashreplace")
