"""Takes in what probes wrote to the workspace's spool folder while they could not reach a server.

Also the way for containers: the folder is mounted into them. A file is first renamed and read a moment
later, when nobody appends to it any more; a crash in between leaves it for the next start, and what is known
already is not stored twice.
"""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from embedded_server.services import Services
from embedded_server.wire.probe import MOST_BYTES, IngestRequest
from embedded_server.wire.problem import ProblemError

from .taking import take

FOLDER, WRITTEN, TAKEN = "spool", ".jsonl", ".taken"
SECONDS = 0.5
# A file larger than this is no spool of ours.
MOST_FILE_BYTES = 256 << 20
_batch = msgspec.json.Decoder(IngestRequest)
log = logging.getLogger("backlight.spool")


def watch(services: Services) -> None:
    """Look into the folder until the server stops."""
    folder = services.store.folder / FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        log.warning("no spool folder: %s", error)
        return
    while not services.stopping.is_set():
        try:
            look(folder, services)
        except Exception:
            # A full disk or a locked store: what was not taken stays where it is.
            log.exception("the spool could not be read")
        services.stopping.wait(SECONDS)


def look(folder: Path, services: Services) -> int:
    """Read the files set aside the last time and set new ones aside; returns how many batches were taken."""
    count = 0
    for path in sorted(folder.glob(f"*{TAKEN}")):
        if services.stopping.is_set():
            return count
        count += _read(path, services)
        _quietly(os.unlink, path)
    for path in folder.glob(f"*{WRITTEN}"):
        _quietly(os.replace, path, path.with_suffix(TAKEN))
    return count


def _quietly(change: Callable[..., None], *paths: Path) -> None:
    """Folders and files of others in the way are left alone."""
    try:
        change(*paths)
    except OSError as error:
        log.debug("%s stays: %s", paths[0].name, error)


def _read(path: Path, services: Services) -> int:
    count = 0
    for line in _lines(path):
        try:
            take(_batch.decode(line), services)
            count += 1
        except (msgspec.MsgspecError, RecursionError, ProblemError) as error:
            log.warning("a line of %s is no batch: %s", path.name, error)
    return count


def _lines(path: Path) -> Iterator[bytes]:
    """Lines of a regular file, never through a link that somebody put there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        log.warning("cannot read %s: %s", path.name, error)
        return
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_FILE_BYTES:
        os.close(descriptor)
        return
    with os.fdopen(descriptor, "rb") as file:
        while line := file.readline(MOST_BYTES):
            yield line
