"""One record as a whole: from the line that begins it to the last that continues it."""

from __future__ import annotations

import os
from typing import Any

from embedded_server.wire.logs import RecordRequest, RecordResponse

from .levels import CONTINUES, NAMES
from .segment import Segment
from .tracebacks import parts_of, sql_of

# A record's beginning is looked for so far back, and its end at most so far on.
REACH = 1 << 20
MOST_BYTES = 4 << 20


def record(segment: Segment, request: RecordRequest) -> RecordResponse:
    """The record around a byte."""
    start = _begin(segment, segment.line_start(request.offset))
    limit = max(1, min(request.limit, MOST_BYTES))
    length, lines = _extent(segment, start)
    data = os.pread(segment.fd, min(limit, length), start)
    text = data.decode("utf-8", "replace")
    first = data.split(b"\n", 1)[0]
    number = segment.number_of(start)
    found = segment.reading.parse(first)
    parsed, form = found if found is not None else (None, None)
    fields: dict[str, Any] = form.fields(first) if form is not None else {}
    trace = _traceback_text(text, fields)
    return RecordResponse(
        offset=start,
        first_line=0 if number is None else number + 1,
        lines=lines,
        bytes=length,
        text=text,
        cut=length > len(data),
        level=NAMES[parsed.code] if parsed else "",
        word=parsed.word if parsed else "",
        time=parsed.time if parsed else "",
        logger=parsed.logger if parsed else "",
        message=_message(first, parsed.message, parsed.body) if parsed else "",
        fields=fields,
        parts=parts_of(trace),
        sql=sql_of(trace),
    )


def _message(first: bytes, message: str | None, body: int) -> str:
    return message if message is not None else first.decode("utf-8", "replace").rstrip("\r")[body:]


def _traceback_text(text: str, fields: dict[str, Any]) -> str:
    """JSON lines keep a traceback in a field."""
    for name in ("exc_info", "exception", "traceback", "stack", "error.stack_trace"):
        value = fields.get(name)
        if isinstance(value, str):
            return value
    return text


def _begin(segment: Segment, start: int) -> int:
    """Where the record of a line begins: at the nearest line above that begins one, if it is near enough."""
    line = segment.line_at(start)
    if segment.reading.code(line.head) != CONTINUES:
        return start
    low = max(0, start - REACH)
    data = os.pread(segment.fd, start - low, low)
    place = len(data)
    while place > 0:
        before = data.rfind(b"\n", 0, place - 1) + 1
        if segment.reading.code(data[before : place - 1]) != CONTINUES:
            return low + before
        place = before
    return start


def _extent(segment: Segment, start: int) -> tuple[int, int]:
    """How long a record is, without its last line feed, and how many lines it has."""
    offset, lines, length = start, 0, 0
    while offset < segment.size and offset - start < MOST_BYTES:
        for line in segment.lines(offset, 200):
            if lines and segment.reading.code(line.head) != CONTINUES:
                return length, lines
            lines += 1
            length = line.offset + line.length - start
            offset = line.offset + line.length + 1
    return length, lines
