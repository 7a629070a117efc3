"""The sending of calls over kept connections. Loaded with the server's address, not at the start.

Calls and control have connections of their own, so that a cancel never queues behind hung calls.
"""

from __future__ import annotations

from collections import deque
from typing import Any
from urllib.parse import urlencode

import msgspec
from PySide6.QtCore import QObject

from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.values import encode_json

from .connection import Connection, Exchange

_CONTROL = {"jobs.cancel", "jobs.list", "events.poll", "server.info", "server.stop"}
# Calls under way at once; further ones wait. The server itself runs three times as many.
MOST_CALLS = 12


class Pool(QObject):
    """Connections to one port at a time; what is under way to an earlier one comes in, or fails."""

    def __init__(self, most: int, parent: QObject) -> None:
        super().__init__(parent)
        self._most = most
        self._port = 0
        self._connections: list[Connection] = []
        self._waiting: deque[Exchange] = deque()

    def use(self, port: int) -> None:
        """Connect there from now on."""
        self._port = port
        self._tidy()

    def send(self, exchange: Exchange) -> None:
        """Send on a connection that rests, else on a new one, else when one is free."""
        self._tidy()
        for connection in self._connections:
            if connection.idle:
                connection.send(exchange)
                return
        if len(self._connections) >= self._most:
            self._waiting.append(exchange)
            return
        connection = Connection(self._port, self._freed, self)
        self._connections.append(connection)
        connection.send(exchange)

    def _tidy(self) -> None:
        """Close what rests and cannot be used again."""
        for connection in list(self._connections):
            if connection.idle and (connection.stale or connection.port != self._port):
                connection.close()

    def _freed(self, connection: Connection) -> None:
        if not connection.open and connection in self._connections:
            self._connections.remove(connection)
        while self._waiting:
            exchange = self._waiting.popleft()
            if not exchange.given_up:
                self.send(exchange)
                return


class Transport(QObject):
    """Sends to the server that is in use."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._calls, self._control = Pool(MOST_CALLS, self), Pool(MOST_CALLS, self)
        self._head = b""

    def use(self, port: int, token: str) -> None:
        """Send to this server from now on."""
        self._head = f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n".encode()
        for pool in (self._calls, self._control):
            pool.use(port)

    def send(
        self, endpoint: Endpoint[Any, Any], request: msgspec.Struct, call_id: str, accept: str
    ) -> Exchange:
        """Send a call; `accept` is the media type of the answer."""
        path, body = endpoint.path, b""
        head = f"Accept: {accept}\r\nX-Call-Id: {call_id}\r\n"
        if endpoint.method == "GET":
            fields = msgspec.to_builtins(request)
            query = urlencode({name: value for name, value in fields.items() if value is not None})
            path = f"{path}?{query}" if query else path
        else:
            body = encode_json(request)
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        message = f"{endpoint.method} {path}".encode() + self._head + f"{head}\r\n".encode() + body
        exchange = Exchange(message)
        (self._control if endpoint.name in _CONTROL else self._calls).send(exchange)
        return exchange
