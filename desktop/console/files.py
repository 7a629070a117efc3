"""A script that belongs to a .sql file: opening, saving, and noticing that others changed it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from embedded_server.wire.problem import problem

_MARKS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
_PLAIN = {"utf-8-sig": "utf-8"}


@dataclass(frozen=True)
class Stamp:
    """What a file looked like when it was read or written: modification time in ns and size."""

    time: int
    size: int


@dataclass(frozen=True)
class Loaded:
    """A file's text with `\\n` line ends, and how it stood there; `mixed`: its lines end in several ways."""

    text: str
    newline: str
    encoding: str
    stamp: Stamp
    mixed: bool = False


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
    text, encoding = decoded(raw, path)
    crlf = text.count("\r\n")
    newline = "\r\n" if crlf else "\n"
    mixed = bool(crlf) and crlf != text.count("\n")
    return Loaded(text.replace("\r\n", "\n"), newline, encoding, stamp or Stamp(0, len(raw)), mixed)


def decoded(raw: bytes, path: Path) -> tuple[str, str]:
    """The text and the name of its encoding: by its mark, else UTF-8, else Windows' own. Raises
    file.unreadable for what is no text."""
    marked = next((name for name, mark in _MARKS.items() if raw.startswith(mark)), "")
    names = [marked] if marked else ["utf-8", "cp1252", "latin-1"]
    if not marked and b"\0" in raw:
        names = []
    for name in names:
        try:
            return raw[len(_MARKS.get(name, b"")) :].decode(_PLAIN.get(name, name)), name
        except UnicodeDecodeError:
            continue
    hint = "Convert it to UTF-8 first; saving it from here would damage it."
    raise problem("file.unreadable", "The file is no text", f"{path}: {len(raw):,} bytes", hint)


def write(path: Path, text: str, newline: str, encoding: str = "utf-8") -> Stamp:
    """Replace the file in one step, keeping its permissions. Raises file.disk, file.encoding."""
    target = path.resolve()
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        plain = text.replace("\n", newline).encode(_PLAIN.get(encoding, encoding))
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        with fresh.open("wb") as file:
            os.chmod(fresh, mode)
            file.write(_MARKS.get(encoding, b"") + plain)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, target)
    except UnicodeEncodeError as error:
        sign = error.object[error.start]
        detail = f"{sign!r} is no character of {encoding}, in which {path} is written."
        raise problem("file.encoding", detail=detail, hint="Save it as UTF-8.") from error
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise problem("file.disk", "The file was not saved", f"{path}: {error}") from error
    return stamp_of(target) or Stamp(0, 0)
