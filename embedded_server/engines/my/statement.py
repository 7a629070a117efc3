"""A statement with its parameters written into it, keeping track of where everything stood."""

from __future__ import annotations

import math
from bisect import bisect_right
from decimal import Decimal
from typing import Any

from embedded_server.engines.base import Params
from embedded_server.engines.support.placeholders import MYSQL, Filler, marks, wrong
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText

from .grammar import written

_WRITABLE = (str, int, float, bytes, bytearray, memoryview, Decimal, type(None))


class Statement:
    """SQL as it is sent: the protocol of the driver knows no parameters."""

    def __init__(self, sql: str, params: Params | None = None) -> None:
        self.sql = sql
        self.given = params
        self.shown = sql
        self._places: list[tuple[int, int]] = [(0, 0)]
        try:
            self.text = sql if params is None else self._filled(sql, params)
            self.command = self.text.encode()
        except UnicodeEncodeError as error:
            raise problem("sql.error", detail=f"The text is not valid Unicode: {error}") from error

    def _filled(self, sql: str, params: Params) -> str:
        filler = Filler(params)
        parts: list[str] = []
        length = 0
        for mark in marks(sql, MYSQL):
            piece = mark.text + (sent(filler.value(mark)) if mark.is_placeholder else "")
            parts.append(piece)
            length += len(piece)
            self._places.append((length, mark.end))
        filler.finish()
        self.shown = "".join(mark.text + ("?" if mark.is_placeholder else "") for mark in marks(sql, MYSQL))
        return "".join(parts)

    def original(self, position: int) -> int:
        """From an offset in the sent text to the offset in the caller's."""
        sent, given = self._places[bisect_right(self._places, (position, len(self.sql))) - 1]
        return min(given + position - sent, len(self.sql))


def sent(value: Any) -> str:
    """A parameter as SQL text. Raises sql.params."""
    if isinstance(value, BadText):
        value = value.raw
    if not isinstance(value, _WRITABLE):
        raise wrong(f"A parameter cannot be of the type {type(value).__name__}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise wrong("There is no such number as NaN or infinity in MySQL.")
    return written(value)
