"""The packaged program in the loop: a replay where there is no Python, the rest with the user's own.

The user's interpreter is the one these tests run on: it has the application's packages and nothing of ours
on its path but what the program itself puts there.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.http.recorder import Recorder, fixed, said
from tests.loop import running
from tests.loop.applications import make
from tests.loop.test_by_script import test_from_slow_to_proven as prove
from tests.packaging.conftest import Run


def har(path: Path, body: str) -> Path:
    """A recording of one request and its answer."""
    response = {"status": 200, "headers": [], "content": {"text": body, "mimeType": "application/json"}}
    entry = {"request": {"method": "GET", "url": "http://elsewhere/one", "headers": []}, "response": response}
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}), encoding="utf-8")
    return path


@pytest.fixture
def recorder():
    one = Recorder()
    one.answer = fixed(said(b'{"a": 1}'), keep=True)
    yield one
    one.close()


def test_it_replays_a_har_with_no_python_on_the_path(run: Run, recorder: Recorder, tmp_path: Path) -> None:
    junit = tmp_path / "out.xml"
    words = ("--to", recorder.url, "--count", "3", "--junit", str(junit))
    held = run("replay", str(har(tmp_path / "same.har", '{"a": 1}')), *words)
    assert held.returncode == 0, held.stdout + held.stderr
    assert len([one for one in recorder.requests if one.startswith(b"GET /one ")]) >= 3
    assert 'failures="0"' in junit.read_text(encoding="utf-8")
    other = run("replay", str(har(tmp_path / "other.har", '{"a": 2}')), *words)
    assert other.returncode == 1 and "changed /a" in other.stdout, other.stdout + other.stderr


def test_the_probe_comes_into_the_users_interpreter_and_nothing_else_does(run: Run, tmp_path: Path) -> None:
    told = (
        "import json, os, sys; print(json.dumps({'probe': 'backlight_probe' in sys.modules,"
        " 'prefix': sys.prefix, 'environment': dict(os.environ)}))"
    )
    given = {"LD_LIBRARY_PATH": "/of/the/user", "PYTHONPATH": "/mine", "VIRTUAL_ENV": "/of/mine"}
    done = run("run", "--workspace", str(tmp_path / "w"), "--", sys.executable, "-c", told, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads(done.stdout)
    assert seen["probe"] and seen["prefix"] == sys.prefix
    environment = seen["environment"]
    assert environment["LD_LIBRARY_PATH"] == "/of/the/user", "the program's own libraries stay its own"
    assert environment["VIRTUAL_ENV"] == "/of/mine"
    startup, mine = environment["PYTHONPATH"].split(os.pathsep)
    assert startup.endswith(os.path.join("probe", "startup")) and mine == "/mine"
    assert not [name for name in environment if name.startswith(("_PYI", "_MEI", "PYSIDE6"))]


@pytest.mark.engine("sqlite")
def test_the_whole_loop_where_the_users_interpreter_is(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path / "bin"
    nothing.mkdir()
    monkeypatch.setattr(running, "MAIN", [str(bundle / "backlight")])
    monkeypatch.setenv("PATH", str(nothing))
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = tmp_path / "application"
    folder.mkdir()
    prove(make(folder, f"sqlite:///{tmp_path / 'application.db'}", 1), tmp_path)
