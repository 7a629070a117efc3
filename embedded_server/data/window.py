"""What is read for a page, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from embedded_server.engines.base import Fragment
from embedded_server.wire.values import RowBlock

from .keyset import Part, Term
from .tokens import Token

EVERYTHING = Part(Fragment(""))


class Window(NamedTuple):
    """What to read: rows of each of `parts` one after the other, in `order`, behind the first `offset`.

    `number` is the first row's number; read backwards (`back`), the number of the row behind the window.
    `edge` says that nothing lies before the window (or behind it, read backwards). `origin` is the
    token it came from. `learn`: its numbers are first-hand, not derived from remembered ones.
    """

    order: Sequence[Term]
    parts: Sequence[Part] = (EVERYTHING,)
    offset: int = 0
    back: bool = False
    number: int = 0
    exact: bool = True
    edge: bool = False
    most: int | None = None
    access: str = "keyset"
    origin: Token | None = None
    learn: bool = True


class Page(NamedTuple):
    """Rows in the asked order with their place in the whole."""

    block: RowBlock
    row: int
    exact: bool
    next: str | None
    prev: str | None
    access: str
    sql: str
    params: Sequence[object]
