"""Who is told of the statements that a session sends to its database, those of the catalogue too.

A session listens to whoever opens it (`hearing`), so that nothing between the two has to hand it on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import msgspec

LONGEST = 20_000
_MOST_PARAMS = 40


class Told(msgspec.Struct, array_like=True):
    """A statement that was sent: its text with the driver's placeholders, what kind of values stood for them
    (never the values), when (seconds since 1970), milliseconds until its end, rows read, what went wrong."""

    sql: str
    params: list[str]
    at: float
    elapsed_ms: float = 0.0
    rows: int | None = None
    error: str = ""


Hear = Callable[[Told], None]
_hearing: ContextVar[Hear | None] = ContextVar("hearing", default=None)


def hearing() -> Hear | None:
    """Who hears the session that is being opened, null for nobody."""
    return _hearing.get()


@contextmanager
def heard_by(hear: Hear | None) -> Iterator[None]:
    """Sessions opened inside are heard by `hear`."""
    token = _hearing.set(hear)
    try:
        yield
    finally:
        _hearing.reset(token)


class Telling:
    """One statement under way; `end` tells of it, once. Without anybody who hears it nothing happens."""

    __slots__ = ("_began", "_hear", "_told")

    def __init__(self, hear: Hear | None, told: Told) -> None:
        self._hear, self._told = hear, told
        self._began = time.perf_counter()

    def rows(self, count: int) -> None:
        """So many rows came."""
        if self._hear is not None:
            self._told.rows = (self._told.rows or 0) + count

    def failed(self, error: object) -> None:
        """What the database said against it."""
        if self._hear is not None:
            self._told.error = str(error)

    def end(self) -> None:
        """Nothing more comes of it."""
        hear, self._hear = self._hear, None
        if hear is not None:
            self._told.elapsed_ms = (time.perf_counter() - self._began) * 1000
            hear(self._told)


SILENT = Telling(None, Told("", [], 0.0))


def telling(hear: Hear | None, sql: str, params: Any = None) -> Telling:
    """A statement begins."""
    if hear is None:
        return SILENT
    text = sql if len(sql) <= LONGEST else sql[:LONGEST] + " …"
    return Telling(hear, Told(text, kinds(params), time.time()))


def kinds(params: Any) -> list[str]:
    """What the values are, without what they say: `text of 12`, `number`, `NULL`."""
    if params is None:
        return []
    named = isinstance(params, Mapping)
    values: Sequence[Any] = list(params.items()) if named else list(params)
    found = [f"{one[0]}: {_kind(one[1])}" if named else _kind(one) for one in values[:_MOST_PARAMS]]
    return [*found, f"and {len(values) - _MOST_PARAMS} more"] if len(values) > _MOST_PARAMS else found


def _kind(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return f"text of {len(value):,}"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value):,} bytes"
    return (
        "true or false"
        if isinstance(value, bool)
        else "number"
        if isinstance(value, int | float)
        else "value"
    )
