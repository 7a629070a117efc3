"""Every statement with its time and, while rehearsing, its locks."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from .channel import Channel

LONGEST = 16000
_READS = ("SELECT", "PRAGMA", "SHOW", "EXPLAIN", "WITH")
_LOCKS = """
SELECT l.mode, n.nspname, c.relname, c.relkind
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema' AND c.relkind IN ('r', 'p', 'm')
  AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
"""
_FILES = """
SELECT n.nspname || '.' || c.relname, c.relfilenode
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'
"""


class Watch:
    """Numbers the statements; `revision` is the one that runs, "" before the first."""

    def __init__(self, channel: Channel, rehearsing: bool) -> None:
        self.channel = channel
        self.rehearsing = rehearsing
        self.revision = ""
        self.number = 0
        self._begun: dict[int, tuple[int, float]] = {}
        self._locks: set[tuple[str, str]] = set()
        self._files: dict[str, int] = {}
        event.listen(Engine, "before_cursor_execute", self._before, retval=True)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "handle_error", self._failed)

    def enter(self, revision: str) -> None:
        """A revision begins."""
        self.revision = revision
        self._files = {}

    def _before(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> tuple[str, Any]:
        if not self.revision:
            return statement, parameters
        shown = statement
        if self.rehearsing and connection.dialect.name == "postgresql":
            statement = plain(statement)
            if not self._files:
                self._files = self._read_files(connection)
        self.number += 1
        self._begun[id(cursor)] = (self.number, time.perf_counter())
        text = shown.strip()
        self.channel.say(
            "statement",
            n=self.number,
            revision=self.revision,
            sql=text[:LONGEST],
            cut=len(text) > LONGEST,
            many=len(parameters) if many else 1,
            autocommit=_autocommit(connection),
            changed=statement != shown,
        )
        return statement, parameters

    def _after(
        self, connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        number, begun = self._begun.pop(id(cursor), (0, 0.0))
        if not number:
            return
        elapsed = (time.perf_counter() - begun) * 1000
        locks: list[dict[str, str]] = []
        rewritten: list[str] = []
        if self.rehearsing and connection.dialect.name == "postgresql" and not _reads(statement):
            locks = self._new_locks(connection)
            rewritten = self._rewritten(connection)
        rows = cursor.rowcount if isinstance(getattr(cursor, "rowcount", None), int) else -1
        self.channel.say(
            "statement_done",
            n=number,
            revision=self.revision,
            ms=round(elapsed, 3),
            rows=rows if rows >= 0 and not _reads(statement) else None,
            locks=locks,
            rewritten=rewritten,
        )

    def _failed(self, context: Any) -> None:
        number, begun = self._begun.pop(id(getattr(context.execution_context, "cursor", None)), (0, 0.0))
        if number:
            elapsed = round((time.perf_counter() - begun) * 1000, 3)
            message = str(context.original_exception)
            self.channel.say(
                "statement_failed", n=number, revision=self.revision, ms=elapsed, message=message
            )

    def _new_locks(self, connection: Any) -> list[dict[str, str]]:
        found = []
        for mode, schema, table, _ in _ask(connection, _LOCKS):
            name = table if schema == "public" else "%s.%s" % (schema, table)
            if (mode, name) not in self._locks:
                self._locks.add((mode, name))
                found.append({"mode": mode, "table": name})
        return found

    def _read_files(self, connection: Any) -> dict[str, int]:
        return {str(name): int(node) for name, node in _ask(connection, _FILES)}

    def _rewritten(self, connection: Any) -> list[str]:
        now = self._read_files(connection)
        before, self._files = self._files, now
        return sorted(name for name, node in now.items() if name in before and before[name] != node)


def plain(statement: str) -> str:
    """A concurrent build as one that a transaction can hold."""
    words = statement.split(None, 4)
    if "CONCURRENTLY" not in [word.upper() for word in words]:
        return statement
    place = statement.upper().index("CONCURRENTLY")
    return statement[:place] + statement[place + len("CONCURRENTLY") :].lstrip()


def _reads(statement: str) -> bool:
    return statement.lstrip(" \n\t(").upper().startswith(_READS)


def _autocommit(connection: Any) -> bool:
    try:
        return bool(connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT")
    except Exception:
        return False


def _ask(connection: Any, question: str) -> list[Any]:
    """Rows of a question on the same session, seen by no listener."""
    raw: Any | None = connection.connection
    cursor = raw.cursor() if raw is not None else None
    if cursor is None:
        return []
    try:
        cursor.execute(question)
        return list(cursor.fetchall())
    finally:
        cursor.close()
