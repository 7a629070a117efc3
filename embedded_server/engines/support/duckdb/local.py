"""DuckDB itself, inside the worker process: one database, any number of sessions."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from threading import Condition
from typing import Any

import duckdb

from embedded_server.engines.base import Catalog, Params, Reading, Session, SessionInfo, Target
from embedded_server.engines.support.hearing import SILENT, hearing, telling
from embedded_server.engines.support.interrupting import Interruptible
from embedded_server.wire.data import Column, Routine, TableResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.scratch import Scratch
from embedded_server.wire.values import PAGE_CELL_BYTES

from . import structure
from .errors import opening, translate
from .files import identity, writes_files
from .reading import DuckdbReading, Plan, plan
from .types import duckdb_kind

_SWITCH_SECONDS = 5.0
_MEMORY = "1GB"
# A repeated signal comes every few milliseconds for at most three seconds.
_MOST_SIGNALS = 1000
# What a read-only session may run at all; DuckDB itself then refuses writes to the database.
_HARMLESS = frozenset(
    {"SELECT", "EXPLAIN", "SET", "TRANSACTION", "PREPARE", "EXECUTE", "CALL", "DETACH", "LOAD", "RELATION"}
)
_UNWRAPPED = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*(?:show|describe|desc|summarize)\b", re.I | re.S)
_BEGIN = re.compile(r"\s*(?:begin|start)\b", re.I)
_END = re.compile(r"\s*(?:commit|rollback|end|abort)\b", re.I)


class Database:
    """The one database of this worker, opened read-only until somebody means to write."""

    def __init__(self) -> None:
        self.path = ""
        self.generation = 0
        self.writable = False
        self._root: duckdb.DuckDBPyConnection | None = None
        self._writers: set[object] = set()
        self._busy = 0
        self._changed = Condition()
        self._spill = Scratch("duckdb")

    def enter(self, session: object, path: str, *, writes: bool) -> None:
        """Take part; a session that writes makes the database writable for as long as it is open."""
        self.path = path
        with self._changed:
            if writes:
                self._writers.add(session)
        try:
            self._settle()
        except duckdb.Error:
            self.leave(session)
            raise

    def leave(self, session: object) -> None:
        """Take part no more; after the last writer others may open the file again."""
        with self._changed:
            self._writers.discard(session)
        with contextlib.suppress(duckdb.Error, ProblemError):
            self._settle()

    def _settle(self) -> None:
        wanted = bool(self._writers) or not self.path
        with self._changed:
            if self._root is not None and self.writable == wanted:
                return
            if not self._changed.wait_for(lambda: self._busy == 0, _SWITCH_SECONDS):
                raise problem("file.locked", detail="A statement is still reading this database.")
            if self._root is not None:
                self._root.close()
                self._root = None
            self.generation += 1
            self._root = self._open(wanted)
            self.writable = wanted

    def _open(self, writable: bool) -> duckdb.DuckDBPyConnection:
        config: dict[str, Any] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "memory_limit": _MEMORY,
            "temp_directory": str(self._spill.path),
        }
        return duckdb.connect(self.path or ":memory:", read_only=not writable, config=config)

    @contextlib.contextmanager
    def using(self) -> Iterator[None]:
        """Around every call into the library: the mode is switched only between them."""
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def ready(self) -> None:
        """Open again what could not be opened before. Raises duckdb errors."""
        if self._root is None:
            self._settle()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for a session; within `using`."""
        if self._root is None:
            raise problem("connection.lost", detail="The database is not open.")
        return self._root.cursor()


_database = Database()


def open_session(target: Target) -> Session:
    """A session on the worker's database; `target.url` is the file's path, empty in memory."""
    return DuckdbSession(_database, target.url, target.read_only)


class DuckdbSession(Session):
    """One connection. A session that only reads is held to it by read-only transactions when another
    session has made the database writable."""

    def __init__(self, database: Database, path: str, read_only: bool) -> None:
        self._database = database
        self._path, self._read_only = path, read_only
        self._identity = identity(path)
        self._work = Interruptible()
        self._reading: DuckdbReading | None = None
        self._cursor: duckdb.DuckDBPyConnection | None = None
        self._generation = -1
        self._hear = hearing()
        self._telling = SILENT
        self._state = "auto"
        self._closed = False
        try:
            database.enter(self, path, writes=not read_only)
        except duckdb.Error as error:
            raise opening(error, path) from error

    # --- running ---------------------------------------------------------------------------------

    def _connection(self) -> duckdb.DuckDBPyConnection:
        if self._closed:
            raise problem("connection.lost", detail="This session was closed.")
        if self._path and identity(self._path) != self._identity:
            hint = "Refresh to read the file that is there now."
            raise problem("file.replaced", detail=self._path, hint=hint)
        if self._cursor is None or self._generation != self._database.generation:
            self._cursor = self._database.cursor()
            self._generation = self._database.generation
            self._state = "auto"
        return self._cursor

    @contextlib.contextmanager
    def _using(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The session's connection, in a mode that does not change meanwhile."""
        try:
            self._database.ready()
        except duckdb.Error as error:
            raise opening(error, self._path) from error
        with self._database.using():
            yield self._connection()

    def _guard(self, work: Callable[[], Any], sql: str = "", shift: int = 0) -> Any:
        with self._database.using(), self._work.running():
            if self._generation != self._database.generation:
                raise problem("connection.lost", detail="The database was reopened for another session.")
            try:
                return work()
            except (duckdb.Error, OverflowError) as error:
                raise translate(error, sql, shift) from error

    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        self._end_reading()
        with self._using() as connection, self._work.running():
            return self._execute(connection, sql, params, cell_bytes)

    def _end_reading(self) -> None:
        if self._reading is not None:
            self._reading.close()

    def _execute(
        self, connection: duckdb.DuckDBPyConnection, sql: str, params: Params | None, limit: int | None
    ) -> Reading:
        made, statement = self._guard(lambda: self._prepare(connection, sql, params, limit), sql)
        if statement is not None and statement.type.name == "TRANSACTION":
            return self._transaction(connection, sql)
        own = self._read_only and self._database.writable and self._state == "auto"
        if self._work.cancelled:  # while it was being prepared
            raise problem("job.cancelled", detail="Cancelled before it began.")
        try:
            if own:
                self._guard(lambda: self._send(connection, "BEGIN TRANSACTION READ ONLY"))
            self._guard(lambda: self._send(connection, made.sql, params or None, open_=True), sql, made.shift)
        except ProblemError:
            self._after_failure(connection, own)
            raise
        return self._started(connection, made, statement, limit, own)

    def _prepare(
        self, connection: duckdb.DuckDBPyConnection, sql: str, params: Params | None, limit: int | None
    ) -> tuple[Plan, Any]:
        statements = connection.extract_statements(sql)
        if not statements:
            raise problem("sql.error", detail="There is no statement.")
        if len(statements) > 1:
            if statements[0].query:
                raise problem("sql.error", detail="Only one statement can be run at a time.")
            return Plan(sql, 0, [], {}), None  # PIVOT, which DuckDB takes apart by itself
        statement = statements[0]
        kind = statement.type.name
        if self._read_only and (kind not in _HARMLESS or writes_files(kind, sql)):
            raise problem("sql.read_only", detail=f"{kind} is refused in a read-only session.")
        if kind != "SELECT" or _UNWRAPPED.match(sql) or statement.query != sql:
            return Plan(sql, 0, [], {}), statement
        try:
            described = self._send(connection, f"DESCRIBE\n{sql}", params or None).fetchall()
        except duckdb.Error as error:
            raise translate(error, sql, 1) from error
        return plan(sql, [(row[0], row[1]) for row in described], limit), statement

    def _transaction(self, connection: duckdb.DuckDBPyConnection, sql: str) -> Reading:
        begins = _BEGIN.match(sql) is not None
        text = "BEGIN TRANSACTION READ ONLY" if begins and self._read_only else sql
        self._guard(lambda: self._send(connection, text), sql)
        if begins:
            self._state = "idle"
        elif _END.match(sql):
            self._state = "auto"
        return DuckdbReading(connection, Plan(sql, 0, [], {}), None, self._guard, _nothing)

    def _started(
        self,
        connection: duckdb.DuckDBPyConnection,
        made: Plan,
        statement: Any,
        limit: int | None,
        own: bool,
    ) -> Reading:
        affected = None
        if not made.columns:
            expected = (
                [item.name for item in statement.expected_result_type] if statement else ["QUERY_RESULT"]
            )
            names = [(item[0], str(item[1])) for item in connection.description or ()]
            if expected[0] == "CHANGED_ROWS" and [name for name, _ in names] == ["Count"]:
                rows = self._guard(connection.fetchall)
                affected = rows[0][0] if rows and statement.type.name != "CREATE" else None
            elif expected[0] != "NOTHING":
                columns = [Column(name, type_, duckdb_kind(type_)) for name, type_ in names]
                made = made._replace(columns=columns)

        told, self._telling = self._telling, SILENT

        def finish() -> None:
            told.rows(self._reading.read if self._reading is not None else 0)
            told.end()
            self._reading = None
            if own:
                with contextlib.suppress(ProblemError):
                    self._guard(lambda: self._undisturbed(connection, "ROLLBACK"))

        reading = DuckdbReading(connection, made, limit, self._guard, finish)
        reading.affected = affected
        self._reading = reading if made.columns else None
        return reading

    def _after_failure(self, connection: duckdb.DuckDBPyConnection, own: bool) -> None:
        if own:
            with contextlib.suppress(duckdb.Error):
                self._undisturbed(connection, "ROLLBACK")
        elif self._state == "idle":
            try:
                self._undisturbed(connection, "SELECT 1")
            except duckdb.Error:
                self._state = "failed"

    def _undisturbed(self, connection: duckdb.DuckDBPyConnection, sql: str) -> None:
        """What must be run behind a statement: its cancelling is repeated, and may hit this instead."""
        for _ in range(_MOST_SIGNALS):
            try:
                self._send(connection, sql).fetchall()
            except duckdb.InterruptException:
                continue
            return

    def _query(self, sql: str, params: Sequence[Any] | None = None) -> Sequence[tuple[Any, ...]]:
        self._end_reading()
        with self._using() as connection:
            rows: list[tuple[Any, ...]] = self._guard(
                lambda: self._send(connection, sql, params, open_=True).fetchall(), sql
            )
        told, self._telling = self._telling, SILENT
        told.rows(len(rows))
        told.end()
        return rows

    def _send(
        self, connection: duckdb.DuckDBPyConnection, sql: str, params: Any = None, *, open_: bool = False
    ) -> duckdb.DuckDBPyConnection:
        """Execute, and tell of it; with `open_` whoever reads the rows does."""
        told = telling(self._hear, sql, params)
        try:
            answered = connection.execute(sql, params)
        except (duckdb.Error, OverflowError) as error:
            told.failed(error)
            told.end()
            raise
        self._telling = told if open_ else SILENT
        if not open_:
            told.end()
        return answered

    # --- what is there ---------------------------------------------------------------------------

    def info(self) -> SessionInfo:
        version = str(self._query("SELECT version()")[0][0])
        return SessionInfo(
            version.removeprefix("v"),
            self._read_only,
            database=self._path or ":memory:",
            default_schema="main",
            zone=structure.current_zone(self._query),
        )

    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        return structure.catalog(self._query, schema, columns=columns)

    def table(self, schema: str, table: str) -> TableResponse:
        return structure.table(self._query, schema, table, whole=True)

    def columns(self, schema: str, table: str) -> TableResponse:
        return structure.table(self._query, schema, table, whole=False)

    def source(self, routine: Routine, schema: str) -> str:
        return structure.source(self._query, routine, schema)

    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        return structure.estimate(self._query, schema, table)

    def signature(self) -> str:
        return structure.signature(self._query)

    # --- transactions and life -------------------------------------------------------------------

    def begin(self) -> None:
        self.execute("BEGIN TRANSACTION").close()

    def commit(self) -> None:
        if self._state != "auto":
            self.execute("COMMIT" if self._state == "idle" else "ROLLBACK").close()

    def rollback(self) -> None:
        if self._state != "auto":
            self.execute("ROLLBACK").close()

    def in_transaction(self) -> str:
        return "lost" if self._closed else self._state

    def cancel(self) -> bool:
        cursor = self._cursor
        return cursor is not None and self._work.interrupt(cursor.interrupt)

    def alive(self) -> bool:
        try:
            return bool(self._query("SELECT 1"))
        except ProblemError:
            return False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            if self._cursor is not None:
                with contextlib.suppress(duckdb.Error):
                    self._cursor.close()
            self._database.leave(self)


def _nothing() -> None:
    """The end of a statement that has none."""
