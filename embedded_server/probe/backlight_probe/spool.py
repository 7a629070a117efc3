"""A folder of JSON lines for when no server can be reached: one batch a line, taken by Backlight later.

Bounded by the folder's total; files are private to the folder's owner.
"""

from __future__ import annotations

import os
import time
from typing import Any

from .config import Settings, say_once

FOLDER_BYTES, FILE_BYTES = 64 * 1024 * 1024, 1024 * 1024


class Writer:
    """Appends batches of this process to files of its own; opens and closes each time, so that whoever
    reads the folder may take a file away at any moment."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.spool
        self._name = f"{int(time.time() * 1000)}-{os.getpid()}"
        self._number = 0

    def write(self, batch: bytes) -> bool:
        """Whether the batch need not be kept: it was written, or there is no room for it."""
        if not self._folder:
            return False
        try:
            if _total(self._folder) + len(batch) > FOLDER_BYTES:
                say_once(f"the spool {self._folder} is full; what happens now is not kept")
                return True
            self._append(batch)
            return True
        except OSError as error:
            say_once(f"cannot write to the spool {self._folder}: {error}")
            return False

    def _append(self, batch: bytes) -> None:
        os.makedirs(self._folder, mode=0o700, exist_ok=True)
        path = os.path.join(self._folder, f"{self._name}-{self._number}.jsonl")
        descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        try:
            _give_to_owner(descriptor, self._folder)
            os.write(descriptor, batch.replace(b"\n", b" ") + b"\n")
            if os.fstat(descriptor).st_size >= FILE_BYTES:
                self._number += 1
        finally:
            os.close(descriptor)


def _give_to_owner(descriptor: int, folder: str) -> None:
    """In a container the writer is often root, the reader outside is the owner of the mounted folder."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return
    owner = os.stat(folder)
    if owner.st_uid != 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _total(folder: str) -> int:
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat().st_size for entry in entries if entry.is_file())
    except FileNotFoundError:
        return 0


def salt(settings: Any) -> bytes:
    """Placeholders stay the same within one spool folder; without one within the process."""
    path = os.path.join(settings.spool, ".salt") if settings.spool else ""
    try:
        with open(path, "rb") as file:
            found = file.read(64)
            if len(found) >= 16:
                return found
    except OSError:
        pass
    fresh = os.urandom(32)
    try:
        os.makedirs(settings.spool, mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(fresh)
    except OSError:
        pass
    return fresh
