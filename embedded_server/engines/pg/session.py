"""A session with PostgreSQL."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import pq
from psycopg.pq.abc import PGresult

from embedded_server.engines.base import (
    Catalog,
    CsvLayout,
    Heap,
    Params,
    Reading,
    Session,
    SessionInfo,
    Target,
)
from embedded_server.engines.support.statement import is_plain_query, keyword
from embedded_server.wire.data import Column, Routine, TableResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import PAGE_CELL_BYTES, RowBlock

from . import catalog, connect, copying, estimates, searching, source, structure, watching
from .channel import Channel, Row
from .copy_out import pieces
from .copy_reading import CopyReading
from .placeholders import Statement
from .reading import CursorReading, HeldReading, MakeDecoder, StreamReading
from .rows import Decoder
from .typenames import TypeNames
from .uncovered import uncovered

_STATES = {
    pq.TransactionStatus.IDLE: "auto",
    pq.TransactionStatus.ACTIVE: "idle",
    pq.TransactionStatus.INTRANS: "idle",
    pq.TransactionStatus.INERROR: "failed",
}
# Statements that surely leave the access mode of the session and of its transaction as they are.
_HARMLESS = re.compile(
    "SELECT|VALUES|TABLE|WITH|SHOW|EXPLAIN|INSERT|UPDATE|DELETE|MERGE|FETCH|CLOSE|COPY|CREATE|ALTER|DROP"
    "|TRUNCATE|COMMENT|GRANT|REVOKE|ANALYZE|VACUUM|SAVEPOINT|RELEASE"
)
_REPORTS_ACCESS_MODE = 140000
_PING_SECONDS = 1.5
_INFO = """
SELECT pg_catalog.current_database(), current_user, pg_catalog.current_schema(),
       pg_catalog.current_setting('TimeZone'), pg_catalog.current_setting('transaction_read_only'),
       pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('server_version')
"""


class PostgresSession(Session):
    """One connection. `cancel` goes over a connection of its own, made for the moment."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._parameters = connect.parameters(target)
        self._channel = Channel(connect.connect(self._parameters, target.secret))
        self._types = TypeNames(self._ask)
        self._cursors = itertools.count(1)
        self._watches = target.read_only and watching.is_needed(self._channel)
        self._lenient = self._channel.setting(b"server_encoding") == b"SQL_ASCII"
        if self._lenient:
            # The server would refuse to send texts that are not valid in the encoding we asked for.
            self._query("SET client_encoding = 'SQL_ASCII'")

    # --- statements ------------------------------------------------------------------------------

    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        statement = Statement(sql, params)
        if self._target.read_only:
            self._keep_read_only(sql)

        decoder = self._decoding(cell_bytes)
        if self._channel.transaction() == pq.TransactionStatus.INTRANS and is_plain_query(sql):
            name = f"backlight_{next(self._cursors)}"
            prefixed = statement.behind(f"DECLARE {name} NO SCROLL CURSOR FOR ")
            return CursorReading(self._channel, name, prefixed, decoder)
        if self._target.read_only:
            return self._execute_read_only(statement, decoder, theirs=params is None)
        return StreamReading(self._channel, statement, decoder)

    def _decoding(self, cell_bytes: int | None) -> MakeDecoder:
        def decoder(result: PGresult) -> Decoder:
            return Decoder(result, self._types, lenient=self._lenient, limit=cell_bytes)

        return decoder

    def execute_first(self, sql: str, params: Params, *, cell_bytes: int) -> Reading:
        if self._target.read_only:
            self._keep_read_only(sql)
        if self.in_transaction() == "auto" and searching.is_merged(self._channel, Statement(sql, params)):

            def read() -> HeldReading:
                statement = Statement(sql, params)
                return HeldReading(StreamReading(self._channel, statement, self._decoding(cell_bytes)))

            found = searching.alone(self._channel, read)
            if found is not None:
                return found
        return self.execute(sql, params, cell_bytes=cell_bytes)

    def execute_for_all(
        self, sql: str, params: Params, columns: Sequence[Column], *, cell_bytes: int
    ) -> Reading:
        if not self._can_copy(sql, params, columns):
            return self.execute(sql, params, cell_bytes=cell_bytes)
        if self._target.read_only:
            self._keep_read_only(sql)
        try:
            return CopyReading(self._channel, Statement(sql, params), columns, cell_bytes)
        except ProblemError as error:
            # The server has no such COPY; or the query is wrong, which it shall say of the query itself.
            if error.problem.code != "sql.error":
                raise
            return self.execute(sql, params, cell_bytes=cell_bytes)

    def _can_copy(self, sql: str, params: Params, columns: Sequence[Column]) -> bool:
        """COPY takes no parameters, and would leave a failed transaction behind when it is given up."""
        return (
            not params
            and bool(columns)
            and not self._lenient
            and is_plain_query(sql)
            and self.in_transaction() == "auto"
            and all(column.kind != "binary" for column in columns)
        )

    def copy_out(self, query: str, layout: CsvLayout) -> Iterator[tuple[bytes, int]] | None:
        # A database without encoding may hold bytes that are no text; they are read one by one.
        if self._lenient or not is_plain_query(query) or len(layout.delimiter.encode()) != 1:
            return None
        if self._target.read_only:
            self._keep_read_only(query)
        return pieces(self._channel, copying.copy_to(query, layout), copying.PIECE, int(layout.header))

    def insert_many(self, table: str, columns: Sequence[Column], block: RowBlock) -> bool:
        if self._target.read_only:
            self._keep_read_only()
        self._channel.copy_in(copying.copy_from(table, columns), copying.lines(block))
        return True

    def _execute_read_only(self, statement: Statement, decoder: Any, *, theirs: bool) -> Reading:
        word, state = keyword(statement.sql), self.in_transaction()
        if word in ("DO", "CALL") and state == "auto":
            return self._enclosed(statement, decoder)
        if theirs and self._watches:
            if word in watching.WATCHED and state == "auto":
                return watching.WatchedReading(self._channel, statement, decoder)
            if word in ("COMMIT", "END"):
                watching.look(self._channel)
        reading = StreamReading(self._channel, statement, decoder)
        reports = self._channel.pgconn.server_version >= _REPORTS_ACCESS_MODE
        if not _HARMLESS.fullmatch(word) or not reports and word != "SHOW":
            reading = HeldReading(reading)  # type: ignore[assignment]
            self._check_transaction()
        return reading

    def _enclosed(self, statement: Statement, decoder: Any) -> Reading:
        """Code that could end its transaction and begin one that writes runs inside one of ours instead."""
        watching.begin(self._channel)
        try:
            held = HeldReading(StreamReading(self._channel, statement, decoder))
        except ProblemError as error:
            if error.problem.code != "connection.lost":
                self._channel.run("ROLLBACK")
            raise
        watching.end(self._channel)
        return held

    def _keep_read_only(self, sql: str = "") -> None:
        """Refuse what the server would not, and take back what a statement may have done to the session's
        access mode (the server reports it)."""
        what = uncovered(sql)
        if what:
            raise problem(
                "sql.read_only",
                detail=f"{what} is refused in a read-only session: the server would not prevent its effects.",
                hint="Open the connection for writing to do this.",
            )
        if self._channel.setting(b"default_transaction_read_only") == b"off":
            self._channel.run("SET default_transaction_read_only = on")

    def _check_transaction(self) -> None:
        """Refuse an open transaction that would write."""
        if self.in_transaction() != "idle":
            return
        if self._channel.run("SHOW transaction_read_only")[0][0] == "off":
            self._channel.run("ROLLBACK")
            raise problem(
                "sql.read_only",
                detail="A transaction that may write was rolled back.",
                hint="Open the connection for writing to do this.",
            )

    def _query(self, sql: str, values: Sequence[Any] | None = None) -> list[Row]:
        return self._channel.run(sql, values)

    def _ask(self, sql: str, values: Sequence[str]) -> list[Row]:
        """A question of our own; beside the connection while a result is still coming in over it."""
        if self._channel.transaction() != pq.TransactionStatus.ACTIVE:
            return self._query(sql, values)
        try:
            other = Channel(connect.connect(self._parameters, self._target.secret))
        except ProblemError:
            return []  # there is no place for a second connection; the names stay unknown
        try:
            return other.run(sql, values)
        except ProblemError:
            return []
        finally:
            other.close()

    def notices(self) -> list[str]:
        told = list(self._channel.notices)
        self._channel.notices.clear()
        return told

    def backend(self) -> str:
        return str(self._channel.pgconn.backend_pid)

    # --- what is there ---------------------------------------------------------------------------

    def info(self) -> SessionInfo:
        (row,) = self._query(_INFO)
        database, user, schema, zone, read_only, recovering, version = row
        pgconn = self._channel.pgconn
        notes = []
        if recovering == "t":
            notes.append("The server is a standby: it can only be read.")
        if self._lenient:
            notes.append("The database has no encoding (SQL_ASCII): a text may hold any bytes.")
        if self._target.read_only:
            notes.append(
                "Read-only is enforced by the server (default_transaction_read_only). It does not cover "
                "what functions of this database's own do to files, settings, sessions and other servers."
            )
        over_socket = (self._channel.connection.info.host or "").startswith(("/", "@"))
        return SessionInfo(
            (version or "").split(" ")[0],
            read_only == "on",
            database=database or "",
            user=user or "",
            default_schema=schema or "",
            tls=None if over_socket else bool(pgconn.ssl_in_use),
            zone=zone or "",
            notes=notes,
        )

    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        return catalog.read(self._query, schema, columns=columns)

    def table(self, schema: str, table: str) -> TableResponse:
        return structure.table(self._query, schema, table)

    def columns(self, schema: str, table: str) -> TableResponse:
        return structure.columns(self._query, schema, table)

    def source(self, routine: Routine, schema: str) -> str:
        return source.of(self._query, routine, schema)

    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        return estimates.estimate(self._query, schema, table)

    def change_mark(self, schema: str, table: str) -> str:
        return estimates.change_mark(self._query, schema, table)

    def only_short_values(self, schema: str, table: str) -> bool:
        return estimates.only_short(self._query, schema, table)

    def heap_pages(self, schema: str, table: str) -> Heap | None:
        return estimates.heap(self._query, schema, table)

    # --- transactions and life -------------------------------------------------------------------

    def begin(self) -> None:
        self._query("BEGIN")

    def begin_writing(self) -> None:
        # A row that somebody changed meanwhile is read as it is now, not refused.
        self._query("BEGIN ISOLATION LEVEL READ COMMITTED")

    def commit(self) -> None:
        failed = self.in_transaction() == "failed"
        if self._watches:
            watching.look(self._channel)
        if self.in_transaction() != "auto":
            self._query("COMMIT")
        if failed:
            raise problem(
                "transaction.lost",
                detail="A statement of the transaction had failed, so PostgreSQL rolled all of it back.",
            )

    def rollback(self) -> None:
        if self.in_transaction() != "auto":
            self._query("ROLLBACK")

    def in_transaction(self) -> str:
        return _STATES.get(self._channel.transaction(), "lost") if self._channel.is_open() else "lost"

    def cancel(self) -> bool:
        return self._channel.cancel()

    def alive(self) -> bool:
        return self._channel.answers(_PING_SECONDS)

    def gone(self) -> bool:
        return self._channel.ended()

    def close(self) -> None:
        self._channel.close()
