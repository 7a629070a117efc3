"""Sources that are no plain files: unpacked, or printed by a command, into a file of our own with a limit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Any, BinaryIO

from isal import igzip_lib, isal_zlib

from embedded_server.wire.child_env import child_env
from embedded_server.wire.problem import problem

LIMIT = 4 << 30
_CHUNK = 1 << 20
_END_SECONDS = 2.0


class Unpacking:
    """A .gz file on its way into the spool: a chunk at each `step`; several packed parts may follow."""

    def __init__(self, path: str, spool: str, limit: int = LIMIT) -> None:
        self._source = open(path, "rb")  # noqa: SIM115  # closed by `close`
        self._sink = _private(spool)
        self._limit = limit
        self._part = _part()
        self.note = ""

    def step(self) -> bool:
        """Unpack some; whether there is more."""
        if self._sink.closed:
            return False
        packed = self._source.read(_CHUNK)
        try:
            data = self._unpacked(packed)
        except (OSError, igzip_lib.IsalError) as error:  # type: ignore[misc]
            self._end(f"The packed file is damaged: {error}. What came before is shown.")
            return False
        self._sink.write(data[: self._limit])
        self._sink.flush()
        self._limit -= len(data)
        if self._limit < 0:
            self._end("The unpacked file is larger than 4 GiB; the rest is left out.")
        elif not packed:
            self._end("" if self._part.eof else "The packed file is cut off. What came before is shown.")
        return not self._sink.closed

    def _unpacked(self, packed: bytes) -> bytes:
        found = []
        while packed:
            if self._part.eof:
                self._part = _part()
            found.append(self._part.decompress(packed))
            packed = self._part.unused_data if self._part.eof else b""
        return b"".join(found)

    def _end(self, note: str) -> None:
        self.note = note
        self.close()

    def close(self) -> None:
        """Let go of both files."""
        self._source.close()
        self._sink.close()


def _part() -> Any:
    return isal_zlib.decompressobj(wbits=31)


class Command:
    """A command whose output goes into the spool: its own group of processes, ended with the source."""

    def __init__(self, command: list[str], folder: str, spool: str, limit: int = LIMIT) -> None:
        self._limit = limit
        self._spool = spool
        self.note = ""
        with _private(spool) as sink:
            try:
                self.process = subprocess.Popen(
                    command,
                    cwd=folder or str(Path.home()),
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env={**child_env(), "PYTHONUNBUFFERED": "1"},
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                raise problem("logs.command", detail=f"{' '.join(command)}: {error}") from error

    def check(self) -> bool:
        """Whether it runs; ended when it printed more than fits."""
        if self.process.poll() is None and os.stat(self._spool).st_size > self._limit:
            self.note = "The command printed more than 4 GiB and was ended."
            self.close()
        return self.process.poll() is None

    def close(self) -> None:
        """End it with everything it started."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(_END_SECONDS)
                if number == signal.SIGTERM:
                    # The leader is gone; what it started may not be.
                    continue


def _private(path: str) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND, 0o600), "wb")
