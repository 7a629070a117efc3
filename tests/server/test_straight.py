"""Large pieces of a stream over a real connection: whole for who reads late, given up for who goes away."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from embedded_server.web.straight import _taken
from tests.waiting import wait_until

from .conftest import Raw

pytestmark = pytest.mark.engine("sqlite")
ROWS = 60_000


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Some 30 MB, several times what the system buffers between two programs."""
    path = Path(tmp_path_factory.mktemp("straight")) / "a.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("create table t(id integer primary key, v text)")
        connection.executemany("insert into t values(?, ?)", ((i, f"{i} " * 80) for i in range(ROWS)))
    return f"sqlite:///{path}"


@pytest.fixture
def begun(raw: Raw, table: str) -> Iterator[socket.socket]:
    """A connection on which all rows were asked for, and nothing was read yet."""
    body = json.dumps({"connection": table, "table": "t"}).encode()
    head = [
        "POST /api/data/rows HTTP/1.1",
        f"Host: 127.0.0.1:{raw.port}",
        f"Authorization: Bearer {raw.token}",
        "Content-Type: application/json",
        "X-Call-Id: straight",
        f"Content-Length: {len(body)}",
    ]
    with socket.create_connection(("127.0.0.1", raw.port), timeout=30) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        yield connection


def running(raw: Raw) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = raw.send("GET", "/api/jobs/list").json["jobs"]
    return [job for job in found if job["name"] == "data.rows"]


def test_who_reads_late_gets_everything(raw: Raw, begun: socket.socket) -> None:
    first = begun.recv(100_000)
    # The server waits for us now, with this call only: others are answered.
    for _ in range(20):
        assert len(running(raw)) == 1
    with begun.makefile("rb") as rest:
        head, body = first.split(b"\r\n\r\n", 1)
        assert b" 200 " in head and b"chunked" in head.lower()
        text = body + rest.read1(1)
        while not text.endswith(b"\r\n0\r\n\r\n"):
            text += rest.read1(1 << 20)
    lines = b"".join(_chunks(text)).splitlines()
    found = [row for line in lines for row in json.loads(line)["rows"]]
    assert found == [[i, f"{i} " * 80] for i in range(ROWS)]
    wait_until(lambda: not running(raw), "the call to be over")


def _chunks(text: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(text):
        end = text.index(b"\r\n", at)
        size = int(text[at:end], 16)
        yield text[end + 2 : end + 2 + size]
        assert text[end + 2 + size : end + 4 + size] == b"\r\n"
        at = end + 4 + size


def test_who_goes_away_ends_the_work(raw: Raw, begun: socket.socket) -> None:
    begun.recv(10_000)
    assert running(raw)
    begun.close()
    wait_until(lambda: not running(raw), "the call to be given up")
    assert raw.send("GET", "/api/server/info").status == 200


def test_who_waits_can_still_cancel(raw: Raw, begun: socket.socket) -> None:
    begun.recv(10_000)
    assert raw.call("jobs.cancel", {"id": "straight"}).json["found"]
    text = b""
    while not text.endswith(b"0\r\n\r\n"):
        text += begun.recv(1 << 20)
    assert b"job.cancelled" in text[-2000:]


def test_what_the_system_took_is_not_sent_again() -> None:
    for sent in range(10):
        left = [memoryview(b"abc"), memoryview(b""), memoryview(b"defg"), memoryview(b"hi")]
        _taken(left, sent)
        assert b"".join(left) == b"abcdefghi"[sent:]
        assert not left or left[0] or sent == 3
