"""One connection to the server, on the loopback, kept alive: one exchange after the other in the event loop.

Python's own socket and a notifier of the event loop: Qt's network classes answer by way of a thread of their
own, which costs a page a fifth of its time (docs/decisions/0013-own-transport.md).
"""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from shiboken6 import isValid

from .answer_reader import AnswerReader, UnreadableError

# What is read at once: about one message of a stream, so that the window has its turn in between.
_AT_ONCE = 128 * 1024
# A connection that rested longer is not used again: the server closes it after an hour.
_REST_SECONDS = 600.0
_UNDER_WAY = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)})


class Exchange:
    """A request and its answer. `heard` is called when more has come in, `ended` once when nothing more will;
    `failure` then says why the answer is not whole."""

    def __init__(self, message: bytes) -> None:
        self.message = message
        self.answer = AnswerReader()
        self.failure = ""
        self.heard: Callable[[], None] = _nothing
        self.ended: Callable[[], None] = _nothing
        self.given_up = False
        self.connection: Connection | None = None

    def abort(self) -> None:
        """Give up: its connection is closed, and nobody is called any more."""
        self.given_up = True
        connection, self.connection = self.connection, None
        if connection is not None and isValid(connection):
            connection.close()

    def hold(self, *, on: bool) -> None:
        """Take no more from the connection until told otherwise: the server waits meanwhile."""
        if self.connection is not None and isValid(self.connection):
            self.connection.hold(on=on)


def _nothing() -> None:
    """Nobody listens."""


class Connection(QObject):
    """`freed` is called whenever it may carry another exchange or was closed."""

    def __init__(self, port: int, freed: Callable[[Connection], None], parent: QObject) -> None:
        super().__init__(parent)
        self.port = port
        self.open = True
        self._freed = freed
        self._exchange: Exchange | None = None
        self._unsent = memoryview(b"")
        self._rested_at = time.monotonic()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.destroyed.connect(_closing(self._socket))
        code = self._socket.connect_ex(("127.0.0.1", port))
        self._connecting, self._failure = True, ""
        self._reader = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Type.Read, self)
        self._writer = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Type.Write, self)
        self._reader.activated.connect(self._readable)
        self._writer.activated.connect(self._writable)
        self._reader.setEnabled(False)
        # Nobody is called back before whoever sends has its exchange in hands.
        self._refusal = QTimer(self, singleShot=True, interval=0)
        self._refusal.timeout.connect(self._refused)
        if code not in _UNDER_WAY:
            self._writer.setEnabled(False)
            self._failure = _told(code)
            self._refusal.start()

    @property
    def idle(self) -> bool:
        """Whether it can carry another exchange."""
        return self.open and self._exchange is None

    @property
    def stale(self) -> bool:
        """Whether the server may be about to close it."""
        return time.monotonic() - self._rested_at > _REST_SECONDS

    def send(self, exchange: Exchange) -> None:
        """Carry an exchange; it must be idle."""
        self._exchange, exchange.connection = exchange, self
        self._unsent = memoryview(exchange.message)
        if not self._connecting:
            self._flush()

    def hold(self, *, on: bool) -> None:
        """Whether nothing is read for the moment."""
        if self.open and not self._connecting:
            self._reader.setEnabled(not on)

    def close(self) -> None:
        """Let go of the server."""
        if not self.open:
            return
        self.open = False
        for notifier in (self._reader, self._writer):
            notifier.setEnabled(False)
        self._refusal.stop()
        self._socket.close()
        self._exchange = None
        self._freed(self)
        self.deleteLater()

    def _writable(self) -> None:
        if self._connecting:
            code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._fail(_told(code))
                return
            self._connecting = False
            self._reader.setEnabled(True)
        self._flush()

    def _flush(self) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            # What the server said before it closed is still to be read.
            self._unsent = memoryview(b"")
            if self._exchange is not None:
                self._exchange.failure = _told(error.errno or 0)
        self._writer.setEnabled(bool(self._unsent))

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_AT_ONCE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(_told(error.errno or 0))
            return
        exchange = self._exchange
        if exchange is None:
            # The server closes a resting connection, or says what nobody asked for.
            self.close()
            return
        try:
            if data:
                exchange.answer.feed(data)
            else:
                exchange.answer.end()
        except UnreadableError as error:
            self._fail(exchange.failure or str(error))
            return
        if not exchange.answer.over:
            exchange.heard()
        else:
            self._finish(exchange)

    def _finish(self, exchange: Exchange) -> None:
        self._exchange = exchange.connection = None
        exchange.failure = ""
        self._rested_at = time.monotonic()
        if exchange.answer.lasts and not self._unsent:
            self._reader.setEnabled(True)
            self._freed(self)
        else:
            self.close()
        exchange.ended()

    def _refused(self) -> None:
        self._fail(self._failure)

    def _fail(self, failure: str) -> None:
        exchange = self._exchange
        self.close()
        if exchange is not None:
            exchange.connection, exchange.failure = None, failure
            exchange.ended()


def _closing(held: socket.socket) -> Callable[[], None]:
    """For the end of the connection's owner: a window that is thrown away lets go of the server at once."""

    def close() -> None:
        held.close()

    return close


def _told(code: int) -> str:
    return os.strerror(code) if code else "the connection broke"
