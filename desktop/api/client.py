"""Typed calls to the server; no threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from desktop.kit.flow import Cancelled, Waiter
from embedded_server.wire import server as server_wire
from embedded_server.wire.endpoint import FRAME_HEAD, FRAMES, Endpoint
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.values import json_decoder, msgpack_decoder

if TYPE_CHECKING:
    from PySide6.QtNetwork import QNetworkReply

    from .transport import Transport

Request = TypeVar("Request", bound=msgspec.Struct)
Response = TypeVar("Response")

MSGPACK = "application/msgpack"
_decoders: dict[type[Any], msgspec.msgpack.Decoder[Any]] = {}


def _decoder(kind: type[Any]) -> msgspec.msgpack.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgpack_decoder(kind)
    return _decoders[kind]


class Address(msgspec.Struct, frozen=True):
    """Where the server listens and the token of this launch."""

    port: int
    token: str
    epoch: str = ""


class Reply(QObject, Waiter[Any]):
    """A call under way. Cancelling aborts the transfer and stops the work in the database."""

    def __init__(
        self, client: Client, endpoint: Endpoint[Any, Any], call_id: str, reply: QNetworkReply
    ) -> None:
        QObject.__init__(self)
        Waiter.__init__(self)
        self.endpoint = endpoint
        self.call_id = call_id
        self.bytes_received = 0
        self._client = client
        self._reply: QNetworkReply | None = reply
        self._body = bytearray()
        # Held until it is over: nobody may be waiting, but its end must still be told.
        client.under_way.add(self)
        reply.readyRead.connect(self._drain)
        reply.finished.connect(self._finished)

    def cancel(self) -> None:
        """Abort; the database is told through `jobs.cancel`."""
        if self.settled:
            return
        reply = self._release()
        super().cancel()
        if reply is not None:
            reply.abort()
            reply.deleteLater()
            self._client.finished.emit(self.endpoint.name, self.call_id)
            self._client.cancel_job(self.call_id)

    def _release(self) -> QNetworkReply | None:
        reply, self._reply = self._reply, None
        self._client.under_way.discard(self)
        if reply is None or not isValid(reply) or not isValid(self):
            # The window is gone, and with it whatever was on its way.
            return None
        reply.readyRead.disconnect(self._drain)
        reply.finished.disconnect(self._finished)
        return reply

    def _drain(self) -> None:
        # Whatever is left unread in the buffer is never signalled again.
        while self._reply is not None and self._reply.bytesAvailable():
            self._body += self._reply.readAll().data()

    def _finished(self) -> None:
        self._drain()
        reply = self._release()
        if reply is None:
            return
        status = _status(reply)
        failure = reply.errorString()
        reply.deleteLater()
        self.bytes_received = len(self._body)
        self._client.finished.emit(self.endpoint.name, self.call_id)
        self._answer(status, failure)

    def _answer(self, status: int | None, failure: str) -> None:
        if status is None:
            self.reject(ProblemError(Problem("server.lost", "The server did not answer", failure)))
            return
        kind: type[Any] = self.endpoint.response if status == 200 else Problem
        try:
            message = _decoder(kind).decode(self._body)
        except msgspec.MsgspecError as error:
            detail = f"{self.endpoint.name}: {error}"
            self.reject(
                ProblemError(Problem("server.internal", "The server's answer cannot be read", detail))
            )
            return
        if status == 200:
            self.resolve(message)
        elif message.code in ("job.cancelled", "job.superseded"):
            self.reject(Cancelled(message.code))
        else:
            self.reject(ProblemError(message))


class Stream(Reply):
    """A call that answers message by message: `hear` gets each, the waiter resolves with the last one."""

    def __init__(
        self,
        client: Client,
        endpoint: Endpoint[Any, Any],
        call_id: str,
        reply: QNetworkReply,
        hear: Callable[[Any], object],
    ) -> None:
        self._hear = hear
        self._last: Any = None
        self._problem: Problem | None = None
        self._messages = json_decoder(endpoint.response)
        super().__init__(client, endpoint, call_id, reply)

    def stop(self) -> None:
        """Ask the server to stop the work and go on listening: the last messages tell how it ended."""
        self._client.cancel_job(self.call_id)

    def _drain(self) -> None:
        reply = self._reply
        super()._drain()
        # A refusal is no stream, but one problem.
        if reply is None or _status(reply) != 200:
            return
        *lines, rest = self._body.split(b"\n")
        self._body = bytearray(rest)
        for line in lines:
            if line.startswith(b'{"problem":') and self._problem is None:
                self._problem = msgspec.convert(msgspec.json.decode(line)["problem"], Problem)
            elif line and not self.settled:
                self._last = self._messages.decode(line)
                self._hear(self._last)

    def _answer(self, status: int | None, failure: str) -> None:
        if status != 200:
            super()._answer(status, failure)
        elif self._problem is not None:
            self.reject(ProblemError(self._problem))
        elif self._last is None:
            self.reject(ProblemError(Problem("server.lost", "The server did not answer", failure)))
        else:
            self.resolve(self._last)


class Frames(Stream):
    """A stream of large messages: msgpack behind their lengths, not text in lines. `received` in bytes.

    Between two messages the window gets its turn: however much has come in, it answers meanwhile.
    """

    received = 0

    def __init__(self, *given: Any) -> None:
        self._next = QTimer(singleShot=True, interval=0)
        super().__init__(*given)
        self._over = False
        self._next.timeout.connect(self._go_on)

    def _drain(self) -> None:
        super(Stream, self)._drain()
        if not self._next.isActive():
            self._go_on()

    def _go_on(self) -> None:
        """Hear one message; the next one when the event loop comes round."""
        if self._hear_one():
            self._next.start()
        elif self._over:
            self._over = False
            super()._finished()

    def _finished(self) -> None:
        self._over = True
        self._drain()

    def _hear_one(self) -> bool:
        """Whether there was one."""
        body, reply = self._body, self._reply
        if reply is None or self.settled or len(body) < FRAME_HEAD:
            return False
        if _status(reply) != 200:
            return False
        size = int.from_bytes(body[:FRAME_HEAD])
        end = FRAME_HEAD + size
        if not size or len(body) < end:
            return False
        with memoryview(body) as whole:
            self._last = _decoder(self.endpoint.response).decode(whole[FRAME_HEAD:end])
        del body[:end]
        self.received += end
        self._hear(self._last)
        return True

    def _answer(self, status: int | None, failure: str) -> None:
        if status == 200 and self._body[:FRAME_HEAD] == bytes(FRAME_HEAD) and len(self._body) > FRAME_HEAD:
            self._problem = _decoder(Problem).decode(self._body[FRAME_HEAD:])
        super()._answer(status, failure)


class Waiting(Waiter[Any]):
    """A call made while the server is starting: sent as soon as it answers."""

    def __init__(self, endpoint: Endpoint[Any, Any], request: msgspec.Struct) -> None:
        super().__init__()
        self.endpoint, self.request = endpoint, request
        self._sent: Waiter[Any] | None = None

    def send(self, client: Client) -> None:
        """The server is there: make the call unless it was given up."""
        if not self.settled:
            self._sent = client.call(self.endpoint, self.request)
            self._sent.then(self._answered)

    def cancel(self) -> None:
        """Give up, wherever the call is by now."""
        super().cancel()
        if self._sent is not None:
            self._sent.cancel()

    def _answered(self) -> None:
        if self._sent is None or self.settled:
            return
        try:
            self.resolve(self._sent.result())
        except (ProblemError, Cancelled) as error:
            self.reject(error)


class Client(QObject):
    """The window's connection to the server; `online` tells whether it is answering."""

    started = Signal(str, str)
    finished = Signal(str, str)
    online_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made: Transport | None = None
        # Set while there is a server to send to.
        self._transport: Transport | None = None
        self._down: Problem | None = None
        self._waiting: list[Waiting] = []
        self.under_way: set[Reply] = set()

    @property
    def online(self) -> bool:
        """Whether the server's address is known."""
        return self._transport is not None

    def connect_to(self, address: Address | None) -> None:
        """Use this server from now on (None: one is being started; calls wait for it)."""
        self._down = None
        self._transport = self._to(address) if address is not None else None
        self.online_changed.emit(address is not None)
        if address is not None:
            waiting, self._waiting = self._waiting, []
            for call in waiting:
                call.send(self)

    def give_up(self, problem: Problem) -> None:
        """There will be no server: refuse what waits and every later call with this problem."""
        self.connect_to(None)
        self._down = problem
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call.reject(ProblemError(problem))

    def call(self, endpoint: Endpoint[Request, Response], request: Request) -> Waiter[Response]:
        """Call an endpoint; await the result. Raises ProblemError, or Cancelled when given up."""
        if self._transport is None:
            waiting = Waiting(endpoint, request)
            if self._down is not None:
                waiting.reject(ProblemError(self._down))
            else:
                self._waiting.append(waiting)
            return waiting
        call_id = uuid4().hex
        self.started.emit(endpoint.name, call_id)
        return Reply(self, endpoint, call_id, self._transport.send(endpoint, request, call_id, MSGPACK))

    def stream(
        self, endpoint: Endpoint[Request, Response], request: Request, hear: Callable[[Response], object]
    ) -> Stream:
        """Call a streaming endpoint. Raises server.lost at once while there is no server."""
        if self._transport is None:
            raise ProblemError(self._down or Problem("server.lost", "The server is not there yet"))
        call_id = uuid4().hex
        self.started.emit(endpoint.name, call_id)
        sent = self._transport.send(endpoint, request, call_id, MSGPACK)
        return Stream(self, endpoint, call_id, sent, hear)

    def frames(
        self, endpoint: Endpoint[Request, Response], request: Request, hear: Callable[[Response], object]
    ) -> Frames:
        """As `stream`, for an endpoint whose messages are large."""
        if self._transport is None:
            raise ProblemError(self._down or Problem("server.lost", "The server is not there yet"))
        call_id = uuid4().hex
        self.started.emit(endpoint.name, call_id)
        sent = self._transport.send(endpoint, request, call_id, FRAMES)
        return Frames(self, endpoint, call_id, sent, hear)

    def cancel_job(self, job_id: str) -> None:
        """Tell the server to stop a call; the answer is not awaited."""
        if self._transport is None:
            return
        request = server_wire.CancelRequest(job_id)
        reply = self._transport.send(server_wire.CANCEL, request, uuid4().hex, MSGPACK)
        reply.finished.connect(reply.deleteLater)

    def _to(self, address: Address) -> Transport:
        from .transport import Transport  # noqa: PLC0415  # lazy: the first frame stands without a network

        if self._made is None:
            self._made = Transport(self)
        self._made.use(address.port, address.token)
        return self._made


def _status(reply: QNetworkReply) -> int | None:
    from .transport import status_of  # noqa: PLC0415  # lazy: there is one once there was a reply

    return status_of(reply)
