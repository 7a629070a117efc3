"""From `%s` and `%(name)s` to the server's own `$1`, keeping track of where everything stood."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from embedded_server.engines.base import Params
from embedded_server.engines.support.placeholders import POSTGRES, Filler, marks, wrong
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText

from .grammar import as_text

BYTEA = 17
_UNTYPED = 0


class Statement:
    """SQL as it is sent, with its parameters in text form and their types (0: the server decides)."""

    def __init__(self, sql: str, params: Params | None = None) -> None:
        self.sql = sql
        self.given = params
        self.values: list[bytes | None] = []
        self.types: list[int] = []
        self._places: list[tuple[int, int]] = [(0, 0)]
        self._offset = 0
        self.text = sql if params is None else self._numbered(sql, params)
        try:
            self.command = self.text.encode()
        except UnicodeEncodeError as error:
            raise problem("sql.error", detail=f"The text is not valid Unicode: {error}") from error
        if b"\0" in self.command:
            raise problem("sql.error", detail="A statement cannot hold a NUL character.")

    def _numbered(self, sql: str, params: Params) -> str:
        filler = Filler(params)
        numbers: dict[str, int] = {}
        parts: list[str] = []
        length = 0
        for mark in marks(sql, POSTGRES):
            piece = mark.text
            if mark.is_placeholder:
                number = numbers.get(mark.name)
                if number is None:
                    self._add(filler.value(mark))
                    number = len(self.values)
                if mark.name:
                    numbers[mark.name] = number
                piece += f"${number}"
            parts.append(piece)
            length += len(piece)
            self._places.append((length, mark.end))
        filler.finish()
        return "".join(parts)

    def _add(self, value: Any) -> None:
        if isinstance(value, bytes | bytearray | memoryview):
            self.values.append(b"\\x" + bytes(value).hex().encode())
            self.types.append(BYTEA)
            return
        self.values.append(None if value is None else _encoded(value))
        self.types.append(_UNTYPED)

    def behind(self, prefix: str) -> Statement:
        """The same statement with text of ours before it."""
        self.command = prefix.encode() + self.command
        self.text = prefix + self.text
        self._offset += len(prefix)
        return self

    def within(self, prefix: str, suffix: str) -> Statement:
        """The same statement with text of ours around it."""
        self.command += suffix.encode()
        self.text += suffix
        return self.behind(prefix)

    def original(self, position: int) -> int:
        """From an offset in the sent text to the offset in the caller's."""
        position = max(position - self._offset, 0)
        sent, given = self._places[bisect_right(self._places, (position, len(self.sql))) - 1]
        return min(given + position - sent, len(self.sql))


def _encoded(value: Any) -> bytes:
    if isinstance(value, BadText):
        return value.raw
    text = as_text(value)
    if not isinstance(text, str):
        raise wrong(f"A parameter cannot be of the type {type(value).__name__}.")
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise wrong(f"A parameter is not valid Unicode: {error}") from error
    if b"\0" in raw:
        raise wrong("A text in PostgreSQL cannot hold a NUL character.")
    return raw
