"""SQLite files: where a URL points, what is wrong with the file, how to open it."""

from __future__ import annotations

import os
import sqlite3
from typing import NamedTuple
from urllib.parse import quote

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from embedded_server.engines.support.local_file import facts_of
from embedded_server.wire.problem import problem

_OPENING_SECONDS = 1.0


class FileIdentity(NamedTuple):
    """Which file on which disk; a replaced file has another one."""

    device: int
    inode: int


class Place(NamedTuple):
    """Where the database is: `path` empty for one in memory, which all sessions of a connection share."""

    path: str
    uri: str


def locate(url: str, name: str = "") -> Place:
    """The file a SQLAlchemy URL names. Raises connection.invalid."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise problem("connection.invalid", detail=str(error)) from error
    database = parsed.database or ""
    if database in ("", ":memory:"):
        return Place("", f"file:/{quote(name or url, safe='')}?vfs=memdb")
    if database.startswith("file:"):
        path = database[5:].split("?", 1)[0]
        return Place(os.path.abspath(path), "")
    return Place(os.path.abspath(os.path.expanduser(database)), "")


def identity(path: str) -> FileIdentity | None:
    """The file behind a path, null if there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return FileIdentity(found.st_dev, found.st_ino)


def change_mark(path: str) -> str:
    """Times and sizes of the file and its log: another one for every write, by whomever."""
    found = []
    for name in (path, f"{path}-wal"):
        try:
            facts = os.stat(name)
        except OSError:
            continue
        found.append(f"{facts.st_ino} {facts.st_mtime_ns} {facts.st_size}")
    return ", ".join(found)


def inspect(path: str) -> list[str]:
    """Look at the file before SQLite does; notes worth showing. Raises file.* problems with advice.

    Looks without opening: closing a file anywhere in a process drops the locks that SQLite holds on it
    for every other session of that process, and another program may then damage the database.
    """
    found = facts_of(path)
    if not _may(path, os.R_OK):
        raise problem("file.unreadable", detail=path, hint="You have no permission to read this file.")
    return ["The file is empty: a database without tables."] if found.st_size == 0 else []


def _may(path: str, what: int) -> bool:
    """Whether this process may; the real user does not count where the system tells both apart."""
    return os.access(path, what, effective_ids=os.access in os.supports_effective_ids)


def writable(path: str) -> bool:
    """Whether the file may be written."""
    return _may(path, os.W_OK)


def advice(path: str) -> str:
    """What a file that SQLite does not take for a database may be."""
    try:
        with open(path, "rb") as file:
            head = file.read(100)
    except OSError:
        return ""
    if head.startswith(b"SQLit"):
        return "The file's header is damaged: it begins like a SQLite database but not quite."
    if head[8:12] == b"DUCK":
        return "This is a DuckDB file: open it as a duckdb:/// URL."
    if b"\0" not in head and head.isascii():
        return "This is a text file. If it holds SQL, run it in a SQL tab of a new database."
    return (
        "If the file is encrypted (SQLCipher, SEE), decrypt a copy with its own tool first; "
        "otherwise it belongs to another program."
    )


def damage(path: str) -> str:
    """What can be said of a damaged file: whether its end is missing."""
    try:
        with open(path, "rb") as file:
            head = file.read(100)
        size = os.path.getsize(path)
    except OSError:
        return ""
    page = int.from_bytes(head[16:18], "big")
    wanted = int.from_bytes(head[28:32], "big") * (65536 if page == 1 else page)
    return f"The file is cut off: {size:,} bytes of {wanted:,}." if wanted > size else ""


def connect(place: Place, *, read_only: bool) -> tuple[sqlite3.Connection, list[str]]:
    """Open without ever creating a file; notes tell of a fallback. Raises sqlite3 errors."""
    if not place.path:
        return _open(place.uri), []
    base = "file:" + quote(os.fsencode(place.path))
    if not read_only:
        return _open(f"{base}?mode=rw"), []
    connection = _open(f"{base}?mode=ro")
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorname != "SQLITE_CANTOPEN" or not _may(place.path, os.R_OK):
            raise
        # A WAL database needs its -shm file even for reading; where that cannot be made,
        # SQLite can only read the main file as it stands.
        connection = _open(f"{base}?mode=ro&immutable=1")
        connection.execute("PRAGMA schema_version").fetchone()
        return connection, [_immutable_note(place.path)]
    except sqlite3.Error:
        connection.close()
        raise
    return connection, []


def _immutable_note(path: str) -> str:
    note = "The folder is not writable, so this WAL database is read as an unchanging file"
    try:
        unread = os.path.getsize(path + "-wal")
    except OSError:
        unread = 0
    return f"{note}; {unread:,} bytes in its -wal file are not shown." if unread else f"{note}."


def _open(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, timeout=_OPENING_SECONDS, isolation_level=None, check_same_thread=False, uri=True
    )
