"""The hits of a search in one file: found by a scan, kept as two arrays, followed as the file grows."""

from __future__ import annotations

from array import array
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from embedded_server.wire.logs import SearchRequest
from embedded_server.wire.problem import problem

from .index import BLOCK, NO_TIME
from .kernel import Places
from .levels import CODES
from .scanner import Range, Scan, Spec
from .segment import Segment
from .times import micros

# What grew is looked through in pieces of this size.
_PIECE = 16 << 20
_BLOCKS_AT_ONCE = 8
# Records may be out of order by this much, so a block's own span is taken wider.
_DISORDER = 5_000_000
_LAST = int(np.iinfo(np.int64).max)


class _Annotated(NamedTuple):
    """The lines of a block: where they start, their numbers from 0, and whether they are wanted."""

    starts: Places
    numbers: Places
    wanted: npt.NDArray[np.bool_]


class Wanted:
    """Which records a search keeps: levels by code, a span of time in microseconds."""

    def __init__(self, request: SearchRequest, segment: Segment) -> None:
        self.codes = sorted({CODES[level] for level in request.levels})
        self.since = moment(request.since, segment, NO_TIME)
        self.until = moment(request.until, segment, _LAST)
        self.timed = bool(request.since or request.until)
        self.any = not self.codes and not self.timed

    def lines(self, segment: Segment, block: int) -> _Annotated:
        """The lines of a block, judged."""
        index = segment.index
        scan, _ = index.scan(block, segment.size)
        numbers = index.before(block) + np.searchsorted(scan.feeds, scan.starts)
        begins = scan.codes > 0
        record = np.maximum.accumulate(np.where(begins, np.arange(scan.starts.size), -1))
        codes = np.where(record >= 0, scan.codes[record], index.carried(block))
        wanted = np.isin(codes, self.codes) if self.codes else np.ones(codes.size, bool)
        if self.timed:
            wanted &= self._in_time(segment, block, scan.starts, begins, record)
        return _Annotated(scan.starts + block * BLOCK, numbers, wanted)

    def skips(self, segment: Segment, block: int) -> bool:
        """Whether no line of a block can be wanted, by what the index says of it."""
        index = segment.index
        if self.codes and index.carried(block) not in self.codes:
            row = index.level_rows()[block]
            if not any(row[code] for code in self.codes):
                return True
        first, last = index.times()[block].tolist()
        known = self.timed and first != NO_TIME
        return known and (first - _DISORDER > self.until or last + _DISORDER < self.since)

    def _in_time(
        self, segment: Segment, block: int, starts: Places, begins: npt.NDArray[np.bool_], record: Places
    ) -> npt.NDArray[np.bool_]:
        index = segment.index
        earlier = index.times()[:block, 1]
        known = earlier[earlier != NO_TIME]
        times = np.full(starts.size, known[-1] if known.size else NO_TIME, np.int64)
        for place in np.flatnonzero(begins).tolist():
            at = index.time_at(int(starts[place]))
            times[place] = NO_TIME if at is None else at
        own: Places = np.where(record >= 0, times[record], times)
        inside: npt.NDArray[np.bool_] = (own >= self.since) & (own <= self.until) & (own != NO_TIME)
        return inside


def moment(text: str, segment: Segment, otherwise: int) -> int:
    """A time written as in the log, or in ISO 8601. Raises request.invalid."""
    if not text:
        return otherwise
    for form in segment.reading.formats:
        at = form.at(text)
        if at is not None:
            return at
    at = micros(text, "iso")
    if at is None:
        hint = "Write it as the log does, or as in ISO 8601."
        raise problem("request.invalid", f"“{text}” is no time", hint=hint)
    return at


class Hits:
    """Lines of a segment that a search finds: `numbers` from 0, `offsets` where they start.

    Lines that have their line feed are looked at once. The last one, while it has none, is looked at again
    when it grew: its hit is given up then.
    """

    def __init__(self, request: SearchRequest, spec: Spec | None, segment: Segment) -> None:
        self.segment = segment
        self.spec = spec
        self.numbers = array("q")
        self.offsets = array("q")
        self.scan: Scan | None = None
        self._reading = segment.reading
        self._wanted = Wanted(request, segment)
        self._covered = 0
        self._loose_end = -1
        self._goal = 0
        self._goal_whole = True
        self._waiting: list[tuple[int, int]] = []
        self._block = 0

    @property
    def count(self) -> int:
        """Hits so far."""
        return len(self.offsets)

    @property
    def done(self) -> bool:
        """Whether everything known of the segment was looked through."""
        end = self.segment.size
        return self.scan is None and not self._waiting and end in (self._covered, self._loose_end)

    @property
    def outdated(self) -> bool:
        """Whether the segment is read otherwise now, and it matters."""
        return self._reading is not self.segment.reading and not self._wanted.any

    def stop(self) -> None:
        """End what runs."""
        if self.scan is not None:
            self.scan.stop()
            self.scan = None

    # --- by pattern --------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to look through what is not done yet; nothing if all is, or the index is not so far."""
        if self.spec is None or self.scan is not None or self._waiting or self.done:
            return
        number = self.segment.number_of(self._covered)
        if number is None:
            return
        self._drop_loose()
        whole = self.segment.whole()
        self._goal_whole = whole > self._covered
        if not self._goal_whole:
            self._goal = self.segment.size
        elif self._covered == 0:
            self._goal = whole
        else:
            self._goal = self._piece(whole)
        self.scan = Scan(self.spec, self.segment, Range(self._covered, self._goal, number))

    def _piece(self, whole: int) -> int:
        end = self._covered + _PIECE
        start = whole if end >= whole else self.segment.line_start(end)
        return start if start > self._covered else whole

    def pump(self) -> bool:
        """Take what the scan printed, or look at some more blocks; whether anything changed."""
        before = self.count, self.done
        if self.spec is None:
            self._walk()
        elif self.scan is not None:
            self._take(self.scan)
        if self._waiting:
            self._judge()
        return (self.count, self.done) != before

    def _take(self, scan: Scan) -> None:
        found, over = scan.read()
        kept = found[found[:, 1] < self._goal]
        if self._wanted.any:
            self.numbers.frombytes(kept[:, 0].tobytes())
            self.offsets.frombytes(kept[:, 1].tobytes())
        else:
            self._waiting += [(number, offset) for number, offset in kept.tolist()]
        if not over:
            return
        self.scan = None
        if scan.failed or scan.stale:
            self._forget(self._covered)
        elif self._goal_whole:
            self._covered = self._goal
        else:
            self._loose_end = self._goal

    def _judge(self) -> None:
        """Keep the waiting lines that are wanted, as far as the index goes."""
        index = self.segment.index
        while self._waiting:
            block = self._waiting[0][1] // BLOCK
            if not self._ready(block):
                return
            end = next(
                (n for n, hit in enumerate(self._waiting) if hit[1] // BLOCK != block), len(self._waiting)
            )
            hits, self._waiting = self._waiting[:end], self._waiting[end:]
            if index.blocks and not self._wanted.skips(self.segment, block):
                lines = self._wanted.lines(self.segment, block)
                places = np.searchsorted(lines.starts, np.array([offset for _, offset in hits]))
                for hit, place in zip(hits, places.tolist(), strict=True):
                    if place < lines.starts.size and lines.wanted[place]:
                        self.numbers.append(hit[0])
                        self.offsets.append(hit[1])

    # --- by level and time alone -------------------------------------------------------------------

    def _walk(self) -> None:
        """Look at some blocks, as far as the index goes."""
        whole = self.segment.whole()
        if self._loose_end >= 0 and not self.done:
            self._drop_loose()
        for _ in range(_BLOCKS_AT_ONCE):
            if self.done or not self._ready(self._block):
                return
            self._look(self._block)
            end = min((self._block + 1) * BLOCK, self.segment.size)
            if end == self.segment.size:
                self._covered, self._loose_end = whole, end
                self._block = whole // BLOCK
                return
            self._covered = end
            self._block += 1

    def _look(self, block: int) -> None:
        if self._wanted.skips(self.segment, block):
            return
        lines = self._wanted.lines(self.segment, block)
        new = lines.wanted & (lines.starts >= self._covered)
        self.numbers.extend(lines.numbers[new].tolist())
        self.offsets.extend(lines.starts[new].tolist())

    def _ready(self, block: int) -> bool:
        """Whether the index knows this block and what it inherits."""
        return block < self.segment.index.blocks and (
            self.segment.indexed or (block + 1) * BLOCK <= self.segment.index.scanned
        )

    def _drop_loose(self) -> None:
        if self._loose_end >= 0:
            self._forget(self._covered)
        self._loose_end = -1

    def _forget(self, offset: int) -> None:
        while self.offsets and self.offsets[-1] >= offset:
            self.offsets.pop()
            self.numbers.pop()
