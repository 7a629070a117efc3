"""Folders for what is of use only while a process lives, and what killed ones left of them.

Each holds a file that its process keeps locked, and the system lets go of that lock however the process ends:
whoever can take it knows that nobody uses the folder any more.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import weakref
from pathlib import Path

PREFIX = "backlight-"
LOCK = "in-use"

if sys.platform == "win32":
    import msvcrt

    def _taken(lock: int) -> bool:
        try:
            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _taken(lock: int) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


class Scratch:
    """A folder of this process, gone when it is closed, at the latest when the process ends in order."""

    def __init__(self, what: str) -> None:
        self.path, lock = _made(f"{PREFIX}{what}-")
        self._end = weakref.finalize(self, _remove, self.path, lock)

    def __enter__(self) -> Path:
        return self.path

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove it with all that is in it. Idempotent."""
        self._end()


def sweep() -> None:
    """Remove what processes left that are gone: folders of this user whose lock is free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/"):
        with contextlib.suppress(OSError):
            lock = os.open(folder / LOCK, os.O_RDWR)
            if _taken(lock):
                _remove(folder, lock)
            else:
                os.close(lock)


def _made(prefix: str) -> tuple[Path, int]:
    """A new folder and its lock; another one where a sweep came between the two."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix))
        with contextlib.suppress(FileNotFoundError):
            lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            if _taken(lock) and (folder / LOCK).exists():
                return folder, lock
            os.close(lock)


def _remove(folder: Path, lock: int) -> None:
    if sys.platform == "win32":  # where a file that is open stays
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)
    else:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
