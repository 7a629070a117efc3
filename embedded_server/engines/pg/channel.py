"""One connection at the level of libpq: statements go out, results come in as fast as they are wanted.

psycopg opens the connection and cancels; between that, results are taken from libpq directly, a chunk of
rows at a time, so that a huge result is never held in memory and nothing is converted that is not shown.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from embedded_server.engines.support.hearing import SILENT, hearing, telling
from embedded_server.engines.support.sockets import is_ready
from embedded_server.wire.problem import ProblemError, problem

from .errors import ROLLED_BACK, statement_problem
from .placeholders import Statement

# Rows that libpq collects before it hands them over: with more they fall out of the processor's cache.
CHUNK_ROWS = 200
# How long the server may take to accept a request to cancel; then the connection is given up.
CANCEL_PATIENCE = 1.0
_TICK = 0.1
# How long, and how often, a cancel is repeated while the statement goes on.
_PERSISTENCE, _REPEAT = 0.3, 0.03
_FAILURES = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE, pq.ExecStatus.NONFATAL_ERROR)

Row = tuple[str | None, ...]


class Channel:
    """Used by one thread at a time, except `cancel`."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self.pgconn = connection.pgconn
        self.notices: deque[str] = deque(maxlen=1000)
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()
        self._cancelled = False
        self._given_up = False
        self._statement: Statement | None = None
        self._hear = hearing()
        self._telling = SILENT
        connection.add_notice_handler(self._notice)

    def _notice(self, notice: psycopg.errors.Diagnostic) -> None:
        told = f"{notice.severity}: {notice.message_primary}"
        self.notices.append("\n".join(filter(None, (told, notice.message_detail, notice.message_hint))))

    # --- statements --------------------------------------------------------------------------------

    def send(self, statement: Statement, chunk: int = 0) -> None:
        """Start a statement. With `chunk` its rows come in results of so many, else all in one.

        The earlier statement's results must have been received to the end.
        """
        if not self._idle.is_set():
            raise problem("sql.error", detail="Another result of this session is still being read.")
        with self._lock:  # waits for a cancel that is under way, so that it cannot hit this statement
            if self._given_up or not self.is_open():
                raise problem("connection.lost", detail=self._last_words())
            self._cancelled = False
            self._idle.clear()
        self._statement = statement
        self._telling = telling(self._hear, statement.text, statement.given)
        try:
            self.pgconn.send_query_params(statement.command, statement.values, statement.types)
            if chunk:
                self.pgconn.set_chunked_rows_mode(chunk)
            self._flush()
        except psycopg.Error as error:
            raise self.lost(str(error)) from error

    def receive(self) -> PGresult | None:
        """The next result, None after the last one. Raises what the server answered with an error."""
        try:
            while self.pgconn.is_busy():
                self._wait(reading=True)
                self.pgconn.consume_input()
            result = self.pgconn.get_result()
        except psycopg.Error as error:
            raise self.lost(str(error)) from error
        if result is None:
            self._finished()
        elif result.status in _FAILURES:
            raise self._failure(result)
        elif result.nfields:
            self._telling.rows(result.ntuples)
        return result

    def finish(self) -> None:
        """Receive whatever is left, without looking at it."""
        while not self._idle.is_set():
            result = self.receive()
            if result is not None and result.status in _COPY:
                self._refuse_copy(result)

    def drop(self) -> None:
        """Give up the running statement: finish it if its end is here already, else cancel it."""
        if self._arrived():
            return
        self._signal()
        try:
            self.finish()
        except ProblemError as error:
            if error.problem.code not in ("job.cancelled", "sql.error"):
                raise

    def run(self, sql: str, values: Sequence[Any] | None = None) -> list[Row]:
        """A small statement of our own, all of its rows as text."""
        self.send(Statement(sql, values))
        return self.rows()

    def rows(self) -> list[Row]:
        """All rows of the statement that was sent, as text."""
        rows: list[Row] = []
        while (result := self.receive()) is not None:
            rows += texts(result)
        return rows

    def _arrived(self) -> bool:
        """Receive what has come in by now; whether that was everything."""
        while not self._idle.is_set():
            if self.pgconn.is_busy():
                if not self._readable(0):
                    return False
                self.pgconn.consume_input()
                if self.pgconn.is_busy():
                    return False
            try:
                self.receive()
            except ProblemError:
                return self._idle.is_set()
        return True

    def _finished(self) -> None:
        with self._lock:
            self._idle.set()
        self._telling.end()

    def _failure(self, result: PGresult) -> ProblemError:
        """Why the statement failed; what follows its error is received first."""
        found = statement_problem(result, self._statement, cancelled=self._cancelled)
        self._telling.failed(found.problem.detail or found.problem.title)
        try:
            while self.receive() is not None:
                continue
        except ProblemError as error:
            # The connection broke behind the error; if the server said why, that is what to tell.
            lost = error.problem.code == "connection.lost" != found.problem.code
            return error if lost else found
        return found

    def refuse_copy(self, result: PGresult) -> ProblemError:
        """End a COPY from or to the client, which has no rows to show."""
        try:
            self._refuse_copy(result)
            self.finish()
        except ProblemError as error:
            if error.problem.code == "connection.lost":
                return error
        return problem(
            "data.unsupported",
            "COPY from or to this program is not possible here.",
            hint="Copy between server and file, or use import and export.",
        )

    def _refuse_copy(self, result: PGresult) -> None:
        try:
            if result.status == pq.ExecStatus.COPY_IN:
                self.pgconn.put_copy_end(b"not possible here")
                self._flush()
                return
            self._signal()
            while (size := self.pgconn.get_copy_data(1)[0]) >= 0:
                if size == 0:
                    self._wait(reading=True)
                    self.pgconn.consume_input()
        except psycopg.Error as error:
            if not self.is_open():
                raise self.lost(str(error)) from error

    # --- COPY ----------------------------------------------------------------------------------------

    def wait_for_more(self) -> None:
        """Take in what comes next of a COPY to this program."""
        self._wait(reading=True)
        self.pgconn.consume_input()

    def told(self, rows: int) -> None:
        """So many rows came in by a COPY."""
        self._telling.rows(rows)

    def leave_copy(self, result: PGresult) -> None:
        """Give up a COPY to this program that is under way."""
        if not self.is_open():
            return
        self._refuse_copy(result)
        try:
            self.finish()
        except ProblemError:
            pass  # it was cancelled

    def copy_in(self, sql: str, data: bytes) -> None:
        """Run a COPY from this program with all of its data."""
        self.send(Statement(sql))
        result = self.receive()
        if result is None or result.status != pq.ExecStatus.COPY_IN:
            self.finish()
            return
        try:
            self.pgconn.put_copy_data(data)
            self.pgconn.put_copy_end()
            self._flush()
        except psycopg.Error as error:
            raise self.lost(str(error)) from error
        self.finish()

    # --- waiting -----------------------------------------------------------------------------------

    def _flush(self) -> None:
        while self.pgconn.flush():
            self._wait(reading=False)
            if self._readable(0):
                self.pgconn.consume_input()

    def _wait(self, *, reading: bool) -> None:
        """Wait for the socket, yet not for a server that does not even answer to cancel."""
        while not self._ready(reading, _TICK):
            if self._given_up:
                self.pgconn.finish()
                raise problem(
                    "connection.timeout",
                    detail="The server does not react, not even to the request to cancel.",
                    hint="The connection was given up; the statement may still run on the server.",
                )

    def _readable(self, seconds: float) -> bool:
        return self._ready(True, seconds)

    def _ready(self, reading: bool, seconds: float) -> bool:
        return is_ready(self.pgconn.socket, reading, seconds)

    def _last_words(self) -> str:
        return "" if self.is_open() else _tidy(self.pgconn.get_error_message())

    def lost(self, detail: str) -> ProblemError:
        """The connection broke: tell why, as the server said it if it did."""
        self._telling.failed(_tidy(detail))
        self._finished()
        said = detail
        try:
            result = self.pgconn.get_result()
            if result is not None and result.error_message:
                said = result.error_message.decode("utf-8", "replace")
        except psycopg.Error:
            pass
        return problem("connection.lost", detail=_tidy(said), hint=ROLLED_BACK)

    # --- from other threads --------------------------------------------------------------------------

    @property
    def was_cancelled(self) -> bool:
        """Whether the last statement was asked to stop."""
        return self._cancelled

    def cancel(self) -> bool:
        """Ask the server to stop the running statement; true if it took the request.

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
            if self._idle.is_set() or self._given_up:
                return False
            self._cancelled = True
            try:
                self.connection.cancel_safe(timeout=CANCEL_PATIENCE)
            except psycopg.Error:
                self._given_up = True
                return False
            return True

    def answers(self, seconds: float) -> bool:
        """Whether the server answers to an empty statement in that time."""
        if not self._idle.is_set() or self._given_up or not self.is_open():
            return False
        try:
            self.pgconn.send_query_params(b"", None)
            self._flush()
            while self.pgconn.is_busy():
                if not self._readable(seconds):
                    self._given_up = True
                    return False
                self.pgconn.consume_input()
            while self.pgconn.get_result() is not None:
                continue
        except (psycopg.Error, ProblemError):
            return False
        return self.is_open()

    def ended(self) -> bool:
        """Whether the server has closed the connection, as far as what came in by itself tells."""
        try:
            # The server's last words are read first, the end behind them.
            for _ in range(3):
                if not self._idle.is_set() or not self.is_open() or not self._readable(0):
                    break
                self.pgconn.consume_input()
                self.pgconn.is_busy()
        except psycopg.Error:
            pass
        return not self.is_open()

    def setting(self, name: bytes) -> bytes:
        """A setting that the server reports by itself, empty if it does not."""
        return self.pgconn.parameter_status(name) or b"" if self.is_open() else b""

    def is_open(self) -> bool:
        """Whether the connection stands, as far as is known here."""
        return self.pgconn.status == pq.ConnStatus.OK

    def transaction(self) -> pq.TransactionStatus:
        """The transaction's state as the server last told."""
        return pq.TransactionStatus(self.pgconn.transaction_status)

    def close(self) -> None:
        """Close; a running statement is cancelled by the server when it notices."""
        self._signal()
        try:
            self.connection.close()
        except psycopg.Error:
            pass


def _tidy(message: str) -> str:
    """libpq's words in one line, without what follows from the first of them."""
    return " ".join(message.removesuffix("invalid socket").split())


def texts(result: PGresult) -> list[Row]:
    """All rows of a result as text; in a database without encoding damaged characters are replaced."""
    transformer = Transformer()
    transformer.set_pgresult(result, set_loaders=False)
    transformer.set_loader_types([_TEXT] * result.nfields, pq.Format.TEXT)
    try:
        return list(transformer.load_rows(0, result.ntuples, tuple))
    except UnicodeDecodeError:
        places = range(result.nfields)
        raw = ([result.get_value(row, place) for place in places] for row in range(result.ntuples))
        return [tuple(None if c is None else c.decode("utf-8", "replace") for c in row) for row in raw]


_TEXT = 25
_COPY = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)
