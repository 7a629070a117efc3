"""SQLite has no server: who has the file open, and which of its locks, is known to the system alone."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil

from embedded_server.lanes import Lease
from embedded_server.wire.health import DatabaseSession, SessionState

from .base import Watch

PROC = Path("/proc")
# Where SQLite locks: bytes of the database file, and of the -shm file beside it in WAL mode.
_PENDING, _RESERVED, _SHARED, _SHARED_END = 0x40000000, 0x40000001, 0x40000002, 0x40000002 + 509
_WAL_WRITE, _WAL_CHECKPOINT, _WAL_RECOVER, _WAL_READ, _WAL_END = 120, 121, 122, 123, 127

_WRITES = ("writes", "is about to write", "waits for readers to leave", "checkpoints", "recovers")


@dataclass(frozen=True)
class FileLock:
    """A line of /proc/locks: bytes first..last of a file."""

    pid: int
    device: int
    inode: int
    exclusive: bool
    first: int
    last: int


@dataclass
class _Holder:
    holds: list[str] = field(default_factory=list)
    open: bool = False


class SqliteWatch(Watch):
    """Processes that have the file open."""

    why_not_kill = "SQLite has no server that could end a session: end the program that holds the file."

    def sessions(
        self, lease: Lease, ours: Collection[str], everywhere: bool, notes: list[str]
    ) -> list[DatabaseSession]:
        path = lease.info.database
        if path in ("", ":memory:"):
            notes.append("A database in memory belongs to Backlight alone.")
            return []
        if not (PROC / "locks").is_file():
            notes.append("This system does not tell who holds a file.")
            return []
        notes.append(
            "As far as this system tells: other users' processes, and those behind a network or a container, "
            "are not seen. What a program runs is not known to SQLite's file."
        )
        return [_told(pid, holder) for pid, holder in sorted(holders(path).items())]


def holders(path: str) -> dict[int, _Holder]:
    """Processes by number that have the database or its -shm file open or locked."""
    found: dict[int, _Holder] = {}
    # In WAL mode every open connection holds the database file for reading as long as it lives.
    wal = os.path.exists(path + "-shm")
    for name, words in ((path, _main_words if wal else _file_words), (path + "-shm", _wal_words)):
        try:
            stat = os.stat(name)
        except OSError:
            continue
        place = (stat.st_dev, stat.st_ino)
        for lock in file_locks((PROC / "locks").read_text()):
            if (lock.device, lock.inode) == place and lock.pid > 0:
                found.setdefault(lock.pid, _Holder()).holds += words(lock)
        for pid in _openers(place):
            found.setdefault(pid, _Holder()).open = True
    return found


def file_locks(told: str) -> Iterator[FileLock]:
    """The locks of /proc/locks; lines of waiting ones (`->`) and of other kinds are left out."""
    for line in told.splitlines():
        parts = line.split()
        if len(parts) != 8 or parts[1] not in ("POSIX", "OFDLCK"):
            continue
        with suppress(ValueError, OverflowError):  # a line of a system that writes it otherwise
            yield _file_lock(*parts[3:])


def _file_lock(mode: str, pid: str, place: str, first: str, last: str) -> FileLock:
    major, minor, inode = place.split(":")
    device = os.makedev(int(major, 16), int(minor, 16))
    end = (1 << 62) if last == "EOF" else int(last)
    return FileLock(int(pid), device, int(inode), mode == "WRITE", int(first), end)


def _file_words(lock: FileLock) -> Iterable[str]:
    if lock.exclusive and lock.first <= _SHARED and lock.last >= _SHARED_END:
        yield "writes"
    elif not lock.exclusive and lock.first <= _SHARED_END and lock.last >= _SHARED:
        yield "reads"
    if lock.exclusive and lock.first <= _RESERVED <= lock.last:
        yield "is about to write"
    if lock.exclusive and lock.first <= _PENDING <= lock.last:
        yield "waits for readers to leave"


def _main_words(lock: FileLock) -> Iterable[str]:
    return [word for word in _file_words(lock) if word != "reads"]


def _wal_words(lock: FileLock) -> Iterable[str]:
    if lock.exclusive and lock.first <= _WAL_WRITE <= lock.last:
        yield "writes"
    if lock.exclusive and lock.first <= _WAL_CHECKPOINT <= lock.last:
        yield "checkpoints"
    if lock.exclusive and lock.first <= _WAL_RECOVER <= lock.last:
        yield "recovers"
    if not lock.exclusive and lock.first <= _WAL_END and lock.last >= _WAL_READ:
        yield "reads"


def _openers(place: tuple[int, int]) -> Iterator[int]:
    """Processes of ours with the file among their open ones."""
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            for entry in os.scandir(folder / "fd"):
                stat = os.stat(entry.path)
                if (stat.st_dev, stat.st_ino) == place:
                    yield int(folder.name)
                    break
        except OSError:
            continue  # ended meanwhile, or another user's


def _told(pid: int, holder: _Holder) -> DatabaseSession:
    holds = [word for word in (*_WRITES, "reads") if word in holder.holds]
    state: SessionState = "open"
    if any(word in _WRITES for word in holds):
        state = "in transaction"
    elif "reads" in holds:
        state = "active"
    user, application, started = _process(pid)
    return DatabaseSession(
        id=str(pid),
        user=user,
        application=application,
        state=state,
        started=started,
        locks=", ".join(holds) or "has it open",
        ours=pid == os.getpid(),
    )


def _process(pid: int) -> tuple[str, str, str]:
    try:
        process = psutil.Process(pid)
        started = datetime.fromtimestamp(process.create_time(), UTC).isoformat(timespec="milliseconds")
        return process.username(), " ".join(process.cmdline())[:200] or process.name(), started
    except (psutil.Error, OSError):
        return "", "", ""
