"""Cutting long values to what a page may carry."""

from __future__ import annotations

from collections.abc import Sequence

from embedded_server.wire.values import BadText, Cell, Truncated

# So many cells are joined at once to see that none of them is long.
_JOINED = 64


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


def all_within(column: Sequence[Cell], most: int) -> bool:
    """Whether no text or binary of a column is longer than `most`; False where there is something else.

    Texts are joined: together they are rarely longer than one of them may be, and joining is four times as
    fast as measuring each. A few at first, then as many as will together not be longer if they go on so.
    """
    start, step = 0, _JOINED
    while start < len(column):
        part = column[start : start + step]
        try:
            length = len(joined(part))
        except TypeError:
            length = most + 1  # binaries, perhaps
        if length > most and not _each_within(part, most):
            return False
        start += step
        step = max(_JOINED, most * len(part) // (2 * length + 1))
    return True


def joined(cells: Sequence[Cell]) -> str:
    """The texts of a column as one. Raises TypeError when there is something else than texts and NULLs."""
    try:
        return "".join(cells)  # type: ignore[arg-type]
    except TypeError:
        return "".join(filter(None, cells))  # type: ignore[arg-type]


def _each_within(cells: Sequence[Cell], most: int) -> bool:
    try:
        return max(map(len, filter(None, cells)), default=0) <= most  # type: ignore[arg-type]
    except TypeError:
        return False  # marks, which have no length


def text_prefix(raw: bytes, limit: int, encoding: str = "utf-8") -> str:
    """The beginning of a text without a character that the cut would split; bad bytes stay visible."""
    head = raw[:limit]
    for drop in range(4):
        try:
            return head[: len(head) - drop].decode(encoding)
        except UnicodeDecodeError:
            continue
    return head.decode(encoding, "backslashreplace")
