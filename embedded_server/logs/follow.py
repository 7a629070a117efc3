"""Following a path: what grew, what was rotated, what was cut, so that no line is lost and none comes twice.

Seen by stat alone, which also works in containers and on network file systems. Renamed and made anew:
another inode stands at the path. Copied and emptied: the size shrank. Emptied and grown larger since: only
the first or the last bytes read show it. Deleted: nothing stands at the path; the open file is read on.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from .formats import Reading
from .segment import Identity, Segment, identity

# Rotated files that stay readable.
KEPT = 8
_PACKED = (".gz", ".zst", ".bz2", ".xz", ".lz4", ".zip")
_MARK = 256
# A log of this size shows what it is.
SURE = 16 << 10


class Follower:
    """The files of one log, oldest first; the last one stands at the path."""

    def __init__(self, path: str, reading: Reading | None = None) -> None:
        self.path = path
        self.segments = [Segment(path, reading)]
        self.notice = ""
        self.missing = False
        self._forced = reading
        self._known = dict(self._siblings())
        self._folder_changed = 0

    @property
    def current(self) -> Segment:
        """The file at the path."""
        return self.segments[-1]

    def close(self) -> None:
        """Let go of all files."""
        for segment in self.segments:
            segment.close()

    def force(self, reading: Reading | None) -> None:
        """Read all files by this from now on; null recognises them again."""
        self._forced = reading
        for segment in self.segments:
            segment.read_as(reading or segment.recognised())

    def poll(self) -> bool:
        """Look once; whether anything changed."""
        changed = self._missed()
        changed |= self._drain()
        now = identity(self.path)
        if now is None:
            changed |= not self.missing
            self.missing, self.notice = True, "The file is gone; what was read of it stays readable."
            return changed
        changed |= self.missing
        if self.missing:
            self.missing, self.notice = False, ""
        if now != self.current.identity:
            changed |= self._renamed()
        return changed

    def _missed(self) -> bool:
        """Whether an empty file was filled, copied and emptied between two looks: its copy lies there."""
        if self.current.size:
            return False
        try:
            changed = os.stat(Path(self.path).parent).st_mtime_ns
        except OSError:
            return False
        if changed == self._folder_changed:
            return False
        self._folder_changed = changed
        before = len(self.segments)
        current = self.segments.pop()
        self._add_unseen(current.reading, held=current)
        self.segments.append(current)
        return len(self.segments) > before

    def _drain(self) -> bool:
        """Take over what was appended, also to the file before, which may still be written."""
        changed = False
        for segment in self.segments[-2:-1]:
            size = segment.measure()
            if size > segment.size and segment.continues(segment.fd):
                segment.grow(size)
                changed = True
        segment = self.current
        size = segment.measure()
        if size < segment.size or not segment.continues(segment.fd):
            self._emptied()
            return True
        if size > segment.size:
            before = segment.size
            segment.grow(size)
            if self._forced is None and before < SURE:
                self._recognise(segment)
            changed = True
        return changed

    def _recognise(self, segment: Segment) -> None:
        """A log of few lines may turn out to be another kind than it seemed."""
        reading = segment.recognised()
        if reading.formats and reading != segment.reading:
            segment.read_as(reading)

    def _emptied(self) -> None:
        """The file was cut: find the copy that holds what was read and what was not, else it is gone."""
        old = self.current
        try:
            fresh = Segment(self.path, self._forced)
        except OSError:
            return
        self.segments.pop()
        copy = self._copy_of(old)
        if copy is not None:
            old.move_to(copy)
            old.grow(old.measure())
            self.segments.append(old)
            self._add_unseen(old.reading)
            self.notice = "The file was copied and emptied; its earlier lines are read from the copy."
        else:
            old.close()
            self.notice = "The file was cut; its earlier lines are gone."
        self._add(fresh, old.reading)

    def _copy_of(self, segment: Segment) -> int | None:
        for place, _ in sorted(self._files(), key=_age, reverse=True):
            with contextlib.suppress(OSError):
                fd = os.open(place, os.O_RDONLY)
                if os.fstat(fd).st_size >= segment.size > 0 and segment.continues(fd):
                    return fd
                os.close(fd)
        return None

    def _renamed(self) -> bool:
        """Another file stands there now."""
        self._drain()
        reading = self.current.reading
        self._add_unseen(reading)
        with contextlib.suppress(OSError):
            self._add(Segment(self.path, self._forced), reading)
            self.notice = "The log was rotated; it goes on in a new file."
            return True
        return False

    def _add_unseen(self, reading: Reading, held: Segment | None = None) -> None:
        """Files that came to the path and were rotated away since the last look, oldest first."""
        known = dict(self._known)
        holds = {segment.identity for segment in [*self.segments, *([held] if held else [])]}
        for place, mark in sorted(self._files(), key=_age):
            there = identity(place)
            if place == self.path or there is None or there in holds or known.get(there) == mark:
                continue
            with contextlib.suppress(OSError):
                self._add(Segment(place, self._forced), reading)

    def _add(self, segment: Segment, reading: Reading) -> None:
        # A new file is often empty still: what the old one was read by is the better guess.
        if self._forced is None and reading.name != segment.reading.name:
            segment.read_as(reading)
        self.segments.append(segment)
        self._known = dict(self._siblings())
        while len(self.segments) > KEPT:
            self.segments.pop(0).close()

    def _siblings(self) -> Iterator[tuple[Identity, bytes]]:
        for place, mark in self._files():
            there = identity(place)
            if there is not None:
                yield there, mark

    def _files(self) -> Iterator[tuple[str, bytes]]:
        """Files beside the log whose name begins with its name, with their first bytes."""
        base = Path(self.path)
        # `app.log.1` and `app.log-20261126`, but also `app-2026-11-26.log`.
        dated = re.compile(rf"{re.escape(base.stem)}[-._]\d[-\d_.T]*{re.escape(base.suffix)}")
        try:
            names = sorted(os.listdir(base.parent))
        except OSError:
            return
        for name in names:
            if not (name.startswith(base.name) or dated.fullmatch(name)) or name.endswith(_PACKED):
                continue
            with contextlib.suppress(OSError):
                place = base.parent / name
                if place.is_file():
                    with place.open("rb") as file:
                        yield str(place), file.read(_MARK)


def _age(found: tuple[str, bytes]) -> tuple[int, int]:
    """Orders rotated files from the oldest: by their last change, in doubt by the number at their end."""
    number = Path(found[0]).suffix[1:]
    try:
        return os.stat(found[0]).st_mtime_ns, -int(number) if number.isdigit() else 0
    except OSError:
        return 0, 0
