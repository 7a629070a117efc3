"""Where the user was: back and forward over references, and what was used last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from embedded_server.wire.refs import Ref

LONGEST = 100
RECENT = 40


class Place(msgspec.Struct):
    """A reference that was shown, with the state its tab had when it was left."""

    ref: Ref
    state: dict[str, Any] = {}


class History:
    """A browser's history: going somewhere new forgets what was ahead."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._at = -1

    def visit(self, ref: Ref) -> None:
        """A reference is shown now."""
        if self._at >= 0 and self._places[self._at].ref.same(ref):
            return
        del self._places[self._at + 1 :]
        self._places.append(Place(ref))
        del self._places[:-LONGEST]
        self._at = len(self._places) - 1

    def leave(self, ref: Ref, state: dict[str, Any]) -> None:
        """Remember how the current place looked."""
        if self._at >= 0 and self._places[self._at].ref.same(ref):
            self._places[self._at].state = state

    def can(self, step: int) -> bool:
        """Whether there is a place that many steps away (-1 back, 1 forward)."""
        return 0 <= self._at + step < len(self._places)

    def go(self, step: int) -> Place | None:
        """Move and answer the place to show."""
        if not self.can(step):
            return None
        self._at += step
        return self._places[self._at]

    def drop(self, ref: Ref) -> None:
        """This place cannot be shown any more."""
        kept = [place for place in self._places if not place.ref.same(ref)]
        before = sum(not place.ref.same(ref) for place in self._places[: self._at + 1])
        self._places, self._at = kept, before - 1


class Recent:
    """Things used last, newest first, each once."""

    def __init__(self, most: int = RECENT) -> None:
        self._most = most
        self._items: dict[str, Any] = {}

    def use(self, key: str, item: Any) -> None:
        """Put an item to the front."""
        self._items.pop(key, None)
        self._items[key] = item
        while len(self._items) > self._most:
            del self._items[next(iter(self._items))]

    def mend(self, key: str, item: Any) -> None:
        """Put another item in the place of one that is there."""
        if key in self._items:
            self._items[key] = item

    def rank(self, key: str) -> int:
        """0 for the newest, larger for older, a large number for what was never used."""
        keys = list(self._items)
        return len(keys) - 1 - keys.index(key) if key in self._items else self._most

    def __iter__(self) -> Iterator[Any]:
        return reversed(self._items.values())

    def __len__(self) -> int:
        return len(self._items)
