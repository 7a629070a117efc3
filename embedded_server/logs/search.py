"""A search over a source: the hits of each of its files, as one view that follows them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from embedded_server.wire.logs import MOST_ROWS, LogRow, RowsRequest, RowsResponse, SearchBatch, SearchRequest

from .hits import Hits
from .lines import one
from .scanner import Spec, spec_of
from .segment import Segment
from .source import PAGE_BYTES, Source

BATCH_SECONDS = 0.05


class Search:
    """Runs until everything known was looked through, and again whenever the source grew."""

    def __init__(self, source: Source, request: SearchRequest) -> None:
        self.source = source
        self.request = request
        self.spec: Spec | None = spec_of(request) if request.pattern else None
        self.started = time.monotonic()
        self._hits: dict[int, Hits] = {}
        self._told = 0
        self._counted = -1
        self._told_at = 0.0
        self.follow()

    @property
    def engine(self) -> str:
        """What finds the lines."""
        return self.spec.engine if self.spec is not None else "index"

    @property
    def count(self) -> int:
        """Hits so far."""
        return sum(hits.count for hits in self.parts())

    @property
    def done(self) -> bool:
        """Whether everything known was looked through."""
        return all(hits.done for hits in self.parts())

    def parts(self) -> list[Hits]:
        """The hits of each file in scope, oldest file first."""
        return [self._of(segment) for segment in self.source.scope(self.request.earlier)]

    def _of(self, segment: Segment) -> Hits:
        found = self._hits.get(id(segment))
        if found is not None and found.outdated:
            found.stop()
            found = None
        if found is None:
            found = self._hits[id(segment)] = Hits(self.request, self.spec, segment)
        return found

    def follow(self) -> None:
        """Start on what is not done; forget files that are no longer there."""
        held = {id(segment) for segment in self.source.scope(self.request.earlier)}
        for key in [key for key in self._hits if key not in held]:
            self._hits.pop(key).stop()
        for hits in self.parts():
            hits.start()

    def restart(self) -> None:
        """The source is read otherwise now: look again."""
        self.stop()
        self._hits.clear()
        self._told, self._counted = 0, -1
        self.follow()

    def scans(self) -> Iterator[Hits]:
        """Hits with a child to wait on."""
        return (hits for hits in self.parts() if hits.scan is not None)

    def pump(self) -> bool:
        """Go on; whether anything changed."""
        changed = [hits.pump() for hits in self.parts()]
        self.follow()
        return any(changed)

    def stop(self) -> None:
        """End what runs."""
        for hits in self._hits.values():
            hits.stop()

    # --- answers -----------------------------------------------------------------------------------

    def batch(self) -> SearchBatch | None:
        """What to tell now, null while there is nothing new or it was told just before."""
        now, done, count = time.monotonic(), self.done, self.count
        if not done and (count == self._counted or now - self._told_at < BATCH_SECONDS):
            return None
        end = min(self._in_place(), self.request.limit)
        # A page may hold fewer lines than asked for; the rest comes with the next batch.
        lines = self.rows_from(self._told, end - self._told) if self._told < end else []
        self._told += len(lines)
        self._counted, self._told_at = count, now
        elapsed = (now - self.started) * 1000
        over = done and self._told >= end
        return SearchBatch(lines=lines, count=count, done=over, engine=self.engine, elapsed_ms=elapsed)

    def _in_place(self) -> int:
        """Hits whose place is final: those of files before the first that is not done, and its own."""
        places = 0
        for hits in self.parts():
            places += hits.count
            if not hits.done:
                break
        return places

    def rows(self, request: RowsRequest) -> RowsResponse:
        """Rows of the view: its hits."""
        count = self.count
        limit = max(1, min(request.limit, MOST_ROWS))
        if request.last:
            first = max(0, count - limit)
        elif request.offset is not None:
            first = max(0, self.place_of(request.offset) - request.before)
        else:
            first = max(0, (request.row or 0) - request.before)
        found = self.rows_from(first, limit)
        after = first + len(found)
        return RowsResponse(rows=found, count=count, exact=self.done, next=after if after < count else None)

    def place_of(self, offset: int) -> int:
        """The place of the first hit at or after a byte of the newest file."""
        parts = self.parts()
        older = sum(hits.count for hits in parts[:-1])
        offsets = parts[-1].offsets
        low, high = 0, len(offsets)
        while low < high:
            middle = (low + high) // 2
            if offsets[middle] < offset:
                low = middle + 1
            else:
                high = middle
        return older + low

    def rows_from(self, first: int, limit: int) -> list[LogRow]:
        """Hits by their place, with their text."""
        found: list[LogRow] = []
        base, size = 0, 0
        for hits in self.parts():
            for place in range(max(0, first - base), min(hits.count, first + limit - base)):
                row = self._row(hits, place, base + place)
                size += len(row.text)
                if found and size > PAGE_BYTES:
                    return found
                found.append(row)
            base += hits.count
        return found

    def _row(self, hits: Hits, place: int, row: int) -> LogRow:
        segment, offset = hits.segment, hits.offsets[place]
        line = segment.line_at(offset)
        code = 0 if segment.reading.code(line.head) else segment.context(offset)
        made, _ = one(line, segment.reading, code, row, hits.numbers[place] + 1, self.source.age(segment))
        return made
