"""The index of one file: one row for each block of 256 KiB, not one for each line.

5 GB are 19,074 rows. Where a line starts is then one block to read and to split.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from .formats import JSON_BYTES
from .kernel import BEYOND, Kernel, Places, Scan
from .levels import CONTINUES

BLOCK = 256 << 10
_KINDS = 8
NO_TIME = np.iinfo(np.int64).min


class BlockIndex:
    """Blocks of a file as far as it was scanned. `advance` scans more; growth continues where it ended.

    Per block: line feeds before it, records by level code, its first and last record's time (microseconds,
    `NO_TIME` if none) and the level that its last record leaves to lines that continue it.
    """

    def __init__(self, fd: int, kernel: Kernel) -> None:
        self.fd = fd
        self.kernel = kernel
        # Everything before this byte is in the rows below.
        self.scanned = 0
        self.blocks = 0
        # Blocks that growth cannot change any more.
        self.settled = 0
        self._before = np.zeros(64, np.int64)
        self._levels = np.zeros((64, _KINDS), np.uint32)
        self._times = np.full((64, 2), NO_TIME, np.int64)
        self._carry = np.zeros(64, np.uint8)
        self._buffer = bytearray(BLOCK + BEYOND)
        self._data = np.frombuffer(self._buffer, np.uint8)
        self._held = (-1, 0)
        self._size = -1
        self._next = 0

    # --- scanning ----------------------------------------------------------------------------------

    def advance(self, size: int, blocks: int = 8) -> bool:
        """Scan some blocks of a file of `size` bytes; whether there is more.

        Blocks that the file has outgrown are scanned again: their last line was not whole.
        """
        if size != self._size:
            self._size, self._next = size, self.settled
        for _ in range(blocks):
            if self.scanned >= size:
                return False
            self._scan_into(self._next, size)
            self._next += 1
        return self.scanned < size

    def _scan_into(self, block: int, size: int) -> None:
        start = block * BLOCK
        got = self._fill(block, size)
        length = min(got, BLOCK)
        if length <= 0:
            self.scanned = min(self.scanned, size)
            return
        self._reserve(block + 1)
        scan = self.kernel.scan(self._data, length, self._fresh(block), self._line)
        self._levels[block] = np.bincount(scan.codes, minlength=_KINDS)[:_KINDS]
        self._before[block + 1] = self._before[block] + scan.feeds.size
        begins = np.flatnonzero(scan.codes)
        carried = int(self._carry[block - 1]) if block else CONTINUES
        self._carry[block] = scan.codes[begins[-1]] if begins.size else carried
        self._times[block] = self._ends(scan.starts[begins])
        self.blocks = block + 1
        self.scanned = start + length
        if length == BLOCK and size >= start + BLOCK + BEYOND:
            self.settled = block + 1

    def _fill(self, block: int, size: int) -> int:
        """Read a block and what its lines may reach into; bytes got, zeros after them."""
        start = block * BLOCK
        got = os.preadv(self.fd, [self._buffer], start)
        got = min(got, max(0, size - start))
        self._data[got:] = 0
        self._held = (block, got)
        return got

    def _fresh(self, block: int) -> bool:
        return block == 0 or os.pread(self.fd, 1, block * BLOCK - 1) == b"\n"

    def _line(self, place: int) -> bytes:
        """The line at a place of the block that was read last."""
        block, got = self._held
        end = self._buffer.find(b"\n", place, got)
        if end >= 0:
            return bytes(self._buffer[place:end])
        head = bytes(self._buffer[place:got])
        if got < len(self._buffer):
            return head
        rest = os.pread(self.fd, JSON_BYTES, block * BLOCK + got)
        return head + rest.split(b"\n", 1)[0]

    def _ends(self, begins: Places) -> tuple[int, int]:
        """The times of the first and the last record of a block that have one."""
        first = next(self._times_of(begins[:20]), NO_TIME)
        last = next(self._times_of(begins[-20:][::-1]), NO_TIME)
        return (min(first, last), max(first, last))

    def _times_of(self, places: Places) -> Iterator[int]:
        for place in places.tolist():
            at = self.kernel.reading.at(self._line(place))
            if at is not None:
                yield at

    def _reserve(self, blocks: int) -> None:
        if blocks + 1 <= len(self._before):
            return
        more = len(self._before)
        self._before = np.concatenate((self._before, np.zeros(more, np.int64)))
        self._levels = np.concatenate((self._levels, np.zeros((more, _KINDS), np.uint32)))
        self._times = np.concatenate((self._times, np.full((more, 2), NO_TIME, np.int64)))
        self._carry = np.concatenate((self._carry, np.zeros(more, np.uint8)))

    # --- asking ------------------------------------------------------------------------------------

    @property
    def feeds(self) -> int:
        """Line feeds as far as it was scanned."""
        return int(self._before[self.blocks])

    def levels(self) -> npt.NDArray[np.int64]:
        """Records by level code; under 0 the lines that continue one."""
        total: npt.NDArray[np.int64] = self._levels[: self.blocks].sum(axis=0, dtype=np.int64)
        return total

    def level_rows(self) -> npt.NDArray[np.uint32]:
        """Records by level code, block by block."""
        return self._levels[: self.blocks]

    def times(self) -> npt.NDArray[np.int64]:
        """First and last time, block by block."""
        return self._times[: self.blocks]

    def before(self, block: int) -> int:
        """Line feeds before a block."""
        return int(self._before[block])

    def carried(self, block: int) -> int:
        """The level code of the record that goes on where a block starts."""
        return int(self._carry[block - 1]) if 0 < block <= self.blocks else CONTINUES

    def block_of_feed(self, number: int) -> int:
        """The block in which the line feed of this number (from 1) stands."""
        return int(np.searchsorted(self._before[: self.blocks + 1], number, "left")) - 1

    def next_feed(self, offset: int) -> int | None:
        """The place of the first line feed at or after `offset`, null if none was scanned."""
        block = offset // BLOCK
        if block >= self.blocks:
            return None
        found = self._feed_in(block, offset)
        if found is not None:
            return found
        later = self._before[block + 1 : self.blocks + 1]
        further = np.flatnonzero(later > self._before[block + 1])
        return self._feed_in(block + int(further[0]), 0) if further.size else None

    def _feed_in(self, block: int, offset: int) -> int | None:
        start = max(block * BLOCK, offset)
        found = os.pread(self.fd, (block + 1) * BLOCK - start, start).find(b"\n")
        return None if found < 0 else start + found

    def scan(self, block: int, size: int) -> tuple[Scan, int]:
        """A block's lines and levels again, and how many of its bytes there are; for filters."""
        got = self._fill(block, size)
        length = max(0, min(got, BLOCK))
        return self.kernel.scan(self._data, length, self._fresh(block), self._line), length

    def time_at(self, place: int) -> int | None:
        """The time of the record at a place of the block that `scan` read last."""
        return self.kernel.reading.at(self._line(place))
