"""A session with MySQL or MariaDB."""

from __future__ import annotations

import re
import ssl
from collections.abc import Sequence
from typing import Any

from embedded_server.engines.base import Catalog, Params, Reading, Session, SessionInfo, Target
from embedded_server.engines.support.statement import keyword
from embedded_server.wire.data import Column, Routine, TableResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import PAGE_CELL_BYTES, RowBlock

from . import catalog, inserting, source, structure
from .channel import Channel, Row
from .connect import Opener
from .reading import StreamReading
from .statement import Statement
from .uncovered import uncovered

# Statements that surely leave the session's access mode as it is.
_HARMLESS = re.compile(
    "SELECT|WITH|VALUES|TABLE|SHOW|EXPLAIN|DESCRIBE|DESC|USE|HELP|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER"
    "|DROP|TRUNCATE|RENAME|ANALYZE|CHECK|CHECKSUM|SAVEPOINT|RELEASE|ROLLBACK"
)
_READS = frozenset(
    {"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "USE", "HELP"}
)
_IMPLICIT_COMMIT = re.compile(
    "CREATE|ALTER|DROP|TRUNCATE|RENAME|GRANT|REVOKE|LOCK|ANALYZE|OPTIMIZE|REPAIR|SET"
)
_PING_SECONDS = 1.5
_POINT = "backlight_rows"
_INFO = """
SELECT VERSION(), COALESCE(DATABASE(), ''), CURRENT_USER(), @@session.time_zone, @@system_time_zone,
  {read_only}, @@global.read_only, @@session.sql_mode, @@version_comment
"""


class MysqlSession(Session):
    """One connection. `cancel` goes over a connection of its own, made for the moment."""

    def __init__(self, target: Target) -> None:
        self._target = target
        opener = Opener(target)
        self._channel = Channel(opener.open(), opener.beside)
        self._read_only_is_sure = True
        self._notices: list[str] = []

        version = str(self._channel.connection.server_version)
        self._is_mariadb = "mariadb" in version.lower()
        # Indexes of expressions came with MySQL 8; MariaDB has none.
        expressions = not self._is_mariadb and not version.startswith("5.")
        self._product = structure.Product(self._is_mariadb, expressions)

    # --- statements ------------------------------------------------------------------------------

    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        return self._run(Statement(sql, params), cell_bytes)

    def _run(self, statement: Statement, cell_bytes: int | None) -> Reading:
        sql = statement.sql
        word = keyword(sql)
        begun = self._channel.in_transaction()
        if self._channel.lost_transaction and word not in ("ROLLBACK", "COMMIT"):
            raise problem(
                "transaction.lost",
                detail="The server had rolled the transaction back after a deadlock.",
                hint="Roll back to go on, then run its statements again.",
            )
        if self._target.read_only:
            self._keep_read_only(sql, word)
        reading = StreamReading(self._channel, statement, cell_bytes)
        if self._target.read_only and not self._read_only_is_sure:
            self._check_transaction()
        if begun and not self._channel.in_transaction() and _IMPLICIT_COMMIT.fullmatch(word):
            self._notices.append(f"{word} has committed the open transaction, as it always does here.")
        if word in ("ROLLBACK", "COMMIT"):
            self._channel.forget_transaction()
        return reading

    def insert_many(self, table: str, columns: Sequence[Column], block: RowBlock) -> bool:
        first, *others = inserting.statements(table, columns, block)
        shown = inserting.shown(table, columns)
        if others:
            self.execute(f"SAVEPOINT {_POINT}").close()
        try:
            for sql in (first, *others):
                statement = Statement(sql)
                statement.shown = shown
                self._run(statement, None).close()
        except ProblemError as error:
            if others and error.problem.code in ("sql.error", "sql.params"):
                self.execute(f"ROLLBACK TO SAVEPOINT {_POINT}").close()
            raise
        return True

    def _keep_read_only(self, sql: str, word: str) -> None:
        if uncovered(sql):
            raise problem(
                "sql.read_only",
                detail="In a read-only session this is refused: the server would not prevent its effects.",
                hint="Open the connection for writing to do this.",
            )
        sure = self._read_only_is_sure and word in _READS
        if not sure and not self._channel.in_transaction():
            self._query("SET SESSION TRANSACTION READ ONLY")
            self._read_only_is_sure = True
        self._read_only_is_sure = self._read_only_is_sure and bool(_HARMLESS.fullmatch(word))

    def _check_transaction(self) -> None:
        """Refuse an open transaction that may write; the server tells with each answer."""
        if self._channel.is_idle and self._channel.may_write():
            self._query("ROLLBACK")
            raise problem(
                "sql.read_only",
                detail="A transaction that may write was rolled back.",
                hint="Open the connection for writing to do this.",
            )

    def _query(self, sql: str, values: Sequence[Any] | dict[str, Any] | None = None) -> list[Row]:
        return self._channel.run(sql, values)

    def notices(self) -> list[str]:
        told, self._notices = self._notices, []
        if self._channel.is_idle and self._channel.warnings and self._channel.is_open():
            for level, number, text in self._query("SHOW WARNINGS"):
                told.append(f"{level}: {text} ({number})")
        return told

    def backend(self) -> str:
        return str(self._channel.connection.thread_id())

    # --- what is there ---------------------------------------------------------------------------

    def info(self) -> SessionInfo:
        name = "@@session.tx_read_only" if self._is_mariadb else "@@session.transaction_read_only"
        (row,) = self._query(_INFO.format(read_only=name))
        version, database, user, zone, system_zone, read_only, replica, mode, comment = row
        connection = self._channel.connection
        over_socket = bool(connection.unix_socket)
        return SessionInfo(
            version or "",
            read_only == "1",
            database=database or "",
            user=user or "",
            default_schema=database or "",
            tls=None if over_socket else isinstance(connection._sock, ssl.SSLSocket),
            zone=f"{system_zone} (the server's)" if zone == "SYSTEM" else zone or "",
            notes=self._notes(comment or "", replica, mode or ""),
        )

    def _notes(self, comment: str, replica: str | None, mode: str) -> list[str]:
        notes = []
        if not self._is_mariadb:
            notes.append(f"{comment}: run against MariaDB only, untested here.")
        if replica not in (None, "0"):
            notes.append("The server as a whole is read-only, except for its administrators.")
        if self._target.read_only:
            notes.append(
                "Read-only is enforced by the server (SET SESSION TRANSACTION READ ONLY). It does not "
                "cover stored routines that begin a transaction of their own, set what is global, or kill."
            )
        if "NO_BACKSLASH_ESCAPES" in mode:
            notes.append("Backslashes in texts are ordinary characters here (NO_BACKSLASH_ESCAPES).")
        return notes

    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        return catalog.read(self._query, schema, columns=columns, is_mariadb=self._is_mariadb)

    def table(self, schema: str, table: str) -> TableResponse:
        return structure.table(self._query, schema, table, self._product)

    def columns(self, schema: str, table: str) -> TableResponse:
        return structure.columns(self._query, schema, table, self._product)

    def source(self, routine: Routine, schema: str) -> str:
        return source.of(self._query, routine, schema)

    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        return structure.estimate(self._query, schema, table)

    # --- transactions and life -------------------------------------------------------------------

    def begin(self) -> None:
        self._query("START TRANSACTION")

    def begin_writing(self) -> None:
        self._query("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')")
        self.begin()

    def commit(self) -> None:
        if self._channel.lost_transaction:
            self._channel.forget_transaction()
            raise problem("transaction.lost", detail="The server had rolled it back after a deadlock.")
        if self._channel.in_transaction() or not self._channel.is_open():
            self._query("COMMIT")

    def rollback(self) -> None:
        self._channel.forget_transaction()
        if self._channel.in_transaction() or not self._channel.is_open():
            self._query("ROLLBACK")

    def in_transaction(self) -> str:
        if not self._channel.is_open() or self._channel.lost_transaction:
            return "lost"
        return "idle" if self._channel.in_transaction() else "auto"

    def cancel(self) -> bool:
        return self._channel.cancel()

    def alive(self) -> bool:
        try:
            return self._channel.answers(_PING_SECONDS)
        except ProblemError:
            return False

    def gone(self) -> bool:
        return self._channel.ended()

    def close(self) -> None:
        self._channel.close()
