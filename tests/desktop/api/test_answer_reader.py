"""Answers of a real server, cut anywhere, and what is no answer."""

from __future__ import annotations

import gc
import socket
import threading
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitress.server import create_server

from desktop.api.answer_reader import AnswerReader, UnreadableError

EXTRA = {"/chunks": "", "/nothing": "", "/kept": "", "/length": "Connection: close\r\n"}
PIECES = [b"one", b"x" * 70_000, b"\r\n0\r\n\r\n", b"", b"last"]


def _app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/chunks":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (piece for piece in PIECES)
    if path == "/nothing":
        start_response("204 No Content", [("Content-Length", "0")])
        return [b""]
    start_response("422 Unprocessable", [("Content-Length", "5")])
    return [b"wrong"]


class Raw(dict):
    """The raw bytes of what a real server answers, by path."""

    def __repr__(self) -> str:
        return "Raw()"


@pytest.fixture(scope="module")
def answers():
    server = create_server(_app, host="127.0.0.1", port=0, threads=1)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    found = Raw()
    for path in EXTRA:
        with socket.create_connection(("127.0.0.1", server.effective_port)) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n{EXTRA[path]}\r\n".encode())
            raw = bytearray()
            while not _whole(raw):
                raw += connection.recv(65536)
            found[path] = bytes(raw)
    yield found
    server.close()
    thread.join(20)
    server.task_dispatcher.shutdown()


def _whole(raw: bytes) -> bool:
    reader = AnswerReader()
    reader.feed(bytes(raw))
    return reader.over


def _read(raw: bytes, cuts: list[int]) -> AnswerReader:
    reader = AnswerReader()
    ends = sorted({min(cut, len(raw)) for cut in cuts} | {len(raw)})
    for start, end in zip([0, *ends], ends, strict=False):
        reader.feed(raw[start:end])
    return reader


@given(cuts=st.lists(st.integers(0, 71_000), max_size=12))
def test_an_answer_in_chunks_is_the_same_wherever_it_is_cut(answers, cuts):
    reader = _read(answers["/chunks"], cuts)
    assert (reader.status, reader.over) == (200, True)
    assert bytes(reader.body) == b"".join(PIECES)


def test_a_connection_lasts_unless_the_server_says_otherwise(answers):
    assert _read(answers["/kept"], []).lasts
    assert not _read(answers["/length"], []).lasts


@given(cuts=st.lists(st.integers(0, 300), max_size=12))
def test_so_is_one_of_a_known_length(answers, cuts):
    reader = _read(answers["/length"], cuts)
    assert (reader.status, reader.over, reader.lasts, bytes(reader.body)) == (422, True, False, b"wrong")


def test_byte_by_byte(answers):
    for path, body in (("/nothing", b""), ("/length", b"wrong")):
        raw = answers[path]
        assert bytes(_read(raw, list(range(len(raw)))).body) == body


def test_a_body_without_a_length_lasts_until_the_end():
    reader = AnswerReader()
    reader.feed(b"HTTP/1.0 200 OK\r\n\r\nso mu")
    reader.feed(b"ch")
    assert not reader.over
    reader.end()
    assert reader.over and not reader.lasts and reader.body == b"so much"


@pytest.mark.parametrize("path", ["/chunks", "/length"])
def test_an_answer_that_breaks_off_is_told(answers, path):
    raw = answers[path]
    for end in {0, 10, len(raw) // 2, len(raw) - 1}:
        reader = AnswerReader()
        reader.feed(raw[:end])
        with pytest.raises(UnreadableError, match="before the answer was whole"):
            reader.end()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"SSH-2.0-OpenSSH\r\n\r\n", "not an answer"),
        (b"HTTP/1.1 OK\r\n\r\n", "not an answer"),
        (b"x" * 70_000, "without an end"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "not a size"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n", "not a size"),
        (CHUNKED + b"zz\r\n", "not a size"),
        (CHUNKED + b"1" * 80, "without a size"),
        (CHUNKED + b"1\r\nab\r\n", "without an end"),
        (CHUNKED + b"0\r\nTrailer: x\r\n\r\n", "without an end"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab", "something behind"),
        (CHUNKED + b"0\r\n\r\nHTTP/1.1", "something behind"),
    ],
)
def test_what_is_no_answer_is_refused(raw, told):
    with pytest.raises(UnreadableError, match=told):
        AnswerReader().feed(raw)


@given(raw=st.binary(max_size=200))
def test_nothing_else_is_ever_raised(raw):
    for start in (b"", b"HTTP/1.1 200 OK\r\n", CHUNKED):
        try:
            AnswerReader().feed(start + raw)
        except UnreadableError:
            pass


def test_an_answer_that_was_heard_is_gone_at_once() -> None:
    """Not when garbage is looked for: bodies are large, and that happens rarely."""
    answer = AnswerReader()
    gone = weakref.ref(answer)
    answer.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab")
    gc.disable()
    try:
        del answer
        assert gone() is None
    finally:
        gc.enable()
