"""The rows of a result, a page at a time, and never more than was asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from uuid import uuid4

from embedded_server.engines.base import Reading
from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, RowBlock, Truncated

# An answer carries about this much; wide rows come in smaller pages.
PAGE_BYTES = 256 * 1024
MOST_ROWS = 100_000
# Few rows first, for a single one may weigh as much as a page.
_FIRST_BLOCK = 8


class OpenResult:
    """A result that is being read.

    It reads one row ahead, so that "there is more" is known and not guessed; that row is kept for the
    next page. `fetched` counts the rows taken from the database.
    """

    def __init__(self, reading: Reading) -> None:
        self.id = uuid4().hex
        self.columns: list[Column] = reading.columns
        self.fetched = 0
        self.timer: threading.Timer | None = None
        self._reading: Reading | None = reading
        self._ahead = RowBlock.from_rows([], len(reading.columns))

    @property
    def more(self) -> bool:
        """Whether a further row is known to be there."""
        return len(self._ahead) > 0

    def page(self, limit: int) -> RowBlock:
        """The next rows: at most `limit`, fewer when they are heavy. `more` tells whether that was all."""
        limit = max(1, min(limit, MOST_ROWS))
        blocks = [self._ahead]
        have, size = len(self._ahead), weight(self._ahead)
        step = _FIRST_BLOCK
        while self._reading is not None and have <= limit and size < PAGE_BYTES:
            wanted = min(step, limit + 1 - have)
            block = self._reading.block(wanted)
            self.fetched += len(block)
            blocks.append(block)
            have += len(block)
            size += weight(block)
            # Steps grow while rows are light, so that one step can never exceed the page by much.
            step = min(step * 8, max(1, (PAGE_BYTES - size) * have // max(size, 1)))
            if len(block) < wanted:
                self.close()
        rows = _joined(blocks)
        if self._reading is None and have <= limit:
            self._ahead = _part(rows, have, have)
            return rows
        # The last row read is the one ahead.
        shown = min(limit, have - 1)
        self._ahead = _part(rows, shown, have)
        return _part(rows, 0, shown)

    def drain(self) -> int:
        """Read the rest without keeping it, for a statement that must run to its end; rows skipped."""
        skipped = len(self._ahead)
        while self._reading is not None:
            block = self._reading.block(1000)
            skipped += len(block)
            self.fetched += len(block)
            if len(block) < 1000:
                self.close()
        self._ahead = _part(self._ahead, 0, 0)
        return skipped

    def close(self) -> None:
        """Give up the rest. Idempotent."""
        if self.timer is not None:
            self.timer.cancel()
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.close()


def weight(block: RowBlock) -> int:
    """About how many bytes a block takes on the wire."""
    return sum(_column_weight(column) for column in block.columns)


def _column_weight(column: Sequence[Cell]) -> int:
    total = 3 * len(column)
    for kind in set(map(type, column)):
        if kind is str or kind is bytes:
            total += sum(len(cell) for cell in column if type(cell) is kind)
        elif kind is Truncated:
            total += sum(len(cell.prefix) for cell in column if isinstance(cell, Truncated))
        elif kind is BadText:
            total += sum(len(cell.raw) for cell in column if isinstance(cell, BadText))
        else:
            total += 6 * len(column)
    return total


def _joined(blocks: list[RowBlock]) -> RowBlock:
    if len(blocks) == 1:
        return blocks[0]
    return RowBlock(
        [
            [cell for part in parts for cell in part]
            for parts in zip(*(b.columns for b in blocks), strict=True)
        ]
    )


def _part(block: RowBlock, first: int, last: int) -> RowBlock:
    return RowBlock([column[first:last] for column in block.columns])
