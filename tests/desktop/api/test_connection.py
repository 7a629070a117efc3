"""The window's connections: kept, counted, and told when the other side breaks off."""

from __future__ import annotations

import socket
import sqlite3
import threading
from uuid import uuid4

import pytest
from PySide6.QtCore import QObject
from shiboken6 import delete

from desktop.api.connection import Connection, Exchange
from desktop.api.transport import MOST_CALLS, Transport
from embedded_server.wire.data import COUNT, CountRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.server import CANCEL, INFO, JOBS, CancelRequest
from tests.server.test_lanes import FOREVER

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """The other end of connections: reads a request, answers what it was given, and closes if told so."""

    def __init__(self, answers: list[bytes], *, closes: bool) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard: list[int] = []
        self.closed = threading.Event()
        self._answers, self._closes = answers, closes
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            for answer in self._answers:
                self._read(connection)
                connection.sendall(answer)
            if not self._closes:
                self.closed.wait(20)
        self.closed.set()

    def _read(self, connection: socket.socket) -> None:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += connection.recv(65536)
        head, _, body = raw.partition(b"\r\n\r\n")
        length = int(head.partition(b"Content-Length: ")[2].split(b"\r\n")[0] or 0)
        count = len(body)
        while count < length:
            count += len(connection.recv(65536))
        self.heard.append(count)

    def stop(self) -> None:
        self.closed.set()
        self._thread.join(20)
        self.listener.close()


@pytest.fixture
def peer(request):
    answers, closes = request.param
    made = Peer(answers, closes=closes)
    yield made
    made.stop()


@pytest.fixture
def connect(qtbot):
    """Connections of a port, and a wait for one exchange after the other on them."""
    owner = QObject()
    freed: list[Connection] = []

    def make(port):
        return Connection(port, freed.append, owner), freed

    yield make
    owner.deleteLater()


def _sent(qtbot, connection, message=REQUEST):
    exchange, ended = Exchange(message), []
    exchange.ended = lambda: ended.append(True)
    connection.send(exchange)
    assert not ended
    qtbot.waitUntil(lambda: bool(ended), timeout=20_000)
    return exchange


@pytest.mark.parametrize("peer", [([ANSWER, ANSWER], False)], indirect=True)
def test_one_connection_carries_one_exchange_after_the_other(qtbot, peer, connect):
    connection, freed = connect(peer.port)
    for count in (1, 2):
        assert bytes(_sent(qtbot, connection).answer.body) == b"ok"
        assert connection.idle and len(freed) == count
    connection.close()
    connection.close()
    assert not connection.idle and len(freed) == 3


@pytest.mark.parametrize("peer", [([ANSWER], False)], indirect=True)
def test_a_large_request_goes_out_piece_by_piece(qtbot, peer, connect):
    size = 20_000_000
    head = f"POST / HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode()
    connection, _ = connect(peer.port)
    assert bytes(_sent(qtbot, connection, head + b"x" * size).answer.body) == b"ok"
    assert peer.heard == [size]


@pytest.mark.parametrize("peer", [([ANSWER[:-1]], True), ([b""], True)], indirect=True)
def test_an_answer_that_breaks_off_fails(qtbot, peer, connect):
    connection, freed = connect(peer.port)
    exchange = _sent(qtbot, connection)
    assert "closed before the answer was whole" in exchange.failure
    assert not connection.open and freed == [connection]


@pytest.mark.parametrize("peer", [([ANSWER], True)], indirect=True)
def test_a_connection_that_the_server_closes_is_let_go(qtbot, peer, connect):
    connection, _ = connect(peer.port)
    assert not _sent(qtbot, connection).failure
    qtbot.waitUntil(lambda: not connection.open, timeout=20_000)


@pytest.mark.parametrize(
    "peer", [([ANSWER.replace(b"Content", b"Connection: close\r\nContent")], False)], indirect=True
)
def test_a_connection_that_the_server_means_to_close_is_not_used_again(qtbot, peer, connect):
    connection, _ = connect(peer.port)
    assert bytes(_sent(qtbot, connection).answer.body) == b"ok"
    assert not connection.open


@pytest.mark.parametrize("peer", [([b"HTTP/1.1 500 Oops\r\nConnection: close\r\n\r\n"], True)], indirect=True)
def test_an_answer_without_a_length_is_whole_when_the_server_closes(qtbot, peer, connect):
    connection, _ = connect(peer.port)
    exchange = _sent(qtbot, connection)
    assert (exchange.answer.status, exchange.failure, connection.open) == (500, "", False)


def test_nobody_listening_is_told_later_not_at_once(qtbot, connect):
    """Port 0 is refused before anything is sent."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = listener.getsockname()[1]
    for port in (closed, 0):
        connection, freed = connect(port)
        exchange = _sent(qtbot, connection)
        assert exchange.failure and freed[-1] is connection


@pytest.mark.parametrize("peer", [([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"], False)], indirect=True)
def test_after_giving_up_nobody_is_called(qtbot, peer, connect):
    connection, _ = connect(peer.port)
    exchange, heard = Exchange(REQUEST), []
    exchange.heard = lambda: heard.append(len(exchange.answer.body))
    exchange.ended = pytest.fail
    connection.send(exchange)
    qtbot.waitUntil(lambda: heard == [1], timeout=20_000)
    exchange.abort()
    exchange.abort()
    assert not connection.open


@pytest.mark.parametrize("peer", [([ANSWER], False)], indirect=True)
def test_a_window_that_is_thrown_away_lets_go_of_the_server(qtbot, peer):
    owner, freed = QObject(), []
    connection = Connection(peer.port, freed.append, owner)
    _sent(qtbot, connection)
    delete(owner)
    assert connection._socket.fileno() == -1 and len(freed) == 1


@pytest.fixture
def transport(qtbot, live_server):
    owner = QObject()
    made = Transport(owner)
    made.use(live_server.port, live_server.token)
    yield made
    owner.deleteLater()


def _ask(transport, endpoint=INFO, request=None, call_id=""):
    return transport.send(endpoint, request or Nothing(), call_id, "application/json")


def test_calls_share_connections_and_wait_for_one(qtbot, transport, tmp_path):
    """More calls than connections: those that wait are made as soon as others are given up."""
    with sqlite3.connect(tmp_path / "t.db") as database:
        database.execute("create table t as select 1 x")
    database.close()
    endless = [
        CountRequest(connection=str(tmp_path / "t.db"), table="t", exact=True, where=FOREVER)
        for _ in range(MOST_CALLS)
    ]
    names = [uuid4().hex for _ in endless]
    busy = [_ask(transport, COUNT, one, name) for one, name in zip(endless, names, strict=True)]
    waiting = _ask(transport, COUNT, CountRequest(connection="", table="t"))
    assert waiting.connection is None and all(one.connection for one in busy)
    control = _ask(transport, JOBS)
    qtbot.waitUntil(lambda: control.answer.over, timeout=20_000)
    assert waiting.connection is None
    for one, name in zip(busy, names, strict=True):
        one.abort()
        _ask(transport, CANCEL, CancelRequest(name))
    qtbot.waitUntil(lambda: waiting.answer.over, timeout=20_000)
    assert waiting.answer.status == 422


def test_another_server_is_asked_over_connections_of_its_own(qtbot, transport, live_server):
    first = _ask(transport)
    qtbot.waitUntil(lambda: first.answer.over, timeout=20_000)
    (kept,) = transport._control._connections
    again = _ask(transport)
    assert again.connection is kept
    qtbot.waitUntil(lambda: again.answer.over, timeout=20_000)
    transport.use(live_server.port + 1, live_server.token)
    assert not kept.open and not transport._control._connections
