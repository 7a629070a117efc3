"""From `%s` and `%(name)s` to the server's own `$1`, keeping track of where everything stood."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from embedded_server.engines.base import Params
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import BadText

from .grammar import as_text

BYTEA = 17
_UNTYPED = 0
_MARK = re.compile(r"%(?:%|s|\((?P<name>[^)]*)\)s|(?P<wrong>.|\Z))", re.DOTALL)

Value = bytes | None


class Statement:
    """SQL as it is sent, with its parameters in text form and their types (0: the server decides)."""

    def __init__(self, sql: str, params: Params | None = None) -> None:
        self.sql = sql
        self.values: list[Value] = []
        self.types: list[int] = []
        self._places: list[tuple[int, int]] = [(0, 0)]
        self._offset = 0
        text = sql if params is None else self._numbered(sql, params)
        try:
            self.command = text.encode()
        except UnicodeEncodeError as error:
            raise problem("sql.error", detail=f"The text is not valid Unicode: {error}") from error
        if b"\0" in self.command:
            raise problem("sql.error", detail="A statement cannot hold a NUL character.")

    def _numbered(self, sql: str, params: Params) -> str:
        parts: list[str] = []
        length = end = 0
        numbers: dict[str, int] = {}
        used = 0
        for match in _MARK.finditer(sql):
            if match["wrong"] is not None:
                raise _wrong("A percent sign stands before something else than s; write it twice.")
            if match[0] == "%%":
                mark = "%"
            elif match["name"] is not None:
                mark = self._named(match["name"], params, numbers)
            else:
                mark = self._next(used, params)
                used += 1
            parts += (sql[end : match.start()], mark)
            length += match.start() - end + len(mark)
            end = match.end()
            self._places.append((length, end))
        if not isinstance(params, Mapping) and used != len(params):
            raise _wrong(f"The statement has {used} placeholders and {len(params)} parameters came.")
        return "".join((*parts, sql[end:]))

    def _next(self, place: int, params: Params) -> str:
        if isinstance(params, Mapping):
            raise _wrong("The placeholders have no names, the parameters have.")
        if place >= len(params):
            raise _wrong(f"There are more placeholders than parameters ({len(params)}).")
        self._add(params[place])
        return f"${place + 1}"

    def _named(self, name: str, params: Params, numbers: dict[str, int]) -> str:
        if not isinstance(params, Mapping):
            raise _wrong("The placeholders have names, the parameters have none.")
        if name not in params:
            raise _wrong(f"The parameter {name} is missing.")
        if name not in numbers:
            self._add(params[name])
            numbers[name] = len(self.values)
        return f"${numbers[name]}"

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
        self._offset += len(prefix)
        return self

    def original(self, position: int) -> int:
        """From an offset in the sent text to the offset in the caller's."""
        position = max(position - self._offset, 0)
        place = bisect_right(self._places, (position, len(self.sql))) - 1
        sent, given = self._places[place]
        return min(given + position - sent, len(self.sql))


def _encoded(value: Any) -> bytes:
    if isinstance(value, BadText):
        return value.raw
    text = as_text(value)
    if not isinstance(text, str):
        raise _wrong(f"A parameter cannot be of the type {type(value).__name__}.")
    try:
        raw = text.encode()
    except UnicodeEncodeError as error:
        raise _wrong(f"A parameter is not valid Unicode: {error}") from error
    if b"\0" in raw:
        raise _wrong("A text in PostgreSQL cannot hold a NUL character.")
    return raw


def _wrong(detail: str) -> ProblemError:
    return problem("sql.params", detail=detail)
