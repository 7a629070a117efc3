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
    from .connection import Exchange
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
        self, client: Client, endpoint: Endpoint[Any, Any], call_id: str, exchange: Exchange
    ) -> None:
        QObject.__init__(self)
        Waiter.__init__(self)
        self.endpoint = endpoint
        self.call_id = call_id
        self.bytes_received = 0
        self._client = client
        self._exchange: Exchange | None = exchange
        # Held until it is over: nobody may be waiting, but its end must still be told.
        client.under_way.add(self)
        exchange.heard = self._heard
        exchange.ended = self._ended

    def cancel(self) -> None:
        """Abort; the database is told through `jobs.cancel`."""
        if self.settled:
            return
        exchange = self._release()
        super().cancel()
        if exchange is not None:
            exchange.abort()
            if isValid(self._client):
                self._client.finished.emit(self.endpoint.name, self.call_id)
                self._client.cancel_job(self.call_id)

    def _release(self) -> Exchange | None:
        exchange, self._exchange = self._exchange, None
        self._client.under_way.discard(self)
        return exchange

    def _heard(self) -> None:
        """More of the answer has come in."""

    def _ended(self) -> None:
        exchange = self._release()
        if exchange is None or not isValid(self._client):
            return
        self.bytes_received = len(exchange.answer.body)
        self._client.finished.emit(self.endpoint.name, self.call_id)
        self._answer(exchange)

    def _answer(self, exchange: Exchange) -> None:
        status, body = exchange.answer.status, exchange.answer.body
        if status is None or exchange.failure:
            self.reject(ProblemError(Problem("server.lost", "The server did not answer", exchange.failure)))
            return
        kind: type[Any] = self.endpoint.response if status == 200 else Problem
        try:
            message = _decoder(kind).decode(body)
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
        exchange: Exchange,
        hear: Callable[[Any], object],
    ) -> None:
        self._hear = hear
        self._last: Any = None
        self._problem: Problem | None = None
        self._messages = json_decoder(endpoint.response)
        super().__init__(client, endpoint, call_id, exchange)

    def stop(self) -> None:
        """Ask the server to stop the work and go on listening: the last messages tell how it ended."""
        self._client.cancel_job(self.call_id)

    def _heard(self) -> None:
        exchange = self._exchange
        # A refusal is no stream, but one problem.
        if exchange is None or exchange.answer.status != 200:
            return
        body = exchange.answer.body
        end = body.rfind(b"\n") + 1
        lines = bytes(body[:end]).split(b"\n")
        del body[:end]
        for line in lines:
            if line.startswith(b'{"problem":') and self._problem is None:
                self._problem = msgspec.convert(msgspec.json.decode(line)["problem"], Problem)
            elif line and not self.settled:
                self._last = self._messages.decode(line)
                self._hear(self._last)

    def _ended(self) -> None:
        self._heard()
        super()._ended()

    def _answer(self, exchange: Exchange) -> None:
        if exchange.answer.status != 200 or exchange.failure:
            super()._answer(exchange)
        elif self._problem is not None:
            self.reject(ProblemError(self._problem))
        elif self._last is None:
            self.reject(ProblemError(Problem("server.lost", "The server did not answer", "an empty answer")))
        else:
            self.resolve(self._last)


class Frames(Stream):
    """A stream of large messages: msgpack behind their lengths, not text in lines. `received` in bytes.

    Between two messages the window gets its turn: however much has come in, it answers meanwhile, and the
    server waits.
    """

    received = 0

    def __init__(self, *given: Any) -> None:
        self._next = QTimer(singleShot=True, interval=0)
        super().__init__(*given)
        self._over = False
        self._next.timeout.connect(self._go_on)

    def _heard(self) -> None:
        if not self._next.isActive():
            self._go_on()

    def _go_on(self) -> None:
        """Hear one message; the next one when the event loop comes round."""
        exchange = self._exchange
        if exchange is not None and self._hear_one(exchange):
            exchange.hold(on=True)
            self._next.start()
        elif self._over:
            self._over = False
            super(Stream, self)._ended()
        elif exchange is not None:
            exchange.hold(on=False)

    def _ended(self) -> None:
        self._over = True
        self._heard()

    def _hear_one(self, exchange: Exchange) -> bool:
        """Whether there was one."""
        body = exchange.answer.body
        if self.settled or len(body) < FRAME_HEAD or exchange.answer.status != 200:
            return False
        end = FRAME_HEAD + int.from_bytes(body[:FRAME_HEAD])
        if end == FRAME_HEAD or len(body) < end:
            return False
        with memoryview(body) as whole:
            self._last = _decoder(self.endpoint.response).decode(whole[FRAME_HEAD:end])
        del body[:end]
        self.received += end
        self._hear(self._last)
        return True

    def _answer(self, exchange: Exchange) -> None:
        body = exchange.answer.body
        if (
            exchange.answer.status == 200
            and body[:FRAME_HEAD] == bytes(FRAME_HEAD)
            and len(body) > FRAME_HEAD
        ):
            self._problem = _decoder(Problem).decode(body[FRAME_HEAD:])
        super()._answer(exchange)


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
        self._transport.send(server_wire.CANCEL, request, uuid4().hex, MSGPACK)

    def _to(self, address: Address) -> Transport:
        from .transport import Transport  # noqa: PLC0415  # lazy: the first frame stands without a network

        if self._made is None:
            self._made = Transport(self)
        self._made.use(address.port, address.token)
        return self._made
