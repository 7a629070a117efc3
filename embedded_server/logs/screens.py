"""The first screens of a log: one read at each end, whatever its size, before anything is indexed."""

from __future__ import annotations

import os
from pathlib import Path

from embedded_server.wire.logs import FormatScore, LogState, OpenLogResponse

from .formats import forced, recognise, sample_lines, scores
from .levels import CONTINUES
from .lines import SCREEN, Line, rows

_MOST = 500
# A longer sample says no more about the format.
_SAMPLE = 200


def first_screens(path: str, format_name: str, limit: int) -> OpenLogResponse:
    """Rows of both ends of a file. Line numbers of the end are known only where the file is one screen."""
    limit = max(1, min(limit, _MOST))
    fd = os.open(path, os.O_RDONLY)
    try:
        size = os.fstat(fd).st_size
        head = os.pread(fd, SCREEN, 0)
        low = max(0, size - SCREEN)
        tail = os.pread(fd, SCREEN, low) if low else head
    finally:
        os.close(fd)
    sample = sample_lines(
        [head[: head.rfind(b"\n") + 1] or head, tail[tail.find(b"\n") + 1 :] if low else b""]
    )
    sample = sample[:_SAMPLE] + sample[-_SAMPLE:]
    reading = forced(format_name) if format_name else recognise(sample)
    first = _cut(head, 0, size)
    last = _cut(tail, low, size)
    if low and last:
        last = last[1:] or last
    count = len(first) if not low else max(1, head.count(b"\n") * size // len(head))
    shown = first[:limit]
    start = max(0, len(last) - limit)
    known = not low
    return OpenLogResponse(
        state=LogState(
            source=path,
            title=Path(path).name,
            path=path,
            size=size,
            count=count,
            format=reading.name,
            also=[form.name for form in reading.formats[1:]],
            forced=reading.forced,
        ),
        head=rows(shown, reading, CONTINUES, 0, 1),
        tail=rows(last[start:], reading, CONTINUES, start if known else -1, start + 1 if known else 0),
        formats=[FormatScore(form.name, form.file.title, round(share, 4)) for form, share in scores(sample)],
    )


def _cut(data: bytes, low: int, size: int) -> list[Line]:
    """The lines of a read at `low`; the last one may go on behind it."""
    found = []
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        stop = len(data) if end < 0 else end
        whole = stop if end >= 0 or low + len(data) >= size else size - low
        found.append(Line(low + start, data[start : min(stop, start + 8192)], whole - start, end >= 0))
        start = stop + 1
    return found
