"""The size of a table that lies in no order."""

from __future__ import annotations

import msgspec


class Heap(msgspec.Struct, frozen=True):
    """How a table without an order lies on disk: `pages` now, and `rows` as the engine estimates them."""

    pages: int
    rows: int | None = None
