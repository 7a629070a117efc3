"""One connection to MySQL or MariaDB: statements go out, rows come in as fast as they are wanted.

PyMySQL connects, authenticates and sends; rows are taken from the connection's bytes (see `packets`).
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pymysql
from pymysql.constants import COMMAND, SERVER_STATUS
from pymysql.protocol import FieldDescriptorPacket

from embedded_server.engines.support.hearing import SILENT, hearing, telling
from embedded_server.engines.support.sockets import is_ready
from embedded_server.wire.problem import ProblemError, problem

from .errors import DEADLOCK, ROLLED_BACK, message_of, number_of, statement_problem
from .packets import Ended, Lost, RawRow, RowStream
from .statement import Statement

# What is read on without a second thought before a result is given up.
_SMALL_REST = 256 * 1024
# How long, and how often, a cancel is repeated while the statement goes on.
_PERSISTENCE, _REPEAT = 0.3, 0.03
_READ_ONLY_TRANSACTION = 0x2000

Row = tuple[str | None, ...]
Field = FieldDescriptorPacket


class Channel:
    """Used by one thread at a time, except `cancel`. `beside` opens a second connection of the same kind."""

    def __init__(self, connection: Any, beside: Callable[[], Any]) -> None:
        self.connection = connection
        self.fields: Sequence[Any] = ()
        self.affected: int | None = None
        self.warnings = 0
        self._beside = beside
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._cancelled = False
        self._given_up = False
        self._lost_transaction = False
        self._statement: Statement | None = None
        self._rows: RowStream | None = None
        self._hear = hearing()
        self._telling = SILENT

    # --- statements --------------------------------------------------------------------------------

    def send(self, statement: Statement) -> None:
        """Start a statement and read what its result looks like: `fields`, or `affected`."""
        with self._lock:  # waits for a cancel that is under way, so that it cannot hit this statement
            if not self.is_open():
                raise problem("connection.lost", detail="The connection is closed.")
            if not self._idle.is_set():
                raise problem("sql.error", detail="Another result of this session is still being read.")
            self._cancelled = False
            self._idle.clear()
        self._statement = statement
        self._telling = telling(self._hear, statement.shown, statement.given)
        try:
            self._begin(statement.command)
        except (pymysql.err.Error, OSError, RuntimeError) as error:
            raise self._failure(error) from error

    def _begin(self, command: bytes | None) -> None:
        """Send a command, or go on to the next result of the last one, and read the head of the answer."""
        connection = self.connection
        if command is not None:
            connection._execute_command(COMMAND.COM_QUERY, command)
        self.fields, self.affected, self.warnings = (), None, 0
        self._rows = None
        first = connection._read_packet()
        if first.is_ok_packet():
            answer = pymysql.connections.OKPacketWrapper(first)
            self.affected = answer.affected_rows
            end = Ended(warnings=answer.warning_count, status=answer.server_status)
            self._ended(end, connection._next_seq_id)
            return
        if first.is_load_local_packet():
            connection.write_packet(b"")
            raise RuntimeError("The server asked for a file of this machine.")
        count = first.read_length_encoded_integer()
        self.fields = [connection._read_packet(FieldDescriptorPacket) for _ in range(count)]
        connection._read_packet()
        self._rows = RowStream(connection._rfile, count)

    def rows(self, count: int) -> list[RawRow]:
        """The next rows of the result, fewer only at its end. Raises what the server answered instead."""
        stream = self._rows
        if stream is None:
            return []
        try:
            found = stream.rows(count)
        except (Lost, OSError, ValueError) as error:
            raise self._failure(error) from error
        self._telling.rows(len(found))
        if stream.ended is not None:
            self._rows = None
            self._ended(stream.ended, stream.next_number)
        return found

    def _ended(self, ended: Ended, next_number: int) -> None:
        """The end of one result; the statement's unless more are to follow, which nobody sees."""
        self.connection._next_seq_id = next_number
        if ended.error:
            raise self._told(ended.error, ended.message)
        self.connection.server_status = ended.status
        self.warnings = ended.warnings
        if ended.status & SERVER_STATUS.SERVER_MORE_RESULTS_EXISTS:
            fields, affected = self.fields, self.affected
            self._begin(None)
            if not fields and self.fields:
                return  # a procedure's first rows come behind a result without any
            self.finish()
            self.fields, self.affected = fields, affected
            return
        self._finished()

    def finish(self) -> None:
        """Read whatever is left, without looking at it."""
        self._discard(None)

    def _discard(self, most: int | None) -> None:
        stream = self._rows
        if stream is None:
            return
        try:
            stream.discard(most)
        except (Lost, OSError, ValueError) as error:
            raise self._failure(error) from error
        if stream.ended is not None:
            self._rows = None
            self._ended(stream.ended, stream.next_number)

    def drop(self) -> None:
        """Give up the running statement: read on if the end is near, else have it killed."""
        self._discard(_SMALL_REST)
        if self._idle.is_set():
            return
        self._signal()
        try:
            self.finish()
        except ProblemError as error:
            if error.problem.code not in ("job.cancelled", "sql.error"):
                raise

    def run(self, sql: str, values: Sequence[Any] | dict[str, Any] | None = None) -> list[Row]:
        """A small statement of our own, all of its rows as text."""
        self.send(Statement(sql, values))
        found: list[Row] = []
        while part := self.rows(1000):
            found += [tuple([c if c is None else c.decode("utf-8", "replace") for c in row]) for row in part]
        return found

    def _finished(self) -> None:
        with self._lock:
            self._idle.set()
        self._telling.end()

    # --- what went wrong -----------------------------------------------------------------------------

    def _failure(self, error: Exception) -> ProblemError:
        if self._given_up:
            self._broken()
            return problem(
                "connection.timeout",
                detail="The server does not react, not even to the request to cancel.",
                hint="The connection was given up; the statement may still run on the server.",
            )
        number = number_of(error)
        if isinstance(error, pymysql.err.Error) and self.is_open() and number not in (0, 2006, 2013):
            return self._told(number, message_of(error))
        if isinstance(error, RuntimeError):
            self._finished()
            return problem("data.unsupported", detail=str(error))
        self._broken()
        words = "" if isinstance(error, Lost) else message_of(error)
        detail = words or "The server closed the connection."
        return problem("connection.lost", detail=detail, hint=ROLLED_BACK)

    def _told(self, number: int, message: str) -> ProblemError:
        """An error of the server's own."""
        self._rows = None
        found = statement_problem(number, message, self._statement, cancelled=self._cancelled)
        self._telling.failed(message)
        if found.problem.code == "connection.lost":
            self._broken()
        elif number == DEADLOCK and self.in_transaction():
            self.connection.server_status &= ~SERVER_STATUS.SERVER_STATUS_IN_TRANS
            self._lost_transaction = True
        self._finished()
        return found

    def _broken(self) -> None:
        self._rows = None
        self.connection._force_close()
        self._telling.failed("The connection was lost.")
        self._finished()

    # --- state ---------------------------------------------------------------------------------------

    def is_open(self) -> bool:
        """Whether the connection stands, as far as is known here."""
        return bool(self.connection.open) and not self._given_up

    def in_transaction(self) -> bool:
        """Whether a transaction is open, as the server last told."""
        return bool(self.connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    def may_write(self) -> bool:
        """Whether an open transaction may write."""
        return self.in_transaction() and not self.connection.server_status & _READ_ONLY_TRANSACTION

    @property
    def lost_transaction(self) -> bool:
        """Whether the server rolled the transaction back by itself."""
        return self._lost_transaction

    def forget_transaction(self) -> None:
        """The user knows now that the transaction is gone."""
        self._lost_transaction = False

    @property
    def is_idle(self) -> bool:
        """Whether no statement is running or being read."""
        return self._idle.is_set()

    # --- from other threads --------------------------------------------------------------------------

    def cancel(self) -> bool:
        """Have the server kill the running statement; true if it took the request.

        Asks again until the statement has ended, for a request that arrives just before the server
        begins to work on the statement is forgotten by it.
        """
        sent = self._signal()
        waited = 0.0
        while sent and waited < _PERSISTENCE and not self._idle.wait(_REPEAT):
            waited += _REPEAT
            self._signal()
        return sent

    def _signal(self) -> bool:
        with self._lock:
            if self._idle.is_set() or not self.is_open():
                return False
            self._cancelled = True
            try:
                other = self._beside()
                with contextlib.closing(other), other.cursor() as cursor:
                    sql = f"KILL QUERY {self.connection.thread_id()}"
                    beside = telling(self._hear, sql)
                    cursor.execute(sql)
                    beside.end()
            except pymysql.err.Error as error:
                if number_of(error) != _NO_SUCH_THREAD:
                    self._give_up()
                return False
            return True

    def _give_up(self) -> None:
        """Make a thread that waits for the server stop waiting."""
        self._given_up = True
        with contextlib.suppress(OSError):
            # The plain socket's method: TLS must not try to say good-bye to a server that hangs.
            socket.socket.shutdown(self.connection._sock, socket.SHUT_RDWR)

    def answers(self, seconds: float) -> bool:
        """Whether the server answers to a ping in that time."""
        if not self.is_open() or not self._idle.is_set():
            return False
        connection = self.connection
        connection._read_timeout = seconds
        try:
            connection.ping(reconnect=False)
        except (pymysql.err.Error, OSError):
            connection._force_close()
            return False
        finally:
            connection._read_timeout = None
        return True

    def ended(self) -> bool:
        """Whether the server has closed the connection: at rest it sends nothing but its last words."""
        if self.is_open() and self._idle.is_set() and is_ready(self.connection._sock.fileno(), True, 0):
            self._broken()
        return not self.is_open()

    def close(self) -> None:
        """Close; a running statement is killed by the server when it notices."""
        self._signal()
        with contextlib.suppress(pymysql.err.Error, OSError):
            if self.connection.open:
                self.connection.close()


_NO_SUCH_THREAD = 1094
