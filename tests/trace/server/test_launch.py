"""`main.py run -- COMMAND`: the command is itself, and what it serves is captured, also over restarts."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded_server.http_caller import HttpCaller
from tests.runner.changes import ROOT
from tests.servers.base import clean_environment, free_port
from tests.waiting import wait_until

pytestmark = pytest.mark.process
FLASK = [str(Path(sys.executable).with_name("flask")), "--app", "shop", "run", "--port", "{port}"]
SHOP = """
from flask import Flask
from sqlalchemy import create_engine, text
app = Flask(__name__)
engine = create_engine("sqlite:///shop.db")
@app.get("/")
def index():
    with engine.connect() as c:
        rows = [c.execute(text("select :n"), {"n": n}).scalar() for n in range(6)]
    app.logger.warning("said")
    return "old"
"""
TESTS = """
import shop
from sqlalchemy import text
def test_one():
    with shop.engine.connect() as c: c.execute(text("select 'outside'"))
    assert shop.app.test_client().get("/?one").status_code == 200
def test_two():
    client = shop.app.test_client()
    client.get("/?two"); client.get("/?three")
    assert False
"""


class Place:
    """A folder with an application, a workspace, and its server when it is up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = folder / "workspace"
        self.caller: HttpCaller | None = None
        (folder / "shop.py").write_text(SHOP)

    def up(self) -> None:
        self.caller = HttpCaller(self.workspace)

    def down(self) -> None:
        if self.caller is not None:
            self.caller.close()
            self.caller = None

    def command(self, *words: str) -> list[str]:
        own = [sys.executable, str(ROOT / "main.py"), "run", "--workspace", str(self.workspace)]
        return [*own, "--", *words]

    def run(self, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        environment = clean_environment() | more.pop("env", {})
        options: dict[str, Any] = {"cwd": self.folder, "capture_output": True, "text": True, "timeout": 90}
        return subprocess.run(self.command(*words), env=environment, **options, **more)

    @contextlib.contextmanager
    def serving(self, *words: str) -> Iterator[str]:
        """A server that answers; its address."""
        port = free_port()
        command = self.command(*[word.replace("{port}", str(port)) for word in words])
        with (self.folder / "output").open("wb") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, env=clean_environment(), stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: get(url) is not None, "the application", 60)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)

    def listed(self, filter_text: str = "") -> list[dict[str, Any]]:
        assert self.caller is not None
        body = json.dumps({"filter": filter_text}).encode()
        requests: list[dict[str, Any]] = json.loads(next(self.caller.call("trace.list", body, "l")))[
            "requests"
        ]
        return requests

    def arrived(self, filter_text: str, count: int = 1) -> list[dict[str, Any]]:
        """The requests of a filter, once there are so many."""
        wait_until(lambda: len(self.listed(filter_text)) >= count, f"{count} of {filter_text}", 30)
        return self.listed(filter_text)


def get(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            text: str = answer.read().decode()
            return text
    except OSError:
        return None


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    one = Place(tmp_path)
    yield one
    one.down()


def test_the_command_keeps_its_words_input_environment_and_exit_code(place: Place) -> None:
    code = "import sys, os; print(sys.argv[1:], sys.stdin.read(), os.environ['PYTHONPATH']); sys.exit(7)"
    done = place.run(sys.executable, "-c", code, "--a", "b c", input="typed", env={"PYTHONPATH": "/mine"})
    assert done.returncode == 7 and done.stdout.startswith("['--a', 'b c'] typed ")
    assert done.stdout.rstrip().endswith(f"{os.pathsep}/mine")
    assert not place.workspace.exists(), "nothing else is started or made"


def test_a_command_that_is_not_there(place: Place) -> None:
    done = place.run("no-such-command")
    assert done.returncode == 127 and "no-such-command: there is no such command" in done.stderr
    assert place.run().returncode == 2


def test_signals_reach_the_command(place: Place) -> None:
    code = (
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *a: sys.exit(42))\n"
        "print('ready', flush=True)\nsignal.pause()"
    )
    process = subprocess.Popen(
        place.command(sys.executable, "-c", code), stdout=subprocess.PIPE, env=clean_environment()
    )
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    process.terminate()
    assert process.wait(10) == 42
    process.stdout.close()


def test_a_breakpoint_can_be_typed_at(place: Place) -> None:
    (place.folder / "stop.py").write_text("import shop\nvalue = 41\nbreakpoint()\nprint('went on')\n")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        place.command(sys.executable, "stop.py"), cwd=place.folder, env=clean_environment(),
        stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    while b"(Pdb)" not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, b"print(value + 1)\ncontinue\n")
    with contextlib.suppress(OSError):
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    assert process.wait(10) == 0 and b"42" in seen and b"went on" in seen


def test_a_flask_application_is_captured_with_no_change(place: Place) -> None:
    place.up()
    with place.serving(*FLASK) as url:
        get(f"{url}/?mine")
        (one,) = place.arrived("?mine")
    assert (one["route"], one["statements"], one["logs"], one["marks"]) == ("/", 6, 1, ["N+1"])
    assert one["app"] == "shop"


def test_the_reloader_works_and_the_reloaded_code_is_captured(place: Place) -> None:
    place.up()
    with place.serving(*FLASK, "--debug") as url:
        assert get(f"{url}/?before") == "old"
        (place.folder / "shop.py").write_text(SHOP.replace('"old"', '"new"'))
        wait_until(lambda: get(url) == "new", "the reloaded application", 60)
        get(f"{url}/?after")
        assert place.arrived("?before") and place.arrived("?after")


def test_what_was_captured_before_and_between_servers_comes_in(place: Place) -> None:
    with place.serving(*FLASK) as url:
        get(f"{url}/?early")
        wait_until(lambda: list((place.workspace / "spool").glob("*.jsonl")), "the spool", 20)
        place.up()
        assert place.arrived("?early")
        get(f"{url}/?first")
        assert place.arrived("?first")
        place.down()
        get(f"{url}/?between")
        place.up()
        get(f"{url}/?second")
        assert place.arrived("?second") and place.arrived("?between")


def test_pytest_records_each_test_and_its_requests(place: Place) -> None:
    (place.folder / "test_shop.py").write_text(TESTS)
    place.up()
    done = place.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(place.arrived("sql:6", 3)) == 3
    failed, passed = place.arrived("method:TEST", 2)
    assert (passed["target"], passed["statements"]) == ("test_shop.py::test_one", 1)
    assert (failed["target"], failed["status"]) == ("test_shop.py::test_two", 500)
    assert place.caller is not None
    one = place.listed("?one")[0]["id"]
    trace = json.loads(next(place.caller.call("trace.get", json.dumps({"id": one}).encode(), "g")))
    assert trace["test"] == "test_shop.py::test_one"
