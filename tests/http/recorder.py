"""A server that keeps every byte it is sent and answers what it is told: a real socket, nothing decoded."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
# Given the whole request; writes the answer, returns whether the connection stays open.
Answer = Callable[[bytes, socket.socket], bool]


def answer_ok(_request: bytes, connection: socket.socket) -> bool:
    connection.sendall(OK)
    return True


def fixed(text: bytes, keep: bool = False) -> Answer:
    """Always the same bytes."""

    def answer(_request: bytes, connection: socket.socket) -> bool:
        connection.sendall(text)
        return keep

    return answer


def said(body: bytes, *, kind: str = "application/json", status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


class Recorder:
    """`requests` holds what came in, one item a request."""

    def __init__(self, answer: Answer = answer_ok) -> None:
        self.requests: list[bytes] = []
        self.answer = answer
        self.stopping = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        if self.stopping.is_set():
            return
        self.stopping.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        buffered = b""
        try:
            while True:
                request, buffered = _read(connection, buffered)
                if request is None:
                    break
                self.requests.append(request)
                if not self.answer(request, connection):
                    break
        except OSError:
            pass
        finally:
            connection.close()


def _read(connection: socket.socket, data: bytes) -> tuple[bytes | None, bytes]:
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None, b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    if re.search(rb"\r\nexpect: 100-continue", head, re.I):
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.I)
    if re.search(rb"\r\ntransfer-encoding: *chunked", head, re.I):
        while b"0\r\n\r\n" not in rest:
            rest += connection.recv(65536)
        size = rest.index(b"0\r\n\r\n") + 5
    else:
        size = int(length[1]) if length else 0
    while len(rest) < size:
        rest += connection.recv(65536)
    return head + b"\r\n\r\n" + rest[:size], rest[size:]


@contextmanager
def recording(answer: Answer = answer_ok) -> Iterator[Recorder]:
    """A recorder for the time of the block."""
    made = Recorder(answer)
    try:
        yield made
    finally:
        made.close()
