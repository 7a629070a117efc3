"""Append-only files in the local profile: what was typed survives kill -9 and a power cut.

A record is one line: a CRC-32 in hex, a space, JSON. `append` hands the line to the system at once, so
that it outlives this process; a background thread makes it durable within a second. Lines that are
torn, half overwritten or damaged are skipped when reading; everything before and after them counts.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any
from zlib import crc32

from embedded_server.wire.problem import problem

SYNC_SECONDS = 0.7
Record = dict[str, Any]


def json_text(value: object) -> str:
    """As it stands in a line; lone surrogates and control characters survive as JSON escapes."""
    return json.dumps(value, separators=(",", ":"))


def encode(record: Record | str) -> bytes:
    """A record, or its `json_text`, as its line."""
    text = (record if isinstance(record, str) else json_text(record)).encode("ascii")
    return b"%08x %b\n" % (crc32(text), text)


def decode(line: bytes) -> Record | None:
    """The record of a line without its newline, None if the line is damaged."""
    try:
        expected = int(line[:8], 16)
        if line[8:9] != b" " or crc32(line[9:]) != expected:
            return None
        record = json.loads(line[9:])
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


class Journal:
    """The journal of one document. Not locked: the window's single instance is its only writer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        # A write that the system cut short leaves a torn line; the next record must not be glued to it.
        self._torn = False

    def append(self, record: Record | str) -> None:
        """Add a record, or its `json_text`.

        Raises ProblemError(file.disk) when it cannot be written; it may be tried again.
        """
        line = encode(record)
        try:
            self._open()
            self._write(b"\n" + line if self._torn else line)
        except OSError as error:
            self._torn = True
            raise problem("file.disk", "What you typed cannot be saved", f"{self.path}: {error}") from error
        self._torn = False
        _syncer.wanted(self._file)

    def replay(self) -> list[Record]:
        """Every undamaged record, oldest first; [] if there is no file."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise problem("file.unreadable", detail=f"{self.path}: {error}") from error
        records = (decode(line) for line in data.split(b"\n"))
        return [record for record in records if record is not None]

    def size(self) -> int:
        """Bytes on disk; compact when this is much more than the records worth keeping."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def compact(self, records: list[Record]) -> None:
        """Replace the whole content in one step: after a crash there is the old file or the new one."""
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(b"".join(map(encode, records)))
                file.flush()
                os.fsync(file.fileno())
            self.close()
            os.replace(fresh, self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise problem("file.disk", detail=f"{self.path}: {error}") from error
        self._torn = False

    def close(self) -> None:
        """Give the file back; what was appended still becomes durable. `append` opens it again."""
        descriptor, self._file = self._file, -1
        if descriptor >= 0:
            os.close(descriptor)

    def delete(self) -> None:
        """The document is gone for good."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _open(self) -> None:
        if self._file >= 0:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        size = os.fstat(self._file).st_size
        if size:
            os.lseek(self._file, size - 1, os.SEEK_SET)
            self._torn = os.read(self._file, 1) != b"\n"

    def _write(self, line: bytes) -> None:
        written = os.write(self._file, line)
        if written != len(line):
            raise OSError(f"{written} of {len(line)} bytes written")


def sync_all() -> None:
    """Make everything appended so far durable now: before the process ends."""
    _syncer.drain()


class _Syncer:
    """One thread for all journals: fsync may take a while on a slow disk, and typing must not wait.

    It holds its own duplicates of the file descriptors and touches nothing else, least of all Qt.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[tuple[int, int], int] = {}
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def wanted(self, descriptor: int) -> None:
        """This file has records that a power cut would lose."""
        state = os.fstat(descriptor)
        with self._lock:
            if (state.st_dev, state.st_ino) not in self._waiting:
                self._waiting[state.st_dev, state.st_ino] = os.dup(descriptor)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="journal-sync", daemon=True)
                self._thread.start()
        self._wake.set()

    def drain(self) -> None:
        """Sync everything that waits."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for descriptor in waiting.values():
            _sync(descriptor)
            os.close(descriptor)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self._wake.wait()
            # Records of the same moment share one sync.
            pause.wait(SYNC_SECONDS)
            self._wake.clear()
            self.drain()


_syncer = _Syncer()


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError:
        return  # a failing disk: the next write tells


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
