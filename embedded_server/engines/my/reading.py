"""Reading the rows of a statement."""

from __future__ import annotations

from embedded_server.engines.base import Reading
from embedded_server.engines.support.statement import is_plain_query
from embedded_server.wire.data import Column
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import RowBlock

from .channel import Channel
from .results import Decoder
from .statement import Statement


class StreamReading(Reading):
    """Takes rows from the connection as they are asked for; the server waits in between.

    Given up early, a plain query is killed. Any other statement is read to its end, for killing would
    undo what it wrote.
    """

    def __init__(self, channel: Channel, statement: Statement, limit: int | None) -> None:
        self._channel = channel
        self._statement = statement
        self._open = False
        self.columns: list[Column] = []
        self._decoder: Decoder | None = None
        channel.send(statement)
        if channel.fields:
            self._open = True
            self._decoder = Decoder(channel.fields, limit)
            self.columns = self._decoder.columns
        self.affected = None if self._decoder else channel.affected

    def block(self, rows: int) -> RowBlock:
        if self._decoder is None:
            return RowBlock([])
        try:
            found = self._channel.rows(rows) if self._open else []
        except ProblemError:
            self._open = False
            raise
        self._open = self._open and len(found) == rows and not self._channel.is_idle
        return self._decoder.block(found)

    def close(self) -> None:
        if self._open:
            self._open = False
            if is_plain_query(self._statement.sql):
                self._channel.drop()
            else:
                self._channel.finish()
