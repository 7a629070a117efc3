"""From bytes to rows: cutting lines out of a file without an index, and saying what each one is.

Pure functions over ranges of bytes; the first screens of a log come from here before anything was indexed.
"""

from __future__ import annotations

import base64
import codecs
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

from embedded_server.wire.logs import ROW_BYTES, LogRow

from .formats import Reading
from .levels import CONTINUES, NAMES

# One read of a first screen; also how far back a record's beginning is looked for.
SCREEN = 64 << 10


class Line(NamedTuple):
    """A line of a file: where it starts, its first bytes (8 KiB at most), its whole length without the feed;
    `ended` whether a line feed closes it."""

    offset: int
    head: bytes
    length: int
    ended: bool = True


NextFeed = Callable[[int], int | None]


def forward(fd: int, offset: int, count: int, size: int, next_feed: NextFeed) -> list[Line]:
    """Up to `count` lines from a line's start. `next_feed` finds the end of a line longer than one read."""
    lines: list[Line] = []
    while len(lines) < count and offset < size:
        data = os.pread(fd, min(SCREEN, size - offset), offset)
        if not data:
            break
        end = data.find(b"\n")
        if end < 0:
            lines.append(_long(data, offset, size, next_feed))
            offset += lines[-1].length + 1
            continue
        start = 0
        while end >= 0 and len(lines) < count:
            lines.append(Line(offset + start, data[start : min(end, start + ROW_BYTES)], end - start))
            start = end + 1
            end = data.find(b"\n", start)
        offset += start
    return lines


def _long(data: bytes, offset: int, size: int, next_feed: NextFeed) -> Line:
    """A line of which one read did not show the end."""
    found = next_feed(offset + len(data)) if offset + len(data) < size else None
    end = size if found is None or found > size else found
    return Line(offset, data[:ROW_BYTES], end - offset, found is not None)


def scan_feed(fd: int, offset: int) -> int | None:
    """The next line feed by reading on, where no index helps."""
    while data := os.pread(fd, 1 << 20, offset):
        found = data.find(b"\n")
        if found >= 0:
            return offset + found
        offset += len(data)
    return None


def line_start(fd: int, offset: int) -> int:
    """Where the line around a byte starts, by reading back."""
    while offset > 0:
        low = max(0, offset - SCREEN)
        found = os.pread(fd, offset - low, low).rfind(b"\n")
        if found >= 0:
            return low + found + 1
        offset = low
    return 0


def back(fd: int, offset: int, count: int, reach: int = 1 << 20) -> int:
    """Where the line `count` lines above a line's start begins; not further back than `reach` bytes, except
    that a line longer than that is gone back whole."""
    low = max(0, offset - min(reach, max(SCREEN, count * 512)))
    while True:
        data = os.pread(fd, offset - low, low)
        # The feed right before `offset` ends the first line above.
        feeds = data.count(b"\n")
        if low == 0 or feeds > count or offset - low >= reach:
            break
        low = max(0, offset - min(reach, (offset - low) * 4))
    if feeds <= count:
        if low == 0:
            return 0
        first = data.find(b"\n")
        return low + first + 1 if 0 <= first < len(data) - 1 else line_start(fd, low)
    place = len(data) - 1
    for _ in range(count):
        place = data.rfind(b"\n", 0, place)
    return low + place + 1


def context(fd: int, offset: int, reading: Reading, carried: int = CONTINUES) -> int:
    """The level code of the record that goes on at a line's start: of the nearest beginning above, within one
    screen; else what the index carried."""
    low = max(0, offset - SCREEN)
    data = os.pread(fd, offset - low, low)
    for line in reversed(data.split(b"\n")[:-1]):
        code = reading.code(line)
        if code != CONTINUES:
            return code
    return carried


def rows(
    lines: Iterable[Line], reading: Reading, code: int, row: int, number: int, file: int = 0
) -> list[LogRow]:
    """Lines as rows: from place `row` and line `number` on (-1 and 0 while unknown); `code` is the level of
    the record that goes on at the first one."""
    found = []
    for step, line in enumerate(lines):
        made, code = one(
            line, reading, code, row + step if row >= 0 else -1, number + step if number else 0, file
        )
        found.append(made)
    return found


def one(line: Line, reading: Reading, code: int, row: int, number: int, file: int) -> tuple[LogRow, int]:
    """A line as a row, and the level that lines after it continue."""
    text, raw = text_of(line.head, line.length > len(line.head))
    parsed = reading.parse(line.head)
    if parsed is None:
        continued = LogRow(
            row=row,
            line=number,
            offset=line.offset,
            bytes=line.length,
            text=text,
            level=NAMES[code],
            start=code == CONTINUES,
            cut=line.length > len(line.head),
            raw=raw,
            file=file,
        )
        return continued, code
    found = parsed[0]
    made = LogRow(
        row=row,
        line=number,
        offset=line.offset,
        bytes=line.length,
        text=text,
        level=NAMES[found.code],
        word=found.word,
        time=found.time,
        logger=found.logger,
        message=(found.message or "")[:ROW_BYTES],
        body=found.body,
        cut=line.length > len(line.head),
        raw=raw,
        file=file,
    )
    return made, found.code


def text_of(data: bytes, cut: bool) -> tuple[str, str]:
    """Bytes as text, and in base64 too where the text does not say them all."""
    try:
        return codecs.utf_8_decode(data, "strict", not cut)[0], ""
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace"), base64.b64encode(data).decode()
