"""Large objects: before version 16 a read-only transaction lets functions write them, a user's own ones and
views too. So a statement of the user's runs in a transaction of its own there, which is looked at before it
ends, and taken back if it wrote."""

from __future__ import annotations

from psycopg import pq

from embedded_server.engines.base import Reading
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import RowBlock

from .channel import Channel
from .placeholders import Statement
from .reading import MakeDecoder, StreamReading

# From the first on the server can be asked, from the second on it refuses by itself.
_ASKABLE, _REFUSES = 100000, 160000
_WROTE = "SELECT pg_catalog.txid_current_if_assigned() IS NOT NULL"
WATCHED = frozenset({"SELECT", "WITH", "VALUES", "TABLE", "EXPLAIN", "EXECUTE"})


def is_needed(channel: Channel) -> bool:
    """Whether the server lets them be written."""
    return _ASKABLE <= channel.pgconn.server_version < _REFUSES


def begin(channel: Channel) -> None:
    """Open a transaction that only reads. Raises job.cancelled for a signal that came too early to hit what
    is to run in it."""
    channel.run("BEGIN READ ONLY")
    if channel.was_cancelled:
        channel.run("ROLLBACK")
        raise problem("job.cancelled", detail="Cancelled before it began.")


def look(channel: Channel) -> None:
    """Roll an open transaction back and raise sql.read_only if it wrote."""
    if channel.transaction() != pq.TransactionStatus.INTRANS or not is_needed(channel):
        return
    try:
        wrote = channel.run(_WROTE)[0][0] == "t"
    except ProblemError:
        roll_back(channel)  # cancelled meanwhile
        raise
    if wrote:
        channel.run("ROLLBACK")
        raise problem(
            "sql.read_only",
            detail="It wrote what this server's read-only mode lets through (a large object); it was undone.",
            hint="Open the connection for writing to do this.",
        )


def end(channel: Channel) -> None:
    """End the open transaction: commit what only read, take back what failed. Raises sql.read_only."""
    look(channel)
    if channel.transaction() == pq.TransactionStatus.INTRANS:
        channel.run("COMMIT")
    roll_back(channel)


def roll_back(channel: Channel) -> None:
    """Leave a failed transaction."""
    if channel.is_open() and channel.transaction() == pq.TransactionStatus.INERROR:
        channel.run("ROLLBACK")


class WatchedReading(Reading):
    """Rows of a statement in a transaction of its own."""

    def __init__(self, channel: Channel, statement: Statement, decoder: MakeDecoder) -> None:
        self._channel = channel
        self._over = False
        begin(channel)
        try:
            self._reading = StreamReading(channel, statement, decoder)
        except ProblemError:
            roll_back(channel)
            raise
        self.columns = self._reading.columns
        self._settle()
        self.affected = self._reading.affected

    def block(self, rows: int) -> RowBlock:
        try:
            found = self._reading.block(rows)
        except ProblemError:
            self._over = True
            roll_back(self._channel)
            raise
        self._settle()
        return found

    def close(self) -> None:
        self._reading.close()
        self._settle()

    def _settle(self) -> None:
        if self._reading.over and not self._over:
            self._over = True
            end(self._channel)
