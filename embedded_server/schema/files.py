"""New database files: made beside, put in place only where nothing is."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from embedded_server.engines.base import Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.problem import problem
from embedded_server.wire.schema import FileEngine, NewFileRequest, NewFileResponse

_SUFFIXES: dict[str, FileEngine] = {
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db3": "sqlite",
    ".duckdb": "duckdb",
    ".ddb": "duckdb",
}


def new_file(request: NewFileRequest) -> NewFileResponse:
    """Raises transfer.path, transfer.exists, request.invalid for a name that tells no engine."""
    path = Path(os.path.expanduser(request.path))
    if not path.is_absolute() or "\0" in request.path or not path.name:
        raise problem("transfer.path", detail=request.path, hint="Give the whole path.")
    engine = request.engine or _SUFFIXES.get(path.suffix.lower())
    if engine is None:
        known = ", ".join(_SUFFIXES)
        raise problem(
            "request.invalid", detail=f"{path.name} tells no database", hint=f"End the name with {known}."
        )
    if not path.parent.is_dir():
        raise problem("transfer.path", detail=str(path), hint="There is no such folder.")
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        (_sqlite if engine == "sqlite" else _duckdb)(beside)
        os.link(beside, path)
    except FileExistsError as error:
        raise problem("transfer.exists", detail=str(path)) from error
    except (OSError, sqlite3.Error) as error:
        raise problem("transfer.path", detail=f"{path}: {error}") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(beside)
    return NewFileResponse(str(path), f"{engine}:///{quote(str(path), safe='/')}")


def _sqlite(path: Path) -> None:
    """A file with SQLite's header, so that every program takes it for what it is."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA user_version = 0")
        connection.execute("VACUUM")
    finally:
        connection.close()


def _duckdb(path: Path) -> None:
    """Attached from memory: a session that is opened on a file expects it to be there."""
    session = engine_for("duckdb://").open(Target("duckdb:///:memory:", read_only=False, name=path.name))
    try:
        text = str(path).replace("'", "''")
        for sql in (f"ATTACH '{text}' AS fresh (TYPE duckdb)", "DETACH fresh"):
            session.execute(sql).close()
    finally:
        session.close()
