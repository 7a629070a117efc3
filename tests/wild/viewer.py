"""Backlight beside a foreign application: its server on a workspace, and the states it can be in."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from embedded_server.http_caller import HttpCaller
from embedded_server.wire.problem import ProblemError
from tests.runner.changes import ROOT
from tests.waiting import wait_until

Found = dict[str, Any]


class Viewer:
    """A server process on ``workspace``; traces are read through its HTTP interface as the window does."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.server: HttpCaller | None = HttpCaller(workspace)

    @property
    def run(self) -> list[str | Path]:
        """The words before an application's command that capture it."""
        return [sys.executable, ROOT / "main.py", "run", "--workspace", self.workspace, "--"]

    def call(self, name: str, **request: Any) -> Any:
        assert self.server is not None
        try:
            return json.loads(next(self.server.call(name, json.dumps(request).encode(), "")))
        except ProblemError as error:
            error.add_note(error.problem.detail)
            raise

    def stream(self, name: str, **request: Any) -> list[Found]:
        """Every event of a call that answers line by line."""
        assert self.server is not None
        return [json.loads(line) for line in self.server.call(name, json.dumps(request).encode(), "")]

    def trace(self, key: str) -> Found:
        """A trace, as soon as the probe has sent it."""
        assert key, "the answer names no trace: it was not captured"
        found: list[Found] = []

        def arrived() -> bool:
            with contextlib.suppress(ProblemError):
                found.append(self.call("trace.get", id=key))
            return bool(found)

        wait_until(arrived, f"trace {key} to arrive", 15)
        return found[0]

    def traces(self, limit: int = 1000) -> list[Found]:
        """All traces, newest first."""
        return [self.call("trace.get", id=one["id"]) for one in self.listed(limit)]

    def listed(self, limit: int = 1000) -> list[Found]:
        listed: list[Found] = self.call("trace.list", limit=limit)["requests"]
        return listed

    def down(self) -> None:
        """End the server: its port refuses."""
        if self.server is not None:
            self.server.close()
            self.server = None

    def up(self) -> None:
        """Start the server again, on another port than before as likely as not."""
        self.server = HttpCaller(self.workspace)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """The server process is stopped by the system: the kernel accepts for it and nobody answers."""
        assert self.server is not None
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.server.process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def hung(self) -> Iterator[Deaf]:
        """In the server's place something that takes every connection and byte and never answers."""
        self.down()
        file = self.workspace / "ingest.json"
        address = json.loads(file.read_text())
        with Deaf() as deaf:
            place = {"url": f"http://127.0.0.1:{deaf.port}", "pid": os.getpid()}
            file.write_text(json.dumps(address | place))
            yield deaf


class Deaf:
    """A listener that accepts and reads but never answers; ``accepted`` counts its connections."""

    def __init__(self) -> None:
        self.accepted = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.accepted += 1
                self._open.append(connection)

    def __enter__(self) -> Deaf:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A listener closed while another thread waits in accept() is not closed until that returns.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        for one in [self._listener, *self._open]:
            one.close()
