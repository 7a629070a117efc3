"""Copies of SQLite databases: consistent while others write, checked, and compared."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from embedded_server.wire.migration_runs import RowChange
from embedded_server.wire.problem import ProblemError, problem

MOST_BROKEN = 20
# The copy and what the database itself needs must fit.
SPARE = 64 << 20
_STEPS = 20_000


def copy(source: Path, target: Path, check: Callable[[], None]) -> int:
    """VACUUM INTO a new file that only this user may read; its size. Raises file.disk, file.*."""
    size = source.stat().st_size
    if shutil.disk_usage(target.parent).free < size + SPARE:
        raise problem("file.disk", detail=f"a copy of {size:,} bytes does not fit in {target.parent}")
    with closing(_opened(source)) as connection:
        connection.set_progress_handler(_Asked(check), _STEPS)
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.Error as error:
            target.unlink(missing_ok=True)
            check()
            raise problem("file.disk", "The database cannot be copied", f"{source}: {error}") from error
    os.chmod(target, 0o600)
    return target.stat().st_size


class _Asked:
    """Stops SQLite when the caller gave up."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check

    def __call__(self) -> int:
        try:
            self._check()
        except ProblemError:
            return 1
        return 0


@contextmanager
def cloned(source: Path, folder: Path, name: str, check: Callable[[], None]) -> Iterator[Path]:
    """A copy for the time of the block."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / f"{name}.db"
    try:
        copy(source, target, check)
        yield target
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)


def verified(path: Path) -> str:
    """SQLite's own check of a copy: "ok", or what it found."""
    with closing(_opened(path)) as connection:
        return str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])


def counts(path: Path) -> dict[str, int]:
    """Rows of every table."""
    with closing(_opened(path)) as connection:
        names = [
            str(row[0])
            for row in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        ]
        found = {}
        for name in names:
            quoted = '"' + name.replace('"', '""') + '"'
            try:
                found[name] = int(connection.execute(f"SELECT count(*) FROM {quoted}").fetchone()[0])
            except sqlite3.Error:
                # A virtual table whose module is not loaded here.
                continue
        return found


def broken_keys(path: Path) -> list[str]:
    """Rows whose foreign key leads nowhere, as sentences; at most some of them."""
    with closing(_opened(path)) as connection:
        rows = connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_BROKEN)
    return [f"{table} row {row}: no such row in {parent}" for table, row, parent, _ in rows]


def compared(before: dict[str, int], after: dict[str, int]) -> list[RowChange]:
    """Tables whose number of rows is another, Alembic's own left out."""
    names = [name for name in {**before, **after} if name != "alembic_version"]
    return [
        RowChange(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(path.absolute().as_posix())}?mode=ro", uri=True, timeout=5.0)
