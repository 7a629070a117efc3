"""The file an export makes: written beside its place, put there when it is complete and on disk."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from embedded_server.wire.problem import ProblemError, problem

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


# Behind the name of what is collected for another program to convert.
TEXTS = ".texts"


class Place:
    """Where the file is to be, checked before anything is read. Raises transfer.path, transfer.exists."""

    def __init__(self, path: str, *, overwrite: bool, token: str = "") -> None:
        expanded = os.path.expanduser(path)
        if not path or not os.path.isabs(expanded) or "\0" in path:
            raise problem("transfer.path", detail=f"{path!r} is no absolute path of a file.")
        self.path = Path(expanded)
        if self.path.is_dir() or not self.path.name:
            raise problem("transfer.path", detail=f"{self.path} is a folder; give a file's name in it.")
        if not self.path.parent.is_dir():
            raise problem("transfer.path", detail=f"There is no folder {self.path.parent}.")
        self._check_existing(overwrite)
        token = token or secrets.token_hex(4)
        self.temporary = self.path.parent / f".{self.path.name[:80]}.{token}.part"

    def _check_existing(self, overwrite: bool) -> None:
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise problem("transfer.path", detail=f"{self.path}: {error.strerror}") from error
        if not stat.S_ISREG(found.st_mode):
            raise problem("transfer.path", detail=f"{self.path} is no ordinary file.")
        if not overwrite:
            raise problem(
                "transfer.exists", detail=str(self.path), hint="Choose another name, or replace it."
            )

    def discard(self) -> None:
        """Remove what was begun, if anything was."""
        for path in (self.temporary, self.temporary.with_name(self.temporary.name + TEXTS)):
            with contextlib.suppress(OSError):
                path.unlink()

    def settle(self, *, overwrite: bool) -> None:
        """Put the complete file in its place. Raises transfer.exists if another one appeared meanwhile."""
        try:
            if overwrite:
                os.replace(self.temporary, self.path)
            else:
                self._link()
            _sync_folder(self.path.parent)
        except OSError as error:
            raise disk_problem(error, self.path) from error

    def _link(self) -> None:
        try:
            os.link(self.temporary, self.path)
        except FileExistsError as error:
            raise problem("transfer.exists", detail=str(self.path)) from error
        except OSError:  # a file system without links
            os.replace(self.temporary, self.path)
            return
        os.unlink(self.temporary)


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:
        pass  # not every file system can
    finally:
        os.close(descriptor)


class Output:
    """A new file; `bytes` were written so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = 0
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except OSError as error:
            raise disk_problem(error, path.parent) from error
        self._file: BinaryIO = os.fdopen(descriptor, "wb", buffering=1 << 18)

    def put(self, data: bytes) -> None:
        """Write. Raises file.disk when there is no room."""
        try:
            self._file.write(data)
        except OSError as error:
            raise disk_problem(error, self.path.parent) from error
        self.bytes += len(data)

    def finish(self) -> None:
        """Everything to the disk; closes."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise disk_problem(error, self.path.parent) from error

    def close(self) -> None:
        """Close without caring for what is left."""
        with contextlib.suppress(OSError):
            self._file.close()


def disk_problem(error: OSError, place: Path | str) -> ProblemError:
    """What the system said, as a problem: file.disk for a full disk, else transfer.path."""
    if error.errno in _FULL:
        return problem(
            "file.disk",
            "There is no room left for the file.",
            f"{place}: {error.strerror}",
            "Nothing was left behind. Free some space or choose another disk.",
        )
    return problem("transfer.path", detail=f"{place}: {error.strerror}")


def translated(error: ProblemError, place: str) -> ProblemError:
    """What another program said of the file it wrote: a full disk as such."""
    if "No space left" in error.problem.detail or "File too large" in error.problem.detail:
        return disk_problem(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), place)
    return error
