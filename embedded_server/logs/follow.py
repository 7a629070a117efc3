"""Following a path: what grew, what was rotated, what was cut, so that no line is lost and none comes twice.

Seen by stat alone, which also works in containers and on network file systems. Renamed and made anew:
another inode stands at the path. Copied and emptied: the size shrank. Emptied and grown larger since: only
the first or the last bytes read show it. Deleted: nothing stands at the path; the open file is read on.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from .formats import Reading
from .segment import Identity, Segment, identity

# Rotated files that stay readable.
KEPT = 8
_PACKED = (".gz", ".zst", ".bz2", ".xz", ".lz4", ".zip")
_MARK = 256


class Follower:
    """The files of one log, oldest first; the last one stands at the path."""

    def __init__(self, path: str, reading: Reading | None = None) -> None:
        self.path = path
        self.segments = [Segment(path, reading)]
        self.notice = ""
        self.missing = False
        self._forced = reading
        self._known = dict(self._siblings())

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
        changed = self._drain()
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
            segment.grow(size)
            changed = True
        return changed

    def _emptied(self) -> None:
        """The file was cut: find the copy that holds what was read and what was not, else it is gone."""
        old = self.segments.pop()
        copy = self._copy_of(old)
        self.notice = "The file was cut; its earlier lines are gone."
        with contextlib.suppress(OSError):
            fresh = Segment(self.path, self._forced)
            if copy is not None:
                old.move_to(copy)
                old.grow(old.measure())
                self.segments.append(old)
                self.notice = "The file was copied and emptied; its earlier lines are read from the copy."
            else:
                old.close()
            self._add(fresh, old.reading)
            return
        self.segments.append(old)

    def _copy_of(self, segment: Segment) -> int | None:
        for place, _ in sorted(self._files(), key=_modified, reverse=True):
            with contextlib.suppress(OSError):
                fd = os.open(place, os.O_RDONLY)
                if os.fstat(fd).st_size >= segment.size > 0 and segment.continues(fd):
                    return fd
                os.close(fd)
        return None

    def _renamed(self) -> bool:
        """Other files stand there now: those that came and went since the last look, then the newest."""
        self._drain()
        old = self.current
        for place, mark in sorted(self._files(), key=_modified):
            there = identity(place)
            held = {segment.identity for segment in self.segments}
            if there is None or there in held or self._known.get(there) == mark or place == self.path:
                continue
            with contextlib.suppress(OSError):
                self._add(Segment(place, self._forced), old.reading)
        with contextlib.suppress(OSError):
            self._add(Segment(self.path, self._forced), old.reading)
            self.notice = "The log was rotated; it goes on in a new file."
            return True
        return False

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
        try:
            names = sorted(os.listdir(base.parent))
        except OSError:
            return
        for name in names:
            if not name.startswith(base.stem) or name.endswith(_PACKED):
                continue
            with contextlib.suppress(OSError):
                place = base.parent / name
                if place.is_file():
                    with place.open("rb") as file:
                        yield str(place), file.read(_MARK)


def _modified(found: tuple[str, bytes]) -> float:
    try:
        return os.stat(found[0]).st_mtime
    except OSError:
        return 0.0
