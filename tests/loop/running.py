"""An application under the probe and a server that is told what to do by script lines, as processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.loop.applications import Application
from tests.runner.changes import ROOT
from tests.waiting import wait_until

MAIN = [sys.executable, str(ROOT / "main.py")]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def get(url: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of a request by somebody who knows nothing of the tool."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def answers(port: int) -> bool:
    """Whether something listens."""
    with socket.socket() as one:
        one.settimeout(0.2)
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(made: Application, workspace: Path) -> Iterator[str]:
    """The application under `main.py run`; its base URL. Ended with all its children."""
    port = free_port()
    flask = [sys.executable, "-m", "flask", "--app", made.package, "run", "--port", str(port)]
    command = [*MAIN, "run", "--workspace", str(workspace), "--", *flask]
    environment = os.environ | {"APP_DATABASE": made.url}
    log = (made.folder / "served.log").open("wb")
    process = subprocess.Popen(
        command, cwd=made.folder, env=environment, stdout=log, stderr=log, start_new_session=True
    )
    try:
        wait_until(lambda: answers(port) or process.poll() is not None, "the application to answer")
        assert process.poll() is None, (made.folder / "served.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


class Script:
    """`main.py call --script - --server`: one line in, its answers out."""

    def __init__(self, workspace: Path) -> None:
        command = [*MAIN, "call", "--script", "-", "--server", "--workspace", str(workspace)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        self._number = 0

    def call(self, name: str, **request: Any) -> Any:
        """The answer's message; a problem is an error that shows it."""
        line = self._line(name, request)
        assert line["ok"], f"{name}: {line['problem']}"
        return line["response"]

    def refused(self, name: str, **request: Any) -> dict[str, Any]:
        """The problem that a call ends with."""
        line = self._line(name, request)
        assert not line["ok"], f"{name} was not refused: {line}"
        return line["problem"]

    def stream(self, name: str, last: tuple[str, ...], **request: Any) -> list[Any]:
        """Every message of a stream up to one whose `kind` is among `last`."""
        self._send(name, request)
        found: list[Any] = []
        while not found or found[-1].get("kind") not in last:
            line = self._receive()
            assert line["ok"], f"{name}: {line['problem']} after {found[-3:]}"
            found.append(line["response"])
        return found

    def _line(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        self._send(name, request)
        return self._receive()

    def _send(self, name: str, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._number += 1
        self._process.stdin.write(
            json.dumps({"id": str(self._number), "name": name, "request": request}) + "\n"
        )
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        assert text, "the script ended"
        line = json.loads(text)
        assert line["id"] == str(self._number)
        return line

    def close(self) -> None:
        """The end of the script ends its server."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.read()
        self._process.wait(30)
        self._process.stdout.close()


@contextmanager
def script(workspace: Path) -> Iterator[Script]:
    """A script for one test."""
    one = Script(workspace)
    try:
        one.call("server.info")
        yield one
    finally:
        one.close()
