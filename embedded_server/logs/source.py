"""An open log: its files, the rows of its views, how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from embedded_server.wire.logs import MOST_ROWS, LogRow, LogState, RowsRequest, RowsResponse, SourceKind

from .follow import Follower
from .formats import Reading, forced
from .levels import NAMES, PLAIN
from .lines import SCREEN, back, rows
from .segment import Segment

# A page of rows carries about this much text.
PAGE_BYTES = 1 << 20


class NotYet(Exception):
    """The answer needs a part of the file that is not indexed yet."""


class Source:
    """One log, followed at its path."""

    def __init__(self, name: str, path: str, kind: SourceKind, title: str, format_name: str) -> None:
        self.name = name
        self.kind = kind
        self.title = title
        self.shown_path = path
        self.command: list[str] = []
        self.exit_code: int | None = None
        self.running = False
        self.note = ""
        self.follower = Follower(path, forced(format_name) if format_name else None)

    @property
    def current(self) -> Segment:
        """The newest file."""
        return self.follower.current

    @property
    def segments(self) -> Sequence[Segment]:
        """All files, oldest first."""
        return self.follower.segments

    def read_as(self, name: str) -> None:
        """Force a format, or recognise it again."""
        reading: Reading | None = forced(name) if name else None
        self.follower.force(reading)

    def advance(self) -> bool:
        """Index a little more, the newest file first; whether there is more to do."""
        for segment in reversed(self.segments):
            if not segment.indexed:
                segment.index.advance(segment.size)
                return True
        return False

    @property
    def indexed(self) -> bool:
        """Whether everything known is indexed."""
        return all(segment.indexed for segment in self.segments)

    # --- state -------------------------------------------------------------------------------------

    def state(self) -> LogState:
        """How it stands now."""
        segment = self.current
        reading = segment.reading
        return LogState(
            source=self.name,
            title=self.title,
            path=self.shown_path,
            kind=self.kind,
            size=segment.size,
            indexed=min(segment.index.scanned, segment.size),
            count=segment.count(),
            exact=segment.indexed,
            levels=levels_of(segment),
            format=reading.name,
            also=[form.name for form in reading.formats[1:]],
            forced=reading.forced,
            first_time=_time(segment, first=True),
            last_time=_time(segment, first=False),
            notice=self.note or self.follower.notice,
            missing=self.follower.missing,
            files=len(self.segments),
            earlier=sum(segment.count() for segment in self.segments[:-1]),
            command=self.command,
            running=self.running,
            exit_code=self.exit_code,
        )

    def scope(self, earlier: bool) -> Sequence[Segment]:
        """The files a view goes over."""
        return self.segments if earlier else self.segments[-1:]

    def age(self, segment: Segment) -> int:
        """How many files are newer than this one: `LogRow.file`."""
        return len(self.segments) - 1 - list(self.segments).index(segment)

    # --- rows --------------------------------------------------------------------------------------

    def rows(self, request: RowsRequest) -> RowsResponse:
        """Rows of all lines. Raises NotYet."""
        scope = self.scope(request.earlier)
        count = sum(segment.count() for segment in scope)
        exact = all(segment.indexed for segment in scope)
        limit = max(1, min(request.limit, MOST_ROWS))
        if request.offset is not None:
            found = self._from_offset(request.offset, request.before, limit, request.earlier)
        elif request.last:
            found = self._last(limit, request.earlier)
        else:
            first = max(0, (request.row or 0) - request.before)
            found = self._from_row(first, limit, scope)
        after = found[-1].row + 1 if found and found[-1].row >= 0 else None
        return RowsResponse(
            rows=found, count=count, exact=exact, next=after if after is not None and after < count else None
        )

    def _from_row(self, first: int, limit: int, scope: Sequence[Segment]) -> list[LogRow]:
        found: list[LogRow] = []
        base = 0
        for segment in scope:
            number = max(0, first - base)
            wanted = limit - len(found)
            if wanted > 0 and (not segment.indexed or number < segment.count()):
                start = segment.start_of(number)
                if start is None or (not segment.indexed and segment is not scope[-1]):
                    raise NotYet
                found += self._read(segment, start, wanted, base + number, number)
            base += segment.count()
        return found

    def _last(self, limit: int, earlier: bool) -> list[LogRow]:
        scope = self.scope(earlier)
        if all(segment.indexed for segment in scope):
            total = sum(segment.count() for segment in scope)
            return self._from_row(max(0, total - limit), limit, scope)
        segment = self.current
        start = back(segment.fd, segment.size, limit)
        return self._read(segment, start, limit, *self._numbers(segment, start, earlier))

    def _from_offset(self, offset: int, before: int, limit: int, earlier: bool) -> list[LogRow]:
        segment = self.current
        start = segment.line_start(min(max(0, offset), segment.size))
        if before:
            start = back(segment.fd, start, before)
        return self._read(segment, start, limit, *self._numbers(segment, start, earlier))

    def _numbers(self, segment: Segment, start: int, earlier: bool) -> tuple[int, int]:
        """The row and the line number of a line's start; -1 for what is not known."""
        number = segment.number_of(start)
        if number is None:
            return -1, -1
        if not earlier:
            return number, number
        older = list(self.segments)[: list(self.segments).index(segment)]
        known = all(other.indexed for other in older)
        return (number + sum(other.count() for other in older) if known else -1), number

    def _read(self, segment: Segment, start: int, count: int, row: int, number: int) -> list[LogRow]:
        lines = segment.lines(start, count)
        sizes = accumulate(len(line.head) for line in lines)
        kept = [line for line, size in zip(lines, sizes, strict=True) if size <= PAGE_BYTES] or lines[:1]
        code = segment.context(start)
        return rows(kept, segment.reading, code, row, number + 1, self.age(segment))


def levels_of(segment: Segment) -> dict[str, int]:
    """Records by level, as far as indexed; no entry for none."""
    counts = segment.index.levels()
    found = {NAMES[code]: int(counts[code]) for code in range(PLAIN + 1, len(NAMES)) if counts[code]}
    if counts[PLAIN]:
        found[""] = int(counts[PLAIN])
    return found


def _time(segment: Segment, *, first: bool) -> str:
    size = min(SCREEN, segment.size)
    start = 0 if first else back(segment.fd, segment.size, 200)
    lines = segment.lines(start, 200) if size else []
    for line in lines if first else reversed(lines):
        parsed = segment.reading.parse(line.head)
        if parsed is not None and parsed[0].time:
            return parsed[0].time
    return ""


def title_of(path: str) -> str:
    """A log's short name."""
    return Path(path).name
