"""The sending of calls through QNetworkAccessManager. Loaded with the server's address, not at the start.

Two managers keep their own connections: one for calls, one for control and events, so that a cancel
never queues behind six hung calls.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
from PySide6.QtCore import QByteArray, QObject, QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.values import encode_json

_CONTROL = {"jobs.cancel", "jobs.list", "events.poll", "server.info", "server.stop"}


class Transport(QObject):
    """Connections to the server that is in use. Answers of an earlier one still come in, or fail."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._calls, self._control = self._manager(), self._manager()
        self._port, self._token = 0, ""

    def use(self, port: int, token: str) -> None:
        """Send to this server from now on."""
        self._port, self._token = port, token
        for manager in (self._calls, self._control):
            manager.clearConnectionCache()

    def send(
        self, endpoint: Endpoint[Any, Any], request: msgspec.Struct, call_id: str, accept: str
    ) -> QNetworkReply:
        """Send a call; `accept` is the media type of the answer."""
        manager = self._control if endpoint.name in _CONTROL else self._calls
        url = QUrl(f"http://127.0.0.1:{self._port}{endpoint.path}")
        if endpoint.method == "GET":
            fields = msgspec.to_builtins(request)
            url.setQuery(urlencode({name: value for name, value in fields.items() if value is not None}))
        message = QNetworkRequest(url)
        message.setRawHeader(b"Authorization", f"Bearer {self._token}".encode())
        message.setRawHeader(b"Accept", accept.encode())
        message.setRawHeader(b"X-Call-Id", call_id.encode())
        if endpoint.method == "GET":
            return manager.get(message)
        message.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        return manager.post(message, QByteArray(encode_json(request)))

    def _manager(self) -> QNetworkAccessManager:
        manager = QNetworkAccessManager(self)
        manager.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        return manager


def status_of(reply: QNetworkReply) -> int | None:
    """The status of an answer; None without one."""
    status: int | None = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
    return status
