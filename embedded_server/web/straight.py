"""Large pieces of a stream go straight from the thread that made them to the socket.

waitress puts what is to be sent into a buffer, takes it out again piece by piece, and keeps up to 16 MiB of
it in a file while the client is slow. Of a stream of a million rows that is a sixth of the server's work; and
whoever makes rows that nobody takes yet had better wait.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence

from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.task import WSGITask

# Smaller ones are buffered: several of them are sent together.
_LARGE = 16 * 1024
# How often a thread that waits for its client looks whether the connection still stands, in seconds.
_TICK = 1.0


class StraightTask(WSGITask):  # type: ignore[misc]  # waitress has no types
    """Answers a request; see above."""

    def write(self, data: bytes) -> None:
        """Send a piece of the body."""
        large = len(data) >= _LARGE and self.chunked_response and self.wrote_header
        if not large or not self.channel.send_straight((b"%x\r\n" % len(data), data, b"\r\n")):
            super().write(data)


class StraightChannel(HTTPChannel):  # type: ignore[misc]  # see above
    """A connection whose tasks send by themselves what is large."""

    task_class = StraightTask

    def send_straight(self, parts: Sequence[bytes]) -> bool:
        """Send all parts now, waiting for the client; false while something still lies in the buffer.

        While a request is answered and the buffer is empty waitress's own loop leaves the socket alone.
        Raises ClientDisconnected.
        """
        if self.total_outbufs_len or not self.connected:
            return False
        left = [memoryview(part) for part in parts]
        try:
            self.socket.settimeout(_TICK)
            while left:
                try:
                    _taken(left, _send(self.socket, left))
                except TimeoutError:
                    if not self.connected:
                        raise ClientDisconnected from None
            self.socket.settimeout(0)
        except OSError as error:
            self.will_close = True
            self.server.pull_trigger()
            raise ClientDisconnected from error
        return True


def _send(to: socket.socket, left: Sequence[memoryview]) -> int:
    """How many bytes of them the system took."""
    if hasattr(to, "sendmsg"):
        return to.sendmsg(left)
    return to.send(left[0])


def _taken(left: list[memoryview], sent: int) -> None:
    while left and sent >= len(left[0]):
        sent -= len(left.pop(0))
    if sent:
        left[0] = left[0][sent:]
