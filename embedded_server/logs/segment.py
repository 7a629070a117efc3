"""One file of a log, held open: what it is by device, inode and first bytes, its index, its lines."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from embedded_server.wire.logs import ROW_BYTES

from .formats import Reading, recognise, sample_lines
from .index import BLOCK, BlockIndex
from .kernel import Kernel
from .lines import SCREEN, Line, context, forward, line_start, scan_feed

HEAD = 4096
TAIL = 64


class Identity(NamedTuple):
    """What makes a file the same file: rotation changes one of them."""

    device: int
    inode: int


def identity(path: str) -> Identity | None:
    """The file that stands at a path now, null if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return Identity(found.st_dev, found.st_ino)


class Segment:
    """A file as far as it is known. `size` grows by `measure` only, so that answers agree with each other."""

    def __init__(self, path: str, reading: Reading | None = None) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        found = os.fstat(self.fd)
        self.identity = Identity(found.st_dev, found.st_ino)
        self.size = found.st_size
        self.head = b""
        self.tail = b""
        self.grow(self.size)
        self.reading = reading or self.recognised()
        self.index = BlockIndex(self.fd, Kernel(self.reading))

    def recognised(self) -> Reading:
        """The formats of what stands at both ends."""
        return recognise(self.samples())

    def samples(self) -> list[bytes]:
        """Lines of both ends."""
        head = os.pread(self.fd, min(SCREEN, self.size), 0)
        if self.size <= SCREEN:
            return sample_lines([head])
        tail = os.pread(self.fd, SCREEN, self.size - SCREEN)
        return sample_lines([head[: head.rfind(b"\n") + 1], tail[tail.find(b"\n") + 1 :]])

    def read_as(self, reading: Reading) -> None:
        """Index it anew as other formats."""
        self.reading = reading
        self.index = BlockIndex(self.fd, Kernel(reading))

    def close(self) -> None:
        """Let go of the file."""
        os.close(self.fd)

    # --- growth ------------------------------------------------------------------------------------

    def measure(self) -> int:
        """The size of the file now, not taken over yet."""
        return os.fstat(self.fd).st_size

    def continues(self, fd: int) -> bool:
        """Whether a file has what was read of this one: its first bytes, and its last ones where they stood.

        Only so is a file that was emptied and has grown larger since told from one that was appended to.
        """
        head = os.pread(fd, len(self.head), 0)
        return head == self.head and os.pread(fd, len(self.tail), self.size - len(self.tail)) == self.tail

    def grow(self, size: int) -> None:
        """Take over a new size."""
        self.size = size
        if len(self.head) < HEAD:
            self.head = os.pread(self.fd, min(HEAD, size), 0)
        length = min(TAIL, size)
        self.tail = os.pread(self.fd, length, size - length)

    def move_to(self, fd: int) -> None:
        """The same content goes on in another file: what was indexed stays true."""
        os.close(self.fd)
        self.fd = self.index.fd = fd
        found = os.fstat(fd)
        self.identity = Identity(found.st_dev, found.st_ino)
        self.path = ""

    # --- lines -------------------------------------------------------------------------------------

    @property
    def indexed(self) -> bool:
        """Whether the index covers the file."""
        return self.index.scanned >= self.size

    def count(self) -> int:
        """Lines, an estimate until indexed: a last line without a line feed counts."""
        if self.indexed:
            return self.index.feeds + (1 if self.size and not self._ends_whole() else 0)
        scanned = self.index.scanned
        if scanned:
            return max(self.index.feeds, round(self.index.feeds * self.size / scanned))
        head = os.pread(self.fd, min(SCREEN, self.size), 0)
        return max(1, round(head.count(b"\n") * self.size / len(head))) if head else 0

    def _ends_whole(self) -> bool:
        return self.size > 0 and os.pread(self.fd, 1, self.size - 1) == b"\n"

    def whole(self) -> int:
        """The end of the last line that has its line feed."""
        return self.size if self._ends_whole() else line_start(self.fd, self.size)

    def start_of(self, number: int) -> int | None:
        """Where the line of this number (from 0) starts; null if that is not indexed."""
        if number == 0:
            return 0
        if number > self.index.feeds:
            return None
        block = self.index.block_of_feed(number)
        nth = number - self.index.before(block)
        data = np.frombuffer(os.pread(self.fd, BLOCK, block * BLOCK), np.uint8)
        return block * BLOCK + int(np.flatnonzero(data == 10)[nth - 1]) + 1

    def number_of(self, offset: int) -> int | None:
        """The number (from 0) of the line around a byte; null if that is not indexed."""
        if offset > self.index.scanned:
            return None
        block = min(offset // BLOCK, self.index.blocks)
        start = block * BLOCK
        return self.index.before(block) + os.pread(self.fd, offset - start, start).count(b"\n")

    def line_start(self, offset: int) -> int:
        """Where the line around a byte starts."""
        if offset < self.index.scanned:
            number = self.number_of(offset)
            start = None if number is None else self.start_of(number)
            if start is not None:
                return start
        return line_start(self.fd, min(offset, self.size))

    def lines(self, offset: int, count: int) -> list[Line]:
        """Lines from a line's start."""
        return forward(self.fd, offset, count, self.size, self._next_feed)

    def line_at(self, offset: int) -> Line:
        """One line from its start; most are short."""
        data = os.pread(self.fd, ROW_BYTES + 1, offset)
        end = data.find(b"\n")
        if end >= 0 and offset + end < self.size:
            return Line(offset, data[:end], end)
        return next(iter(self.lines(offset, 1)), Line(offset, b"", 0, False))

    def _next_feed(self, offset: int) -> int | None:
        found = self.index.next_feed(offset)
        if found is None and self.index.scanned < self.size:
            found = scan_feed(self.fd, max(offset, self.index.scanned))
        return found

    def context(self, offset: int) -> int:
        """The level of the record that goes on at a line's start."""
        block = offset // BLOCK
        carried = self.index.carried(block) if block <= self.index.blocks else 0
        return context(self.fd, offset, self.reading, carried)
