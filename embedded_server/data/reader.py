"""Reading rows until there are enough of them or enough bytes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from embedded_server.engines.base import Reading
from embedded_server.engines.support.cells import joined
from embedded_server.wire.values import PAGE_CELL_BYTES, BadText, Cell, RowBlock, Truncated

PAGE_BYTES = 256 * 1024
# The longest row a page may hold: of a very wide table less is read of each cell.
_ROW_BYTES = 4 * 1024 * 1024
_LEAST_CELL_BYTES = 1024
# So many rows are always asked for: the usual size may come from an unusual part of the table.
_LEAST_ROWS = 256
_ENDLESS = 2**31
# How many rows are read before their real size is known.
_SAMPLE = 64
# How long a search may go on once it has found something, in seconds: where nothing is shown yet the first
# rows are shown at once, the later ones come in fewer pages.
AT_ONCE, PATIENCE = 0.01, 0.1
_PLAIN = frozenset({int, float, bool, type(None)})


class Patience(NamedTuple):
    """Of a search: since when it runs, and how many seconds it may take once it has found something."""

    since: float
    seconds: float

    @classmethod
    def now(cls, seconds: float) -> Patience:
        """From now on."""
        return cls(time.monotonic(), seconds)

    @property
    def elapsed(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.since

    @property
    def over(self) -> bool:
        """Whether what was found is to be shown now."""
        return self.elapsed > self.seconds

    def soon(self, found: int) -> int:
        """How many rows will come before it ends, if they go on as those found came; at least one."""
        elapsed = self.elapsed
        left = max(self.seconds - elapsed, self.seconds / 4)
        return max(1, int(found / max(elapsed, 1e-6) * left))

    def ends(self, found: int, missing: int) -> bool:
        """Whether it is over and the rest of the page would take several times as long again."""
        elapsed = self.elapsed
        return found > 0 and elapsed > self.seconds and elapsed * missing / found > 4 * self.seconds


def fitting(row_bytes: float) -> int:
    """How many rows of the usual size fit into a page: more are not asked for, they would be thrown away."""
    return max(_LEAST_ROWS, int(PAGE_BYTES / row_bytes)) if row_bytes else _ENDLESS


def cell_limit(columns: int) -> int:
    """How many bytes of one cell a page reads: 64 KiB, less when there are more than 64 columns."""
    return max(_LEAST_CELL_BYTES, min(PAGE_CELL_BYTES, _ROW_BYTES // max(columns, 1)))


class Rows:
    """Rows gathered from one or more statements; `more` when there are further ones."""

    def __init__(self, width: int, count: int, budget: int = PAGE_BYTES) -> None:
        self.block = RowBlock([[] for _ in range(width)])
        self.more = False
        self._count = count
        self._budget = budget
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.block)

    @property
    def missing(self) -> int:
        """How many rows to ask for: those still wanted and one that proves there are more."""
        return 0 if self.more else self._count + 1 - len(self)

    @property
    def row_bytes(self) -> float:
        """The usual size of a row, 0 when none was read."""
        return self._bytes / len(self) if len(self) else 0.0

    def read(
        self,
        reading: Reading,
        decode: Callable[[RowBlock], RowBlock],
        row_bytes: float = 0.0,
        patience: Patience | None = None,
    ) -> None:
        """Take what is missing. `row_bytes` is the usual size of a row if known: then one piece suffices.

        With `patience` rows that are found slowly are not waited for: those found so far are kept, and
        `more` is set although nothing more may come.
        """
        row_bytes = row_bytes or self.row_bytes
        while self.missing:
            size = self._piece(self.missing, row_bytes)
            size = size if patience is None else min(size, patience.soon(len(self)))
            piece = decode(reading.block(size))
            self.add(piece)
            if len(piece) < size:
                return
            row_bytes = self.row_bytes
            if patience is not None and patience.ends(len(self), self.missing):
                self.more = True

    def add(self, piece: RowBlock) -> None:
        """Take rows that are at hand, as long as they fit."""
        self._append(piece)
        if len(self) > self._count or self._bytes > self._budget:
            self._cut()

    def _piece(self, missing: int, row_bytes: float) -> int:
        if not row_bytes:
            return min(missing, _SAMPLE)
        room = max(self._budget - self._bytes, 0)
        return max(1, min(missing, int(room / row_bytes * 1.05) + 1))

    def _append(self, piece: RowBlock) -> None:
        self._bytes += sum(map(bytes_of, piece.columns))
        if not len(self):
            self.block = piece
        elif len(piece):
            pairs = zip(self.block.columns, piece.columns, strict=True)
            plain = self.block.plain and piece.plain
            self.block = RowBlock([[*old, *new] for old, new in pairs], plain=plain)

    def _cut(self) -> None:
        """Keep the rows that were asked for and fit, at least one."""
        kept = min(len(self), self._count)
        if self._bytes > self._budget:
            kept = min(kept, self._fitting())
        if kept < len(self):
            self.more = True
            self.block = RowBlock([column[:kept] for column in self.block.columns], plain=self.block.plain)

    def _fitting(self) -> int:
        """How many of the first rows fit: halves what is unknown, so that every cell is weighed but twice."""
        fitting, beyond, total = 0, len(self), 0
        while beyond - fitting > 1:
            middle = (fitting + beyond) // 2
            weight = sum(bytes_of(column[fitting:middle]) for column in self.block.columns)
            if total + weight > self._budget:
                beyond = middle
            else:
                fitting, total = middle, total + weight
        return max(fitting, 1)


def bytes_of(column: Sequence[Cell]) -> int:
    """About the size of a column in msgpack; texts are joined in C, which is cheaper than a loop."""
    try:
        text = joined(column)
    except TypeError:
        if _PLAIN.issuperset(map(type, column)):
            return 9 * len(column)
        return sum(map(_cell_bytes, column))
    return 3 * len(column) + (len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass")))


def _cell_bytes(cell: Cell) -> int:
    if isinstance(cell, str):
        return 3 + (len(cell) if cell.isascii() else len(cell.encode("utf-8", "surrogatepass")))
    if isinstance(cell, bytes):
        return 3 + len(cell)
    if isinstance(cell, BadText):
        return 6 + len(cell.raw)
    if isinstance(cell, Truncated):
        return 16 + _cell_bytes(cell.prefix)
    return 9
