"""A COPY to this program: rows as lines of text that the server makes."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
from psycopg import pq

from .channel import Channel
from .placeholders import Statement

# So many lines are taken before their size is looked at.
_STEP = 256


class CopyOut:
    """Lines as they are wanted; the server waits in between. Read to the end or close it.

    The first `head` lines are no rows. `longest` is the length in bytes of the longest line that the last
    call of `lines` gave.
    """

    def __init__(self, channel: Channel, statement: Statement, head: int = 0) -> None:
        self._channel = channel
        self._head = head
        self.longest = 0
        channel.send(statement)
        result = channel.receive()
        self.over = result is None or result.status != pq.ExecStatus.COPY_OUT
        if self.over:
            channel.finish()
        self._result = result

    def lines(self, most: int) -> list[memoryview]:
        """The next at most `most` lines, each with its end; fewer than asked means there are no more.
        Raises what the server answers instead, connection.lost."""
        found: list[memoryview] = []
        add, take = found.append, self._channel.pgconn.get_copy_data
        longest = 0
        try:
            while not self.over and len(found) < most:
                # Once for every row: the loop is kept as short as it can be.
                for _ in range(most - len(found)):
                    length, data = take(1)
                    if length <= 0:
                        break
                    add(data)
                    if length > longest:
                        longest = length
                if length == 0:
                    self._channel.wait_for_more()
                elif length < 0:
                    self.over = True
        except psycopg.Error as error:
            self.over = True
            raise self._channel.lost(str(error)) from error
        self.longest = longest
        if found:
            self._channel.told(len(found) - self._head)
            self._head = 0
        if self.over:
            self._channel.finish()
        return found

    def close(self) -> None:
        """Give up the rest. Idempotent."""
        if not self.over:
            self.over = True
            if self._result is not None:
                self._channel.leave_copy(self._result)


def pieces(channel: Channel, sql: str, size: int, head: int = 0) -> Iterator[tuple[bytes, int]]:
    """Run a COPY to this program: pieces of about `size` bytes with their number of lines, of which the first
    `head` are no rows."""
    copy = CopyOut(channel, Statement(sql), head)
    try:
        held: list[memoryview] = []
        weight = 0
        while lines := copy.lines(_STEP):
            held += lines
            weight += sum(map(len, lines))
            if weight >= size:
                yield b"".join(held), len(held)
                held, weight = [], 0
        if held:
            yield b"".join(held), len(held)
    finally:
        copy.close()
