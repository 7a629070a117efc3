"""A script that belongs to a .sql file: opening, saving, and noticing that others changed it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from embedded_server.wire.problem import problem


@dataclass(frozen=True)
class Stamp:
    """What a file looked like when it was read or written: modification time in ns and size."""

    time: int
    size: int


@dataclass(frozen=True)
class Loaded:
    """A file's text with `\\n` line ends, and how it stood there."""

    text: str
    newline: str
    bom: bool
    stamp: Stamp


def stamp_of(path: Path) -> Stamp | None:
    """The file's stamp now; null if it is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return Stamp(state.st_mtime_ns, state.st_size)


def read(path: Path) -> Loaded:
    """Read a text file. Raises file.missing, file.unreadable."""
    try:
        stamp = stamp_of(path)
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise problem("file.missing", detail=str(path)) from error
    except OSError as error:
        raise problem("file.unreadable", detail=f"{path}: {error.strerror}") from error
    bom = raw.startswith(b"\xef\xbb\xbf")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "Convert it to UTF-8 first; saving it from here would damage it."
        raise problem("file.unreadable", "The file is not UTF-8 text", f"{path}: {error}", hint) from error
    newline = "\r\n" if "\r\n" in text else "\n"
    return Loaded(text.replace("\r\n", "\n"), newline, bom, stamp or Stamp(0, len(raw)))


def write(path: Path, text: str, newline: str, *, bom: bool) -> Stamp:
    """Replace the file in one step, keeping its permissions. Raises file.disk."""
    target = path.resolve()
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        raw = text.replace("\n", newline).encode("utf-8-sig" if bom else "utf-8")
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        with fresh.open("wb") as file:
            os.chmod(fresh, mode)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, target)
    except (OSError, UnicodeEncodeError) as error:
        fresh.unlink(missing_ok=True)
        raise problem("file.disk", "The file was not saved", f"{path}: {error}") from error
    return stamp_of(target) or Stamp(0, 0)
