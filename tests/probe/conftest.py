"""Applications under the probe as processes of their own, and a server that keeps what they send."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.runner.changes import ROOT

PROBE = ROOT / "embedded_server" / "probe"
# Another interpreter with Flask and SQLAlchemy of its own, to try the probe on: any of 3.8 and later.
PYTHON = os.environ.get("BACKLIGHT_PROBE_PYTHON", sys.executable)
TOKEN = "t" * 64
# Put before every script: an application object, a client for it, and a wait until all was sent.
PRELUDE = """
import json, logging, os, sys, threading, time
from flask import Flask, abort, request, render_template_string, Response
from werkzeug.test import Client
from sqlalchemy import create_engine, text
app = Flask("shop")
client = Client(app)

def flushed(seconds=10):
    from backlight_probe import sender
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        one = sender.SENDER
        if one._idle() and not sender.LOOSE.records:
            return
        time.sleep(0.01)
    raise SystemExit("not sent")
"""


class Recorder:
    """Answers as the intake does and keeps every batch."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []
        self.raw: list[bytes] = []
        self.statuses: list[int] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
                status = 200 if allowed else 401
                if allowed:
                    recorder.raw.append(body)
                    recorder.batches.append(json.loads(body))
                recorder.statuses.append(status)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def requests(self) -> list[dict[str, Any]]:
        """All requests received, in order, without work outside of any."""
        found = [one for batch in self.batches for one in batch["requests"]]
        return [one for one in found if one["method"] != "THREAD"]

    @property
    def loose(self) -> list[dict[str, Any]]:
        return [one for batch in self.batches for one in batch["requests"] if one["method"] == "THREAD"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Bench:
    """Runs scripts under the probe."""

    def __init__(self, folder: Path, recorder: Recorder) -> None:
        self.folder = folder
        self.recorder = recorder

    def environment(self, **more: str) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("BACKLIGHT_")}
        probe = {
            "PYTHONPATH": str(PROBE / "startup"),
            "BACKLIGHT_URL": self.recorder.url,
            "BACKLIGHT_TOKEN": TOKEN,
        }
        return kept | probe | {"BACKLIGHT_DESCRIBE": "0", "PYTHONDONTWRITEBYTECODE": "1"} | more

    def run(self, script: str, prelude: str = PRELUDE, **more: str) -> str:
        """Run a script to its end; returns what it printed."""
        path = self.folder / "application.py"
        path.write_text(prelude + script)
        done = subprocess.run(
            [PYTHON, str(path)],
            env=self.environment(**more),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        self.errors = done.stderr
        return done.stdout

    def captured(self, script: str, **more: str) -> dict[str, Any]:
        """The one request that a script made."""
        self.run(script + "\nflushed()\n", **more)
        (one,) = self.recorder.requests
        return one


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    one = Recorder()
    yield one
    one.close()


@pytest.fixture
def bench(tmp_path: Path, recorder: Recorder) -> Bench:
    return Bench(tmp_path, recorder)
