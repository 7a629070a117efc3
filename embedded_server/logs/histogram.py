"""Records over time, by level: from the index, or record by record where little has to be read."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np

from embedded_server.wire.logs import Bucket, HistogramRequest, HistogramResponse

from .hits import moment
from .index import BLOCK, NO_TIME
from .levels import CONTINUES, NAMES
from .segment import Segment
from .times import written

# Up to so many blocks are read again for exact counts.
EXACT_BLOCKS = 8
MOST_BUCKETS = 2000
_SECONDS = (
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
)
_HOURS = (1, 2, 3, 6, 12, 24)
_STEPS_MS = (*(round(each * 1000) for each in _SECONDS), *(each * 3_600_000 for each in _HOURS))


def histogram(segment: Segment, request: HistogramRequest) -> HistogramResponse:
    """Records of one file by time; by place where it has no times."""
    buckets = max(1, min(request.buckets, MOST_BUCKETS))
    times = segment.index.times()
    known = times[times[:, 0] != NO_TIME]
    if not known.size:
        return _by_place(segment, buckets)
    since = moment(request.since, segment, int(known[:, 0].min()))
    until = moment(request.until, segment, int(known[:, 1].max()))
    step = _step(until - since, buckets)
    first = since // step * step
    count = min(MOST_BUCKETS * 2, max(1, (until - first) // step + 1))
    inside = np.flatnonzero((times[:, 0] != NO_TIME) & (times[:, 1] >= since) & (times[:, 0] <= until))
    exact = inside.size <= EXACT_BLOCKS
    table = np.zeros((count, len(NAMES)), np.int64)
    offsets = np.full(count, -1, np.int64)
    for block in inside.tolist():
        if exact:
            _add_records(segment, block, (since, until), first, step, table, offsets)
        else:
            _spread(segment, block, first, step, table, offsets)
    made = [
        Bucket(written(first + number * step), _named(table[number]), max(0, int(offsets[number])))
        for number in range(count)
    ]
    return HistogramResponse(buckets=made, step_ms=step / 1000, exact=exact)


def _step(span: int, buckets: int) -> int:
    """A round width in microseconds, so that at most `buckets` cover the span."""
    wanted = max(1, span) / 1000 / buckets
    fitting = next((step for step in _STEPS_MS if step >= wanted), None)
    days = -(-int(wanted) // _STEPS_MS[-1])
    return (fitting or days * _STEPS_MS[-1]) * 1000


def _named(row: np.ndarray) -> dict[str, int]:
    found: Counter[str] = Counter()
    for code, count in enumerate(row.tolist()):
        if code != CONTINUES and count:
            found[NAMES[code]] += count
    return dict(found)


def _add_records(
    segment: Segment,
    block: int,
    span: tuple[int, int],
    first: int,
    step: int,
    table: np.ndarray,
    offsets: np.ndarray,
) -> None:
    """Every record of a block by its own time; one without a time counts where the one before did."""
    scan, _ = segment.index.scan(block, segment.size)
    last: int | None = None
    for place, code in zip(scan.starts.tolist(), scan.codes.tolist(), strict=True):
        if code == CONTINUES:
            continue
        at = segment.index.time_at(place)
        last = last if at is None else at
        if last is None or not span[0] <= last <= span[1]:
            continue
        bucket = (last - first) // step
        if 0 <= bucket < len(table):
            table[bucket, code] += 1
            if offsets[bucket] < 0:
                offsets[bucket] = block * BLOCK + place


def _spread(
    segment: Segment, block: int, first: int, step: int, table: np.ndarray, offsets: np.ndarray
) -> None:
    """A block's records evenly between its first and last time."""
    low, high = segment.index.times()[block].tolist()
    levels = segment.index.level_rows()[block][: len(NAMES)].astype(np.int64)
    start, end = (low - first) // step, (high - first) // step
    edges = [low, *(first + number * step for number in range(int(start) + 1, int(end) + 1)), high + 1]
    done = np.zeros(len(NAMES), np.int64)
    for number, (_, right) in enumerate(pairwise(edges), int(start)):
        upto = levels * (right - low) // (high + 1 - low)
        if 0 <= number < len(table):
            table[number] += upto - done
            if offsets[number] < 0:
                offsets[number] = block * BLOCK
        done = upto


def _by_place(segment: Segment, buckets: int) -> HistogramResponse:
    """Records by where they stand in the file."""
    size = max(1, segment.size)
    count = min(buckets, size)
    table = np.zeros((count, len(NAMES)), np.int64)
    exact = segment.index.blocks <= EXACT_BLOCKS
    for block in range(segment.index.blocks):
        if exact:
            scan, _ = segment.index.scan(block, segment.size)
            places = (scan.starts + block * BLOCK) * count // size
            np.add.at(table, (np.minimum(places, count - 1), scan.codes), 1)
        else:
            table[min(block * BLOCK * count // size, count - 1)] += segment.index.level_rows()[block][
                : len(NAMES)
            ]
    made = [Bucket("", _named(table[number]), number * size // count) for number in range(count)]
    return HistogramResponse(buckets=made, step_ms=0.0, exact=exact)
