"""kill -9 of the window or its server at random moments while somebody types and browses.

Nothing older than a second is lost, the window goes on with a new server, and no process is left behind.
The number of moments is 4; BACKLIGHT_KILLS=50 for a whole evening of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.runner.changes import ROOT
from tests.waiting import wait_until

KILLS = int(os.environ.get("BACKLIGHT_KILLS", "4"))
WINDOW = [sys.executable, "-m", "tests.desktop.shell.busy_window"]
ENVIRONMENT = os.environ | {"QT_QPA_PLATFORM": "offscreen", "BACKLIGHT_NO_KEYRING": "1"}
PATIENCE = 100.0

pytestmark = [pytest.mark.process, pytest.mark.timing, pytest.mark.skipif(os.name != "posix", reason="kills")]


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("kills") / "shop.db"
    with sqlite3.connect(path) as connection:
        for table in ("customers", "orders", "lines"):
            connection.execute(f"create table {table}(id integer primary key, v text)")
            rows = ((number, f"value {number * 7919 % 1000}") for number in range(1_000))
            connection.executemany(f"insert into {table} values (?, ?)", rows)
    connection.close()
    return str(path)


class Window:
    """The process, and everything it said with the time it was said."""

    def __init__(self, folder: Path, database: str, seed: int, command: list[str] | None = None) -> None:
        command = command or [*WINDOW, "work", str(folder), database, str(seed)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        self.said: list[tuple[float, list[str]]] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append((time.monotonic(), line.split(maxsplit=1)))
        self.process.stdout.close()

    def words(self, kind: str) -> list[str]:
        """What was said of a kind, in order."""
        return [words[1].strip() for _, words in list(self.said) if words[0] == kind]

    def since(self, kind: str, moment: float) -> list[str]:
        return [words[1].strip() for at, words in list(self.said) if words[0] == kind and at > moment]

    def before(self, kind: str, moment: float) -> list[str]:
        return [words[1].strip() for at, words in list(self.said) if words[0] == kind and at < moment]

    def wait(self, kind: str, after: float, what: str) -> None:
        def there() -> bool:
            assert self.process.poll() is None, f"the window ended by itself: {self.said[-3:]}"
            return bool(self.since(kind, after))

        wait_until(there, what, PATIENCE)

    def family(self) -> list[psutil.Process]:
        """The window's children and theirs."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def ended(self) -> None:
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)


@contextlib.contextmanager
def busy(folder: Path, database: str, seed: int) -> Iterator[Window]:
    """A window at work: it has a server, text and rows."""
    window = Window(folder, database, seed)
    try:
        for kind in ("server", "typed", "rows"):
            window.wait(kind, 0.0, f"the first {kind}")
        yield window
    finally:
        if window.process.poll() is None:
            window.process.kill()
        window.ended()


def gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def numbers(count: int) -> list[str]:
    return [str(number) for number in range(1, count + 1)]


def pause(seconds: float) -> None:
    """A random moment has no cause to wait for."""
    threading.Event().wait(seconds)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(0, KILLS, 2))
def test_the_window_is_killed(tmp_path, database, seed):
    with busy(tmp_path, database, seed) as window:
        pause(random.Random(seed).uniform(1.2, 4.0))  # some of it must be older than the last second
        family = window.family()
        moment = time.monotonic()
        window.process.kill()
        window.ended()
    assert family, "the server is a child of the window"
    wait_until(lambda: gone(family), f"the end of {family}", PATIENCE)
    done = subprocess.run(
        [*WINDOW, "tell", tmp_path], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    kept = json.loads(done.stdout.splitlines()[-1])
    assert kept["text"] == numbers(len(kept["text"]))
    surely = window.before("typed", moment - 1.0)
    assert len(kept["text"]) >= len(surely) > 0
    assert set(window.before("table", moment - 1.0)) <= set(kept["tabs"])


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(1, KILLS, 2))
def test_the_server_is_killed(tmp_path, database, seed):
    with busy(tmp_path, database, seed) as window:
        pause(random.Random(seed).uniform(0.0, 3.0))
        family = window.family()
        moment = time.monotonic()
        os.kill(int(window.words("server")[-1]), 9)
        window.wait("server", moment, "another server")
        window.wait("rows", time.monotonic(), "rows from the new server")
        window.wait("typed", time.monotonic(), "typing that goes on")
        family += window.family()
        (tmp_path / "stop").touch()
        window.ended()
    assert window.process.returncode == 0
    text = json.loads(window.words("text")[-1])
    assert text == numbers(len(window.words("typed"))), "what was typed stands as it was typed"
    wait_until(lambda: gone(family), f"the end of {family}", PATIENCE)
