"""Taking in what probes send: 3,000 requests a second, stored, in a server that does not grow with them."""

from __future__ import annotations

import http.client
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from embedded_server.http_caller import HttpCaller
from tests.bench.case import Bar, Case, Setting, Side, Work

BATCH, BATCHES = 100, 30
# Memory, and the processor time of the server for a request: the latter holds on a busy machine too.
GROWN, USED = "grown MB", "server us"
FRAMES = [
    ["/app/views.py", 12, "book", "return session.get(Book, number)"],
    ["/app/main.py", 50, "page", "book(1)"],
]
SQL = "SELECT book.id, book.title, book.author_id FROM book WHERE book.id = ?"


def statement(number: int) -> dict[str, Any]:
    place = {"frames": [0, 1], "dialect": "sqlite", "database": "sqlite:////app/books.db", "transaction": 1}
    return {"sql": SQL, "params": [number], "rows": 1, "start_ms": number % 50, "duration_ms": 0.2} | place


def request(number: int, statements: int) -> dict[str, Any]:
    log = {
        "start_ms": 1,
        "level": "INFO",
        "logger": "app",
        "message": f"book {number}",
        "file": "a.py",
        "line": 1,
    }
    body = json.dumps({"book": number % 500})
    return {
        "id": uuid4().hex,
        "at": time.time(),
        "method": "GET",
        "target": f"/books/{number}",
        "route": "/books/<int:number>",
        "status": 200,
        "duration_ms": 5.0,
        "request": {"headers": [["Host", "127.0.0.1:5000"], ["Accept", "*/*"], ["User-Agent", "curl/8"]]},
        "response": {
            "headers": [["Content-Type", "application/json"]],
            "body": body,
            "body_bytes": len(body),
        },
        "statements": [statement(number + one) for one in range(statements)],
        "frames": FRAMES,
        "logs": [log],
    }


class Intake:
    """A server, and the connection of a probe to it."""

    def __init__(self, folder: Path) -> None:
        self.caller = HttpCaller(folder)
        self.process = psutil.Process(self.caller.process.pid)
        self.token = json.loads((folder / "ingest.json").read_text())["token"]
        self.connection = http.client.HTTPConnection("127.0.0.1", self.caller.port)

    def side(self, statements: int) -> Side:
        """Send so many requests in batches as a probe does; only the sending is timed."""

        def run() -> Work:
            batches = [
                json.dumps({"requests": [request(b * BATCH + n, statements) for n in range(BATCH)]}).encode()
                for b in range(BATCHES)
            ]
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            before, used_before = self.process.memory_info().rss, self._used()
            taken, started = 0, time.perf_counter()
            for body in batches:
                self.connection.request("POST", "/api/probe/ingest", body, headers)
                taken += json.loads(self.connection.getresponse().read())["accepted"]
            seconds = time.perf_counter() - started
            used = (self._used() - used_before) / taken * 1e6
            grown = (self.process.memory_info().rss - before) / 1e6
            return Work(taken, sum(map(len, batches)), seconds=seconds, figures={GROWN: grown, USED: used})

        return run

    def _used(self) -> float:
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def close(self) -> None:
        self.connection.close()
        self.caller.close()


def intake(_: Setting) -> Iterator[Case]:
    with tempfile.TemporaryDirectory(prefix="blt-intake-") as name:
        server = Intake(Path(name))
        try:
            sides = {"no statement": server.side(0), "one statement": server.side(1)}
            bars = [Bar(side, what="wall", limit=1000) for side in sides]
            bars += [Bar(side, what=GROWN, limit=40) for side in sides]
            bars += [Bar(side, what=USED, limit=1e6 / 3000) for side in sides]
            yield Case("3,000 requests of a probe taken in", sides, rows=BATCH * BATCHES, bars=bars)
        finally:
            server.close()


CASES = [intake]
