"""SQLite, read through the raw driver: values come back in the storage class they were stored in."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from embedded_server.wire.data import Column, Routine, TableResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import PAGE_CELL_BYTES, BadText, Cell, RowBlock

from .base import (
    Capabilities,
    Catalog,
    Engine,
    Grammar,
    Params,
    Piece,
    Reading,
    Session,
    SessionInfo,
    Target,
)
from .support.cells import tolerant
from .support.connecting import unpooled
from .support.hearing import hearing, telling
from .support.interrupting import Interruptible
from .support.sqlite import files, functions, inserting, structure
from .support.sqlite.errors import translate
from .support.sqlite.grammar import SqliteGrammar, unmarked
from .support.sqlite.reading import Begun, SqliteReading

Result = TypeVar("Result")
_COUNT = re.compile(r"SELECT count\(\*\) FROM (?:`(?:[^`]|``)*`\.)?`(?:[^`]|``)*`\s*\Z", re.IGNORECASE)
_BUSY_SECONDS = 2.0
_BUSY_STEP = 0.02
_ENCODINGS = {"UTF-8": "utf-8", "UTF-16le": "utf-16-le", "UTF-16be": "utf-16-be"}


class SqliteSession(Session):
    """One connection to one file. Python's driver never begins transactions by itself here."""

    def __init__(
        self, held: PoolProxiedConnection, place: files.Place, read_only: bool, notes: list[str]
    ) -> None:
        connection = held.driver_connection
        held.detach()
        assert isinstance(connection, sqlite3.Connection)
        self._connection = connection
        self._place = place
        self._file = files.identity(place.path) if place.path else None
        self._read_only = read_only
        self._notes = notes
        self._work = Interruptible()
        self._closed = False
        self._hear = hearing()
        functions.add(connection)
        encoding = self._query("PRAGMA encoding")[0][0]
        self._encoding = _ENCODINGS.get(encoding, "utf-8")
        self._query("PRAGMA busy_timeout = 20")  # longer waits: `_patiently`
        if read_only:
            self._query("PRAGMA query_only = ON")
            connection.set_authorizer(functions.keep_read_only)

    # --- running ---------------------------------------------------------------------------------

    def _guard(self, work: Callable[[], Result], sql: str = "") -> Result:
        """Run driver code so that `cancel` reaches it and its exceptions become problems."""
        with self._work.running():
            try:
                return work()
            except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
                raise self._problem(error, sql) from error

    def _problem(self, error: Exception, sql: str) -> ProblemError:
        self._check_file()
        return translate(error, sql, self._why_not)

    def _why_not(self, sql: str) -> str:
        """SQLite's objection to a statement, without running it."""
        told = telling(self._hear, f"EXPLAIN {sql}")
        try:
            self._connection.execute(f"EXPLAIN {sql}").close()
        except sqlite3.Error as error:
            return str(error)
        finally:
            told.end()
        return ""

    def _check_file(self) -> None:
        if self._closed:
            raise problem("connection.lost", detail="This session was closed.")
        if self._file is not None and files.identity(self._place.path) != self._file:
            gone = not os.path.exists(self._place.path)
            detail = f"{self._place.path} was deleted." if gone else self._place.path
            raise problem("file.replaced", detail=detail, hint="Refresh to read the file that is there now.")

    def _run(self, sql: str, params: Params, limit: int, factory: Any) -> Begun:
        """Execute; whoever reads the rows ends the telling."""
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limit)
        self._connection.text_factory = factory
        told = telling(self._hear, unmarked(sql), params or None)
        try:
            return self._executed(sql, params), told
        except (sqlite3.Error, ProblemError) as error:
            told.failed(error)
            told.end()
            raise

    def _executed(self, sql: str, params: Params) -> sqlite3.Cursor:
        try:
            return self._patiently(sql, params)
        except sqlite3.OperationalError as error:
            if "no such collation sequence" not in str(error) or not _COUNT.match(sql):
                raise
            # Only a bare count(*) insists on the smallest index, whose collation it does not need.
            return self._patiently(f"{sql} NOT INDEXED", params)

    def _patiently(self, sql: str, params: Params) -> sqlite3.Cursor:
        """Execute, waiting for another program's lock in short steps: SQLite's own wait hears no cancel."""
        deadline = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                return self._connection.execute(sql, params)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            if self._work.wait_cancelled(_BUSY_STEP):
                raise problem("job.cancelled", detail="Cancelled while another program held the file.")

    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        self._check_file()
        return self._guard(
            lambda: SqliteReading(
                self._run, lambda work: self._guard(work, sql), sql, params or (), cell_bytes, self._encoding
            ),
            sql,
        )

    def insert_many(self, table: str, columns: Sequence[Column], block: RowBlock) -> bool:
        self._check_file()
        names = ", ".join(GRAMMAR.name(column.name) for column in columns)
        told = telling(self._hear, f"INSERT INTO {table} ({names}) VALUES …")
        try:
            self._guard(lambda: inserting.insert_many(self._connection, table, columns, block))
        finally:
            told.rows(len(block))
            told.end()
        return True

    def _query(self, sql: str, params: Params = ()) -> Sequence[tuple[Any, ...]]:
        """All rows of a small catalogue query."""

        def read() -> Sequence[tuple[Any, ...]]:
            cursor, told = self._run(sql, params, 1_000_000_000, _readable)
            rows = cursor.fetchall()
            told.rows(len(rows))
            told.end()
            return rows

        return self._guard(read, sql)

    # --- what is there ---------------------------------------------------------------------------

    def info(self) -> SessionInfo:
        notes = list(self._notes)
        if self._encoding != "utf-8":
            notes.append(f"Text is stored as {self._encoding.upper()}.")
        return SessionInfo(
            sqlite3.sqlite_version,
            self._read_only,
            database=self._place.path or ":memory:",
            default_schema="main",
            notes=notes,
        )

    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        self._check_file()
        return structure.catalog(self._query, schema, columns=columns)

    def table(self, schema: str, table: str) -> TableResponse:
        self._check_file()
        return structure.table(self._query, schema, table, whole=True)

    def columns(self, schema: str, table: str) -> TableResponse:
        self._check_file()
        return structure.table(self._query, schema, table, whole=False)

    def source(self, routine: Routine, schema: str) -> str:
        where = GRAMMAR.name(schema or "main")
        rows = self._query(
            f"SELECT sql FROM {where}.sqlite_schema WHERE name = ? COLLATE NOCASE AND sql IS NOT NULL "
            "ORDER BY type = ? DESC",
            [routine.name, routine.kind],
        )
        if not rows:
            raise problem("data.unknown_table", f"There is no {routine.kind} {routine.name}.")
        return str(rows[0][0])

    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        return structure.estimate(self._query, schema or "main", table)

    def change_mark(self, schema: str, table: str) -> str:
        return files.change_mark(self._place.path) if self._place.path else ""

    def signature(self) -> str:
        """Schema versions of all attached databases: SQLite counts every change of a schema, by anyone."""
        self._check_file()
        names = [row[0] for row in self._query("SELECT name FROM pragma_database_list ORDER BY seq")]
        versions = [self._query(f"PRAGMA {GRAMMAR.name(name)}.schema_version")[0][0] for name in names]
        return " ".join(f"{name}={version}" for name, version in zip(names, versions, strict=True))

    def piece(
        self,
        grammar: Grammar,
        schema: str,
        table: str,
        column: Column,
        key: Sequence[tuple[Column, Cell]],
        offset: int,
        length: int,
    ) -> Piece | None:
        """As in `Session`. Blobs are read in place; a text whole, for SQLite's substr() ends at a NUL."""
        cell = self._cell(grammar, schema, table, column, key, offset, length)
        if cell is None or isinstance(cell, Piece):
            return cell
        value = cell[0]
        if isinstance(value, bytes):
            return Piece(value[offset : offset + length], len(value), "bytes")
        if isinstance(value, str):
            return Piece(value[offset : offset + length], len(value), "characters")
        if isinstance(value, BadText):
            return Piece(BadText(value.raw[offset : offset + length]), len(value.raw), "bytes")
        return Piece(value, 1, "value")

    def _cell(
        self,
        grammar: Grammar,
        schema: str,
        table: str,
        column: Column,
        key: Sequence[tuple[Column, Cell]],
        offset: int,
        length: int,
    ) -> Piece | tuple[Cell] | None:
        """The range of a blob, or the whole value."""
        rowid = structure.rowid_name(self._query, schema, table)
        shortcut = GRAMMAR.name(rowid) if rowid else "NULL"
        fragments = [grammar.value(item, cell) for item, cell in key]
        terms = zip((grammar.operand(item) for item, _ in key), fragments, strict=True)
        where = " AND ".join(f"{left} = {right.sql}" for left, right in terms)
        params = [value for fragment in fragments for value in fragment.params]
        source, name = grammar.table(schema, table), grammar.name(column.name)
        is_blob = f"typeof({name}) = 'blob' AND {shortcut} IS NOT NULL"
        whole = f"CASE WHEN NOT ({is_blob}) THEN {name} END"
        sql = f"SELECT {is_blob}, {shortcut}, {whole} FROM {source} WHERE {where}"
        with self.execute(sql, params, cell_bytes=None) as reading:
            rows = list(reading.block(1).rows())
        if not rows:
            return None
        in_place, row, value = rows[0]
        if not in_place or not isinstance(row, int):
            return (value,)

        def read() -> Piece:
            with self._connection.blobopen(
                table, column.name, row, readonly=True, name=schema or "main"
            ) as blob:
                blob.seek(min(offset, len(blob)))
                return Piece(blob.read(length), len(blob), "bytes")

        return self._guard(read)

    # --- transactions and life -------------------------------------------------------------------

    def begin(self) -> None:
        self._query("BEGIN")

    def begin_writing(self) -> None:
        self._query("PRAGMA foreign_keys = ON")  # SQLite itself does not mind a broken one
        self._query("BEGIN IMMEDIATE")

    def commit(self) -> None:
        if self._connection.in_transaction:
            self._query("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._query("ROLLBACK")

    def in_transaction(self) -> str:
        if self._closed:
            return "lost"
        return "idle" if self._connection.in_transaction else "auto"

    def cancel(self) -> bool:
        return not self._closed and self._work.interrupt(self._interrupt)

    def _interrupt(self) -> None:
        with contextlib.suppress(sqlite3.Error):  # closed meanwhile
            self._connection.interrupt()

    def alive(self) -> bool:
        try:
            self._check_file()
            return bool(self._query("SELECT 1"))
        except ProblemError:
            return False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()


def _readable(raw: bytes) -> str:
    """Text of the catalogue, where damaged characters must not hide everything else."""
    text = tolerant(raw)
    return text if isinstance(text, str) else text.shown()


GRAMMAR = SqliteGrammar()


class SqliteEngine(Engine):
    """SQLite files and databases in memory."""

    name = "sqlite"
    title = "SQLite"
    schemes = ("sqlite",)
    capabilities = Capabilities(
        schemas=True,
        estimates=True,
        explain=True,
        transactional_ddl=True,
        regex=True,
        files=True,
        rows_as_found=True,
        edits=True,
        one_writer=True,
    )
    grammar = GRAMMAR

    def open(self, target: Target) -> SqliteSession:
        place = files.locate(target.url, target.name)
        notes = files.inspect(place.path) if place.path else []
        read_only = target.read_only
        if place.path and not read_only and not files.writable(place.path):
            read_only = True
            notes.append("The file is not writable, so this session only reads.")
        more: list[str] = []

        def connect() -> sqlite3.Connection:
            connection, told = files.connect(place, read_only=read_only)
            more.extend(told)
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            return connection

        try:
            held = unpooled(target.url, connect).raw_connection()
        except (sqlite3.Error, DBAPIError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise _opening(cause, place.path, notes) from error
        return SqliteSession(held, place, read_only, notes + more)


def _opening(error: BaseException | None, path: str, notes: list[str]) -> ProblemError:
    found = translate(error if isinstance(error, Exception) else Exception(str(error))).problem
    code = "file.unreadable" if found.code == "sql.error" else found.code
    # The file is read past SQLite only now that no session can be using it.
    more = [files.damage(path)] if code == "file.corrupt" else []
    hint = files.advice(path) if code == "file.not_database" else found.hint
    return problem(code, detail=" ".join([f"{path}: {found.detail}.", *notes, *more]).strip(), hint=hint)


ENGINE = SqliteEngine()
