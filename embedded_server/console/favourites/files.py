"""Saved statements as a folder of .sql files, and back.

Each file begins with comments that say what a name cannot; any other .sql file is read as it is. Values of
parameters stay in the workspace: they may be somebody's.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from embedded_server.jobs import Call
from embedded_server.wire.favourites import Favourite, FavouriteFilesRequest, FavouriteFilesResponse
from embedded_server.wire.problem import problem

from .handlers import LONGEST_NAME, folder_of

LARGEST = 4_000_000
MOST = 5000
_MARK = "-- Backlight favourite"
_FIELD = re.compile(r"-- (name|description|connection): ?(.*)\Z")
_UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.I)


def export(request: FavouriteFilesRequest, call: Call) -> FavouriteFilesResponse:
    """Write each favourite of the folder (all of them for "") to a file. Nothing is overwritten but what this
    wrote before. Raises file.disk, request.invalid for a path that is no absolute folder."""
    target = _folder(request.path)
    base = folder_of(request.folder)
    written: list[str] = []
    skipped: list[str] = []
    taken: set[str] = set()
    for one in call.services.store.favourites.all():
        if base and one.folder != base and not one.folder.startswith(base + "/"):
            continue
        call.check()
        inner = one.folder[len(base) :].strip("/") if base else one.folder
        path = _free(target.joinpath(*map(_fit, inner.split("/"))) if inner else target, one.name, taken)
        try:
            if path.exists() and not path.read_bytes().startswith(_MARK.encode()):
                skipped.append(f"{path}: another file stands there")
                continue
            _write(path, text_of(one))
        except OSError as error:
            raise problem("file.disk", detail=f"{path}: {error.strerror}") from error
        written.append(str(path))
    return FavouriteFilesResponse(count=len(written), files=written, skipped=skipped)


def import_(request: FavouriteFilesRequest, call: Call) -> FavouriteFilesResponse:
    """Read every .sql file of the folder and those below. One that says the same as a favourite of this place
    and name is left out; a taken name gets a number. Raises file.missing, request.invalid."""
    source = _folder(request.path)
    if not source.is_dir():
        raise problem("file.missing", detail=str(source))
    base = folder_of(request.folder)
    known = {(one.folder, one.name): one.sql for one in call.services.store.favourites.all()}
    read: list[str] = []
    skipped: list[str] = []
    for path in sorted(source.rglob("*.sql"))[:MOST]:
        call.check()
        if any(part.startswith(".") for part in path.relative_to(source).parts):
            continue
        try:
            one = _read(path, source, base)
        except (OSError, ValueError) as error:
            skipped.append(f"{path}: {error}")
            continue
        if known.get((one.folder, one.name)) == one.sql:
            skipped.append(f"{path}: it is there already")
            continue
        call.services.store.favourites.save(one)
        read.append(str(path))
    call.services.events.emit("console.favourites")
    return FavouriteFilesResponse(count=len(read), files=read, skipped=skipped)


def text_of(one: Favourite) -> str:
    """A favourite as the text of its file."""
    lines = [f"{_MARK}", f"-- name: {one.name}"]
    lines += [f"-- description: {line}" for line in one.description.splitlines()]
    lines += [f"-- connection: {one.connection}"] if one.connection and "://" not in one.connection else []
    return "\n".join([*lines, "", one.sql.rstrip("\n"), ""])


def parsed(text: str, name: str, folder: str) -> Favourite:
    """The text of a file as a favourite; `name` where it says none."""
    if not text.startswith(_MARK):
        return Favourite(name=name, folder=folder, sql=text)
    fields: dict[str, list[str]] = {}
    lines = text.split("\n")
    at = 1
    while at < len(lines) and (match := _FIELD.match(lines[at].rstrip("\r"))) is not None:
        fields.setdefault(match[1], []).append(match[2])
        at += 1
    at += at < len(lines) and not lines[at].strip()
    return Favourite(
        name=(fields.get("name") or [name])[0].strip()[:LONGEST_NAME] or name,
        folder=folder,
        sql="\n".join(lines[at:]).rstrip("\n"),
        description="\n".join(fields.get("description", [])),
        connection=(fields.get("connection") or [""])[0].strip(),
    )


def _read(path: Path, source: Path, base: str) -> Favourite:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"larger than {LARGEST:,} bytes")
    text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    inner = "/".join(path.relative_to(source).parent.parts)
    found = parsed(text, path.stem[:LONGEST_NAME], folder_of(f"{base}/{inner}"))
    if not found.sql.strip():
        raise ValueError("the file is empty")
    return found


def _folder(path: str) -> Path:
    expanded = Path(os.path.expanduser(path))
    if not path or not expanded.is_absolute():
        raise problem("request.invalid", "The folder's path must be absolute", path)
    return expanded


def _fit(name: str) -> str:
    """A name that every file system takes."""
    fit = _UNFIT.sub("_", name).strip(". ")[:120] or "_"
    return f"_{fit}" if _RESERVED.match(fit) else fit


def _free(folder: Path, name: str, taken: set[str]) -> Path:
    """Two names may fit to the same file's."""
    fit, number = _fit(name), 1
    path = folder / f"{fit}.sql"
    while str(path).casefold() in taken:
        number += 1
        path = folder / f"{fit} ({number}).sql"
    taken.add(str(path).casefold())
    return path


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text(text, encoding="utf-8", newline="\n")
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
