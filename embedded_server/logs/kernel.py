"""Lines and levels of a block by array operations: what reading line by line would say, much cheaper.

The kernel decides a line only where it is sure; the rest is asked of the formats one by one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .formats import HEAD_BYTES, Fast, Reading
from .levels import CONTINUES, OF_WORD, PLAIN

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
# Bytes after a block that its last lines may reach into.
BEYOND = HEAD_BYTES

_WORDS = (
    "DEBUG",
    "INFO",
    "WARN",
    "WARNING",
    "ERROR",
    "CRITICAL",
    "FATAL",
    "LOG",
    "PANIC",
    "NOTICE",
    "EXCEPTION",
)


class Scan(NamedTuple):
    """A block's line feeds, the places where its lines start, and each one's level code."""

    feeds: Places
    starts: Places
    codes: Bytes


class _Words:
    """Level words told apart by their second and third letter, then checked by where they end."""

    def __init__(self, ends: str) -> None:
        self.table: Bytes = np.zeros(1 << 16, np.uint8)
        self.lengths = np.zeros(len(_WORDS) + 1, np.int64)
        self.firsts = np.zeros(len(_WORDS) + 1, np.uint8)
        self.codes = np.zeros(len(_WORDS) + 1, np.uint8)
        for number, word in enumerate(_WORDS, 1):
            self.table[ord(word[1]) << 8 | ord(word[2])] = number
            self.lengths[number], self.firsts[number] = len(word), ord(word[0])
            self.codes[number] = OF_WORD[word]
        self.ends = np.zeros(256, bool)
        self.ends[[ord(end) for end in ends]] = True
        self.short, self.long = _WORDS.index("WARN") + 1, _WORDS.index("WARNING") + 1

    def at(self, data: Bytes, places: Places) -> Bytes:
        """The code of the level word at each place, 0 where there is none."""
        second = data[places + 1].astype(np.uint16)
        found = self.table[second << 8 | data[places + 2]]
        if self.long:
            clipped = found == self.long
            found[clipped & (data[places + 4] != 73)] = self.short
        sure = (found != 0) & (data[places] == self.firsts[found])
        sure &= self.ends[data[places + self.lengths[found]]]
        codes: Bytes = np.where(sure, self.codes[found], 0).astype(np.uint8)
        return codes


class Kernel:
    """Scans blocks as one reading says."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        first = reading.formats[0].file.fast if reading.formats else None
        self._fast = first
        self._checks = _checks(first) if first else []
        self._words = _Words(first.ends) if first else None

    def scan(self, data: Bytes, size: int, fresh: bool, line: Callable[[int], bytes]) -> Scan:
        """The first `size` bytes of `data` (which goes on for `BEYOND` bytes, zeros past the end).

        `fresh` when a line starts at its beginning; `line` gives the whole line at a place.
        """
        feeds: Places = np.flatnonzero(data[:size] == 10)
        starts: Places = feeds + 1
        if starts.size and starts[-1] >= size:
            starts = starts[:-1]
        if fresh and size:
            starts = np.concatenate((np.zeros(1, np.int64), starts))
        return Scan(feeds, starts, self._codes(data, starts, line))

    def _codes(self, data: Bytes, starts: Places, line: Callable[[int], bytes]) -> Bytes:
        if not self.reading.formats:
            return np.full(starts.size, PLAIN, np.uint8)
        codes = np.zeros(starts.size, np.uint8)
        asked: Places = np.arange(starts.size)
        if self._fast is not None and self._words is not None:
            begins = self._begins(data, starts)
            self._decide(data, starts, begins, codes)
            undecided = begins & (codes == CONTINUES)
            asked = np.flatnonzero(undecided if len(self.reading.formats) == 1 else codes == CONTINUES)
        code = self.reading.code
        for number in asked.tolist():
            codes[number] = code(line(int(starts[number])))
        # A file may end inside its last line, and then all that makes it a record is not there yet.
        if starts.size:
            codes[-1] = code(line(int(starts[-1])))
        return codes

    def _begins(self, data: Bytes, starts: Places) -> npt.NDArray[np.bool_]:
        """Which lines look like the beginning of a record. A coloured line may be one too."""
        begins = np.ones(starts.size, bool)
        for place, low, high in self._checks:
            there = data[starts + place]
            begins &= there == low if low == high else (there >= low) & (there <= high)
        begins |= data[starts] == 27
        return begins

    def _decide(self, data: Bytes, starts: Places, begins: npt.NDArray[np.bool_], codes: Bytes) -> None:
        assert self._fast is not None and self._words is not None
        open_ = np.flatnonzero(begins)
        for column in self._fast.columns:
            if not open_.size:
                return
            found = self._words.at(data, starts[open_] + column)
            codes[open_] = found
            open_ = open_[found == 0]
        if not self._fast.words or not open_.size:
            return
        spaces: Places = np.flatnonzero(data == 32)
        first = np.searchsorted(spaces, starts[open_])
        for word in self._fast.words:
            which = np.minimum(first + word - 1, max(0, spaces.size - 1))
            places = spaces[which] + 1 if spaces.size else starts[open_]
            places = places + (data[np.minimum(places, data.size - 1)] == 91)
            near = (places > starts[open_]) & (places < starts[open_] + 200) & (places + 16 < data.size)
            found = np.zeros(open_.size, np.uint8)
            found[near] = self._words.at(data, places[near])
            codes[open_] = found
            rest = found == 0
            open_, first = open_[rest], first[rest]


def _checks(fast: Fast) -> list[tuple[int, int, int]]:
    """Places of a line's start with the lowest and highest byte they may have.

    Of a run of digits the first and the last are looked at: enough to tell a time from other text.
    """
    kinds = {"d": (48, 57), "U": (65, 90)}
    found = []
    for place, char in enumerate(fast.start):
        inside = 0 < place < len(fast.start) - 1 and fast.start[place - 1] == char == fast.start[place + 1]
        if char != "?" and not inside:
            found.append((place, *kinds.get(char, (ord(char), ord(char)))))
    return found
