"""kill -9 of the window or its server at random moments while rows are edited and transactions run.

Nothing older than a second is lost, no batch is half in the database, no transaction is pretended, and no
process is left behind. The number of moments is 2; BACKLIGHT_KILLS=50 for a whole evening of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from desktop.console.document import replay
from desktop.data.staged import Staged
from desktop.kit.journal import Journal
from tests.waiting import wait_until

from .test_kills import PATIENCE, Window, gone, numbers, pause

KILLS = int(os.environ.get("BACKLIGHT_KILLS", "2"))
COMMAND = [sys.executable, "-m", "tests.desktop.shell.working_window"]
ROWS = 20

pytestmark = [pytest.mark.process, pytest.mark.timing, pytest.mark.skipif(os.name != "posix", reason="kills")]


class Databases:
    """A sheet whose rows are edited in pairs, a ledger whose entries come in pairs."""

    def __init__(self, folder: Path) -> None:
        self.sheet, self.ledger = str(folder / "sheet.db"), str(folder / "ledger.db")
        with contextlib.closing(sqlite3.connect(self.sheet)) as connection:
            connection.execute("create table sheet(id integer primary key, v integer)")
            connection.executemany("insert into sheet values (?, 0)", [(n,) for n in range(1, ROWS + 1)])
            connection.commit()
        with contextlib.closing(sqlite3.connect(self.ledger)) as connection:
            connection.execute("create table ledger(n integer, amount integer)")

    def values(self) -> dict[int, int]:
        """The sheet's values by row."""
        with contextlib.closing(sqlite3.connect(self.sheet)) as connection:
            return dict(connection.execute("select id, v from sheet"))

    def check(self) -> None:
        """Every batch is there or not, never by half."""
        values = self.values()
        halves = [n for n in range(1, ROWS, 2) if values[n] != values[n + 1]]
        assert not halves, f"rows of one apply differ: {values}"
        with contextlib.closing(sqlite3.connect(self.ledger)) as connection:
            sql = "select n from ledger group by n having count(*) <> 2 or sum(amount) <> 0"
            assert connection.execute(sql).fetchall() == []
            assert connection.execute("pragma integrity_check").fetchone() == ("ok",)


@pytest.fixture
def databases(tmp_path) -> Databases:
    return Databases(tmp_path)


@contextlib.contextmanager
def working(folder: Path, databases: Databases, seed: int) -> Iterator[Window]:
    """A window at work: something was typed, edited and committed."""
    command = [*COMMAND, str(folder), databases.sheet, databases.ledger, str(seed)]
    window = Window(folder, "", seed, command)
    try:
        for kind in ("server", "typed", "edited", "ended"):
            window.wait(kind, 0.0, f"the first {kind}")
        yield window
    finally:
        if window.process.poll() is None:
            window.process.kill()
        window.ended()


def edits_kept(folder: Path) -> dict[int, int]:
    """What the next start finds staged, by row."""
    found: dict[int, int] = {}
    for path in folder.rglob("edits/*.journal"):
        staged = Staged()
        staged.replay(Journal(path).replay())
        found |= {int(row.key[0]): int(row.values["v"]) for row in staged.ordered() if row.key}
    return found


def kept_by_number(said: list[str], databases: Databases, folder: Path) -> None:
    """The last number given to each row is staged or in the database, or a later one is."""
    values, staged = databases.values(), edits_kept(folder)
    for row, number in (map(int, words.split()) for words in said):
        assert max(values[row], staged.get(row, 0)) >= number, f"row {row}: {number} is lost"


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(0, KILLS, 2))
def test_the_window_is_killed_at_work(tmp_path, databases, seed):
    profile = tmp_path / "profile"
    with working(profile, databases, seed) as window:
        pause(random.Random(seed).uniform(1.2, 4.0))  # some of it must be older than the last second
        family = window.family()
        moment = time.monotonic()
        window.process.kill()
        window.ended()
    assert family, "the server is a child of the window"
    wait_until(lambda: gone(family), f"the end of {family}", PATIENCE)
    databases.check()
    (journal,) = profile.rglob("scripts/typed.journal")
    text = replay(Journal(journal).replay()).text.split()
    surely = window.before("typed", moment - 1.0)
    assert text == numbers(len(text)) and len(text) >= len(surely) > 0
    edited = window.before("edited", moment - 1.0)
    assert edited
    kept_by_number(edited, databases, profile)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", range(1, KILLS, 2))
def test_the_server_is_killed_at_work(tmp_path, databases, seed):
    profile = tmp_path / "profile"
    with working(profile, databases, seed) as window:
        pause(random.Random(seed).uniform(0.0, 3.0))
        family: list[psutil.Process] = window.family()
        moment = time.monotonic()
        os.kill(int(window.words("server")[-1]), 9)
        window.wait("server", moment, "another server")
        window.wait("ended", time.monotonic(), "a transaction on the new server")
        window.wait("edited", time.monotonic(), "editing that goes on")
        family += window.family()
        (profile / "stop").touch()
        window.ended()
    assert window.process.returncode == 0
    (chip, *_) = window.since("offline", moment)
    assert chip in ("AUTO", "TXN lost"), "the chip never pretends a transaction without its server"
    databases.check()
    text = json.loads(window.words("text")[-1])
    assert text == numbers(len(window.words("typed"))), "what was typed stands as it was typed"
    kept_by_number(window.words("edited"), databases, profile)
    wait_until(lambda: gone(family), f"the end of {family}", PATIENCE)
