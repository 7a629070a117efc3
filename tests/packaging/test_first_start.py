"""The first start in a fresh checkout: two at once, interrupted, killed; then a second one that is quick."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cache import cache_folder
from tests.runner.changes import ROOT
from tests.runner.sources import project_files
from tests.waiting import wait_until

# The interpreter that is not in an environment: what a user calls python3.
PYTHON = Path(sys.base_prefix) / "bin" / "python3"
COMMAND = ["main.py", "call", "jobs.list", "{}"]
ANSWER = '{"jobs":[]}'
# Only the set-up, without the seconds that the first import of the whole server takes.
SET_UP = ["set_up.py"]
SET_UP_TEXT = """import sys
from desktop.bootstrap import ensure
ensure(sys.path[0], dev=False, gui=False, argv=sys.argv)
import msgspec
print("ready")
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The project's files and nothing else, in a folder with a blank in its name."""
    folder = tmp_path / "my checkout"
    for path in project_files():
        if path.parts[0] != "tests":
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / path)
    (folder / SET_UP[0]).write_text(SET_UP_TEXT)
    return folder


@pytest.fixture
def start(checkout: Path) -> Iterator[Start]:
    """Starts the program there in a process group of its own, as a terminal does."""
    cache = {"UV_CACHE_DIR": str(cache_folder() / "uv")}
    started: list[subprocess.Popen[str]] = []

    def once(command: list[str]) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            [PYTHON, *command],
            cwd=checkout,
            env=os.environ | cache,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
            preexec_fn=_hears_ctrl_c,
        )
        started.append(process)
        return process

    yield once
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _hears_ctrl_c() -> None:
    """As in a terminal; what a shell starts in the background ignores it, and its children do."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environments(checkout: Path) -> list[str]:
    return sorted(path.name for path in checkout.glob(".venv*/"))


def test_two_first_starts_at_once_make_one_environment(checkout: Path, start: Start) -> None:
    first, second = start(COMMAND), start(COMMAND)
    outcomes = [process.communicate(timeout=110) for process in (first, second)]
    assert [out.strip() for out, _ in outcomes] == [ANSWER, ANSWER], outcomes
    told = "".join(err for _, err in outcomes)
    assert told.count("making the environment") == 1 and told.count("waiting for it") == 1, told
    assert environments(checkout) == [".venv"]
    again = start(COMMAND)
    out, err = again.communicate(timeout=60)
    assert (out.strip(), err) == (ANSWER, ""), "a second start says nothing and makes nothing"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_an_interrupted_first_start_leaves_nothing_that_counts(
    checkout: Path, start: Start, how: signal.Signals
) -> None:
    process = start(SET_UP)
    half = lambda: list(checkout.glob(".venv-new-*/lib/python3*/site-packages/*"))  # noqa: E731
    wait_until(half, "a half-made environment", 60)
    os.killpg(process.pid, how)
    _, err = process.communicate(timeout=60)
    assert not (checkout / ".venv").exists()
    if how == signal.SIGINT:
        assert process.returncode == 130 and "interrupted" in err and "Traceback" not in err, err
        assert environments(checkout) == []
    out, err = start(SET_UP).communicate(timeout=110)
    assert out.strip() == "ready", err
    assert environments(checkout) == [".venv"], "the next start cleans up after a killed one"
