"""Groups of a log's records, found in small steps so that other questions are answered between them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from embedded_server.wire.log_groups import GroupsRequest, GroupsResponse, LogGroup
from embedded_server.wire.logs import ROW_BYTES

from .levels import NAMES
from .search import Search
from .segment import Segment
from .source import Source
from .templates import Template, Templates

# One step looks at so much of the file, or so many hits.
CHUNK, HITS = 64 << 10, 500
MOST_LINES, MOST_SHOWN = 200_000, 1000


@dataclass
class _Count:
    """What is known of one group so far."""

    template: Template
    sample: str
    logger: str
    first: int
    first_time: str
    count: int = 0
    levels: dict[int, int] = field(default_factory=dict)
    last: int = 0
    last_time: str = ""


class Grouping:
    """One question; `step` until it answers false."""

    def __init__(self, source: Source, request: GroupsRequest, search: Search | None) -> None:
        self._segment: Segment = source.current
        self._reading = self._segment.reading
        self.request = request
        self._started = time.monotonic()
        self._templates = Templates()
        self._counts: dict[int, _Count] = {}
        self._lost = [0, 0]
        self._looked_at = 0
        self._most = max(1, min(request.lines, MOST_LINES))
        self._total = search.count if search is not None else max(1, self._segment.count())
        self._stride = -(-self._total // self._most)
        self._steps = self._hits(search) if search is not None else self._chunks()

    def step(self) -> bool:
        """Look a little further; whether there is more."""
        return next(self._steps, None) is not None

    # --- looking -----------------------------------------------------------------------------------

    def _chunks(self) -> Iterator[bool]:
        """Every so manyeth piece of the file: an even sample where it is large."""
        size = self._segment.size
        for start in range(0, size, CHUNK * self._stride):
            # One byte more at the front tells whether a line begins right here.
            low = max(0, start - 1)
            data = os.pread(self._segment.fd, min(start + CHUNK + ROW_BYTES, size) - low, low)
            feed = data.find(b"\n")
            place = 0 if start == 0 else feed + 1 if feed >= 0 else len(data)
            while place < min(start + CHUNK - low, len(data)):
                end = data.find(b"\n", place)
                end = len(data) if end < 0 else end
                self._look(data[place:end], low + place)
                place = end + 1
            yield True

    def _hits(self, search: Search) -> Iterator[bool]:
        for hits in search.parts():
            if hits.segment is not self._segment:
                continue
            for place in range(0, hits.count, self._stride):
                offset = hits.offsets[place]
                self._look(self._segment.line_at(offset).head, offset)
                if (place // self._stride) % HITS == HITS - 1:
                    yield True
        yield True

    def _look(self, line: bytes, offset: int) -> None:
        """Count a line that begins a record; what continues one belongs to it."""
        found = self._reading.parse(line)
        if found is None:
            return
        parsed = found[0]
        self._looked_at += 1
        text = line.decode("utf-8", "replace").rstrip("\r")
        message = parsed.message if parsed.message is not None else text[parsed.body :]
        template = self._templates.of(message)
        self._forget()
        known = self._counts.get(template.number)
        if known is None:
            shown = message[: ROW_BYTES // 8]
            known = _Count(template, shown, parsed.logger, offset, parsed.time)
            self._counts[template.number] = known
        known.count += 1
        known.levels[parsed.code] = known.levels.get(parsed.code, 0) + 1
        known.last, known.last_time = offset, parsed.time or known.last_time

    def _forget(self) -> None:
        while self._templates.dropped:
            gone = self._counts.pop(self._templates.dropped.pop(), None)
            if gone is not None:
                self._lost[0] += 1
                self._lost[1] += gone.count

    # --- the answer --------------------------------------------------------------------------------

    def answer(self) -> GroupsResponse:
        """What was found."""
        ordered = sorted(self._counts.values(), key=_weight)
        limit = max(1, min(self.request.limit, MOST_SHOWN))
        rest = ordered[limit:]
        return GroupsResponse(
            groups=[self._group(one) for one in ordered[:limit]],
            looked_at=self._looked_at,
            total=self._total,
            sampled=self._stride > 1,
            others=len(rest) + self._lost[0],
            other_records=sum(one.count for one in rest) + self._lost[1],
            elapsed_ms=(time.monotonic() - self._started) * 1000,
        )

    def _group(self, one: _Count) -> LogGroup:
        return LogGroup(
            template=one.template.text,
            pattern=one.template.pattern(),
            count=one.count,
            levels={NAMES[code]: count for code, count in sorted(one.levels.items())},
            sample=one.sample,
            logger=one.logger,
            first=self._number(one.first),
            first_offset=one.first,
            first_time=one.first_time,
            last=self._number(one.last),
            last_offset=one.last,
            last_time=one.last_time,
        )

    def _number(self, offset: int) -> int:
        found = self._segment.number_of(offset)
        return 0 if found is None else found + 1


def _weight(one: _Count) -> tuple[int, int]:
    return -one.count, one.first
