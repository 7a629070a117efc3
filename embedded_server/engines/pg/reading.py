"""Reading the rows of a statement."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from psycopg import pq
from psycopg.pq.abc import PGresult

from embedded_server.engines.base import Reading
from embedded_server.engines.support.statement import is_plain_query
from embedded_server.wire.data import Column
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import Cell, RowBlock

from .channel import CHUNK_ROWS, Channel
from .placeholders import Statement
from .rows import Decoder

Rows = Sequence[Sequence[Cell]]
MakeDecoder = Callable[[PGresult], Decoder]

_ROWS = frozenset({pq.ExecStatus.TUPLES_OK, pq.ExecStatus.TUPLES_CHUNK, pq.ExecStatus.SINGLE_TUPLE})
_COPY = frozenset({pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH})
_COUNTED = frozenset({b"INSERT", b"UPDATE", b"DELETE", b"MERGE", b"COPY", b"MOVE"})


class StreamReading(Reading):
    """Takes rows from the connection as they are asked for; the server waits in between.

    Given up early, a plain query is cancelled. Any other statement is read to its end, for cancelling
    would undo what it wrote.
    """

    def __init__(self, channel: Channel, statement: Statement, decoder: MakeDecoder) -> None:
        self._channel = channel
        self._statement = statement
        self._make_decoder = decoder
        self._decoder: Decoder | None = None
        self._rows: Rows = ()
        self._at = 0
        self._open = True
        self.columns: list[Column] = []
        self.affected = None
        channel.send(statement, CHUNK_ROWS)
        self._next()

    @property
    def over(self) -> bool:
        """Whether the server has nothing more to send."""
        return not self._open

    def _next(self) -> bool:
        """Take the next result that has rows; false at the end."""
        while self._open:
            result = self._receive()
            if result is not None and result.status in _ROWS:
                if result.ntuples < CHUNK_ROWS:
                    self._finish()  # nothing but the end follows; then the connection is free at once
                self._take(result)
                if result.ntuples:
                    return True
        return False

    def _receive(self) -> PGresult | None:
        try:
            result = self._channel.receive()
        except ProblemError:
            self._open = False
            raise
        if result is None:
            self._open = False
            return None
        if result.status in _COPY:
            self._open = False
            raise self._channel.refuse_copy(result)
        if (result.command_status or b"").split(b" ", 1)[0] in _COUNTED:
            self.affected = result.command_tuples
        return result

    def _finish(self) -> None:
        while self._open:
            self._receive()

    def _take(self, result: PGresult) -> None:
        if self._decoder is None:
            self._decoder = self._make_decoder(result)
            self.columns = self._decoder.columns
        self._rows, self._at = self._decoder.rows(result), 0

    def block(self, rows: int) -> RowBlock:
        if self._decoder is None:
            return RowBlock([])
        columns = self._decoder.empty()
        missing = rows
        while missing and (self._at < len(self._rows) or self._next()):
            part = self._rows[self._at : self._at + missing]
            self._at += len(part)
            missing -= len(part)
            self._decoder.add(columns, part)
        return self._decoder.block(columns)

    def close(self) -> None:
        if self._open:
            self._rows = ()
            if is_plain_query(self._statement.sql):
                self._open = False
                self._channel.drop()
            else:
                self._finish()


class CursorReading(Reading):
    """Rows of a query inside a transaction, through a cursor of the server: it can be closed early
    without cancelling, which would spoil the transaction."""

    def __init__(self, channel: Channel, name: str, statement: Statement, decoder: MakeDecoder) -> None:
        self._channel = channel
        self._name = name
        self._make_decoder = decoder
        self._decoder: Decoder | None = None
        self._ended = False
        self.columns: list[Column] = []
        channel.send(statement)
        channel.finish()
        self._fetch(0)

    def _fetch(self, rows: int) -> list[list[Cell]]:
        self._channel.send(Statement(f"FETCH FORWARD {rows} FROM {self._name}"), CHUNK_ROWS)
        columns = self._decoder.empty() if self._decoder else []
        first: PGresult | None = None
        while (result := self._channel.receive()) is not None:
            if result.status not in _ROWS:
                continue
            first = first or result
            if self._decoder is not None:
                self._decoder.add(columns, self._decoder.rows(result))
        if self._decoder is None and first is not None:
            # Only now, with nothing coming in, the names of types can be asked for on this connection.
            self._decoder = self._make_decoder(first)
            self.columns = self._decoder.columns
        return columns

    def block(self, rows: int) -> RowBlock:
        if self._decoder is None:
            return RowBlock([])
        if self._ended or not rows:
            return self._decoder.block(self._decoder.empty())
        found = self._decoder.block(self._fetch(rows))
        self._ended = len(found) < rows
        return found

    def close(self) -> None:
        if not self._ended or self._name:
            self._ended = True
            name, self._name = self._name, ""
            if name and self._channel.transaction() == pq.TransactionStatus.INTRANS:
                self._channel.run(f"CLOSE {name}")


class HeldReading(Reading):
    """A result that was read whole because something had to follow its statement."""

    def __init__(self, reading: Reading) -> None:
        self.columns = reading.columns
        self._rows: list[Sequence[Cell]] = []
        while True:
            block = reading.block(CHUNK_ROWS)
            self._rows += block.rows()
            if len(block) < CHUNK_ROWS:
                break
        self.affected = reading.affected

    def block(self, rows: int) -> RowBlock:
        taken, self._rows = self._rows[:rows], self._rows[rows:]
        return RowBlock.from_rows(taken, len(self.columns))

    def close(self) -> None:
        self._rows = []
