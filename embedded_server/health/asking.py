"""Small questions to a database, and its answers as plain values, whatever form an engine gives them in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from embedded_server.engines.base import Session
from embedded_server.wire.problem import ProblemError, problem

MOST_ROWS = 20_000
# These say something about the session, not about what was asked.
LOST = frozenset({"job.cancelled", "job.timeout", "connection.lost", "file.replaced", "server.stopping"})

Row = tuple[Any, ...]


def rows(session: Session, sql: str, limit: int = MOST_ROWS) -> list[Row]:
    """The first rows of a query."""
    with session.execute(sql) as reading:
        return list(reading.block(limit).rows()) if reading.columns else []


def attempt(session: Session, sql: str, notes: list[str], what: str) -> list[Row]:
    """The rows, or none and a note why they cannot be had (rights, an older server)."""
    try:
        return rows(session, sql)
    except ProblemError as error:
        if error.problem.code in LOST:
            raise
        notes.append(f"{what} cannot be read: {error.problem.detail or error.problem.title}")
        return []


def whole(cell: Any) -> int | None:
    """A cell as an integer, null where it is none."""
    number = real(cell)
    return None if number is None else int(number)


def real(cell: Any) -> float | None:
    """A cell as a number, null where it is none."""
    if cell is None or isinstance(cell, bytes):
        return None
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None


def text(cell: Any) -> str:
    """A cell as text, "" for NULL."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return "" if cell is None else str(cell)


def yes(cell: Any) -> bool:
    """A cell as a truth value."""
    return text(cell).lower() in ("t", "true", "1", "yes", "on")


def literal(value: str) -> str:
    """A name as a string of SQL that every engine reads alike (a backslash is none of them)."""
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def impatient(session: Session, engine: str, seconds: float) -> Iterator[None]:
    """Wait so long for a lock and no longer: who looks why a database stands still must not join the queue.

    SQLite and DuckDB wait briefly by themselves.
    """
    make, back = _PATIENCE.get(engine, ("", ""))
    if not make:
        yield
        return
    rows(session, make.format(milliseconds=int(seconds * 1000), seconds=max(1, int(seconds))))
    try:
        yield
    finally:
        # A session that died has no settings to give back.
        with suppress(ProblemError):
            rows(session, back)


_PATIENCE = {
    "postgresql": ("SET lock_timeout = {milliseconds}", "RESET lock_timeout"),
    "mysql": ("SET SESSION lock_wait_timeout = {seconds}", "SET SESSION lock_wait_timeout = DEFAULT"),
}


@contextmanager
def at_most(session: Session, seconds: float) -> Iterator[None]:
    """Stop what runs in the session after so long. Raises job.timeout then."""
    over = threading.Event()

    def stop() -> None:
        over.set()
        session.cancel()

    timer = threading.Timer(max(0.05, seconds), stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except ProblemError as error:
        if over.is_set() and error.problem.code in ("job.cancelled", "sql.error"):
            raise problem("job.timeout", detail=f"Stopped after {seconds:g} s.") from error
        raise
    finally:
        timer.cancel()
