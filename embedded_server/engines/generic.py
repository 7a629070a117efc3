"""Any other database with a SQLAlchemy dialect: browse and console, degrading call by call.

Everything a dialect cannot tell is left out with the reason. Read-only is this program's own promise
here, not the database's: a statement that is not surely a query is refused, and what a query may have
done is rolled back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from embedded_server.wire.data import Column, Routine, TableResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import PAGE_CELL_BYTES, Cell, RowBlock

from .base import Capabilities, Catalog, Engine, Grammar, Params, Piece, Reading, Session, SessionInfo, Target
from .support.connecting import unpooled, url_of
from .support.errors import connect_problem, network_code
from .support.generic.grammar import NUMBERED, GenericGrammar
from .support.generic.reflection import Reflector, overheard
from .support.generic.values import cell_of
from .support.hearing import Telling, hearing, telling
from .support.interrupting import Interruptible
from .support.statement import is_plain_query

Result = TypeVar("Result")
# Names under which drivers offer to stop a running statement from another thread.
_CANCELLING = ("cancel", "interrupt", "cancel_operation")
_NOT_ENFORCED = "Read-only is kept by Backlight, not by the database: only plain queries are let through."


class GenericReading(Reading):
    """Rows of a driver's cursor."""

    def __init__(self, session: GenericSession, cursor: Any, limit: int | None, told: Telling) -> None:
        self._session, self._cursor, self._limit, self._told = session, cursor, limit, told
        description = cursor.description or ()
        self.columns = [Column(str(item[0])) for item in description]
        count = getattr(cursor, "rowcount", -1)
        self.affected = count if not description and isinstance(count, int) and count >= 0 else None
        self._done = False
        if not description:
            self.close()

    def block(self, rows: int) -> RowBlock:
        found = [] if self._done else self._session.guard(lambda: self._rows(rows))
        self._told.rows(len(found))
        if len(found) < rows:
            self.close()
        return RowBlock.from_rows(found, len(self.columns))

    def _rows(self, rows: int) -> list[list[Cell]]:
        return [[cell_of(value, self._limit) for value in row] for row in self._cursor.fetchmany(rows)]

    def close(self) -> None:
        if not self._done:
            self._done = True
            self._told.end()
            with contextlib.suppress(Exception):  # a driver may object to closing a broken cursor
                self._cursor.close()
            self._session.ended()


class GenericSession(Session):
    """One connection through a dialect nothing else is known of."""

    def __init__(self, connection: Connection, read_only: bool) -> None:
        self._connection = connection
        self._dialect: Dialect = connection.dialect
        self.grammar = GenericGrammar(self._dialect)
        self._read_only = read_only
        self._work = Interruptible()
        self._in_transaction = False
        self._cancelled = False
        self._closed = False
        self._hear = hearing()
        overheard(connection, self._hear)

    # --- running ---------------------------------------------------------------------------------

    def guard(self, work: Callable[[], Result], sql: str = "") -> Result:
        """Run driver code; whatever it raises becomes a problem."""
        if self._closed:
            raise problem("connection.lost", detail="This session was closed.")
        self._cancelled = False
        with self._work.running():
            try:
                return work()
            except (ProblemError, AssertionError):
                raise
            except Exception as error:  # the exceptions of an unknown driver have no common base
                raise self._problem(error) from error

    def _problem(self, error: Exception) -> ProblemError:
        cause = getattr(error, "orig", None) or error
        detail = str(cause).strip() or type(cause).__name__
        if self._cancelled:
            return problem("job.cancelled", detail=detail)
        driver: Any = self._dialect.loaded_dbapi
        raw = self._connection.connection.dbapi_connection
        if isinstance(cause, driver.Error) and self._dialect.is_disconnect(cause, raw, None):
            return problem("connection.lost", detail=detail)
        return problem(network_code(cause) or "sql.error", detail=detail)

    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        if self._read_only and not is_plain_query(sql):
            raise problem("sql.read_only", detail=_NOT_ENFORCED)
        return self.guard(lambda: self._execute(sql, params, cell_bytes), sql)

    def _execute(self, sql: str, params: Params | None, limit: int | None) -> Reading:
        cursor: Any = self._connection.connection.cursor()
        told = telling(self._hear, sql, params)
        try:
            if params is None:
                cursor.execute(sql)
            elif isinstance(params, Mapping):
                cursor.execute(sql, dict(params))
            else:
                cursor.execute(*_numbered(sql, params))
        except BaseException as error:
            told.failed(error)
            told.end()
            with contextlib.suppress(Exception):
                cursor.close()
            self.ended(failed=True)
            raise
        return GenericReading(self, cursor, limit, told)

    def ended(self, *, failed: bool = False) -> None:
        """After a statement outside a transaction: keep what it did, unless nothing may be done."""
        if self._in_transaction or self._closed:
            return
        raw: Any = self._connection.connection
        if failed or self._read_only:
            with contextlib.suppress(Exception):
                raw.rollback()
        else:
            self.guard(raw.commit)

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
        """As in `Session`; the value is read whole and cut here."""
        found = super().piece(grammar, schema, table, column, key, 0, 0)
        if found is None or not isinstance(found.value, str | bytes):
            return found
        unit = "bytes" if isinstance(found.value, bytes) else "characters"
        if column.kind == "number":
            return found
        part = found.value[offset : offset + length]
        return Piece(part, len(found.value), unit)  # type: ignore[arg-type]

    # --- what is there ---------------------------------------------------------------------------

    def _reflect(self, work: Callable[[Reflector], Result]) -> Result:
        def run() -> Result:
            try:
                return work(Reflector(self._connection))
            finally:
                if not self._in_transaction:
                    self._connection.rollback()

        return self.guard(run)

    def info(self) -> SessionInfo:
        version = getattr(self._dialect, "server_version_info", None) or ()
        url = self._connection.engine.url
        notes = [f"Through the SQLAlchemy dialect {self._dialect.name}: parts it cannot tell are left out."]
        if self._read_only:
            notes.append(_NOT_ENFORCED)
        return SessionInfo(
            ".".join(map(str, version)) or "unknown",
            self._read_only,
            database=url.database or "",
            user=url.username or "",
            default_schema=self._reflect(lambda reflector: reflector.default_schema),
            notes=notes,
        )

    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        return self._reflect(lambda reflector: reflector.catalog(schema, columns=columns))

    def table(self, schema: str, table: str) -> TableResponse:
        return self._reflect(lambda reflector: reflector.table(schema, table, whole=True))

    def columns(self, schema: str, table: str) -> TableResponse:
        return self._reflect(lambda reflector: reflector.table(schema, table, whole=False))

    def source(self, routine: Routine, schema: str) -> str:
        return self._reflect(lambda reflector: reflector.source(routine.name, schema))

    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        return None, f"SQLAlchemy knows no estimates for {self._dialect.name}"

    # --- transactions and life -------------------------------------------------------------------

    def begin(self) -> None:
        self.guard(lambda: None)
        self._in_transaction = True

    def commit(self) -> None:
        if self._in_transaction:
            raw: Any = self._connection.connection
            self.guard(raw.rollback if self._read_only else raw.commit)
            telling(self._hear, "ROLLBACK" if self._read_only else "COMMIT").end()
            self._in_transaction = False

    def rollback(self) -> None:
        if self._in_transaction:
            raw: Any = self._connection.connection
            self.guard(raw.rollback)
            telling(self._hear, "ROLLBACK").end()
            self._in_transaction = False

    def in_transaction(self) -> str:
        if self._closed:
            return "lost"
        return "idle" if self._in_transaction else "auto"

    def cancel(self) -> bool:
        if self._closed:
            return False
        raw = self._connection.connection.dbapi_connection
        stop = next((getattr(raw, name) for name in _CANCELLING if callable(getattr(raw, name, None))), None)
        if stop is None:
            return False

        def signal() -> None:
            self._cancelled = True
            with contextlib.suppress(Exception):
                stop()

        return self._work.interrupt(signal)

    def alive(self) -> bool:
        if self._closed:
            return False
        raw: Any = self._connection.connection.dbapi_connection
        try:
            return bool(self.guard(lambda: self._dialect.do_ping(raw)))
        except ProblemError:
            return False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            with contextlib.suppress(Exception):
                self._connection.close()


def _numbered(sql: str, params: Sequence[Any]) -> tuple[str, Any]:
    """Named placeholders for drivers that want them."""
    if NUMBERED not in sql:
        return sql, tuple(params)
    parts = sql.split(NUMBERED)
    text = parts[0] + "".join(f":p{place}{part}" for place, part in enumerate(parts[1:], start=1))
    return text, {f"p{place}": value for place, value in enumerate(params, start=1)}


class GenericEngine(Engine):
    """Whatever no other engine claims."""

    name = "generic"
    title = "Other (SQLAlchemy)"
    schemes = ()
    capabilities = Capabilities(schemas=True, read_only_enforced=False, cancel=True)
    grammar = GenericGrammar()

    def open(self, target: Target) -> GenericSession:
        url = url_of(target)
        try:
            connection = unpooled(url).connect()
        except (NoSuchModuleError, ImportError) as error:
            hint = f"Install a SQLAlchemy dialect for {url.get_backend_name()} beside Backlight."
            raise problem("connection.driver", detail=str(error), hint=hint) from error
        except ArgumentError as error:
            raise problem("connection.invalid", detail=str(error)) from error
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
            code = network_code(error) or "connection.failed"
            raise connect_problem(code, str(cause).strip(), target.secret) from error
        connection.rollback()
        return GenericSession(connection, target.read_only)


ENGINE = GenericEngine()
