"""Following through every kind of rotation: each line once, in order, and searches that agree with grep."""

from __future__ import annotations

import logging
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from embedded_server.logs.follow import Follower
from tests.waiting import wait_until

from .corpus import grep, record
from .test_search import same


class Writer:
    """A program that logs, and whoever rotates its file. `lines` is what it wrote and nobody threw away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self._number = 0
        # Somebody who looks at the file between two steps of a rotation.
        self.look: Callable[[], object] = bool
        self._file = path.open("a")

    def write(self, count: int) -> None:
        for _ in range(count):
            self._number += 1
            self.lines.append(record(self._number, "ERROR" if self._number % 5 == 0 else "INFO"))
            self._file.write(self.lines[-1] + "\n")
        self._file.flush()

    def rename(self) -> None:
        """What RotatingFileHandler and logrotate's `create` do."""
        self._file.close()
        self._shift()
        self.path.rename(f"{self.path}.1")
        self._file = self.path.open("a")

    def rename_late(self) -> None:
        """The same, but the program goes on writing into the renamed file for a while."""
        self._shift()
        self.path.rename(f"{self.path}.1")
        self.path.touch()
        self.look()
        self.write(3)
        self._file.close()
        self._file = self.path.open("a")

    def copy(self) -> None:
        """What logrotate's `copytruncate` does."""
        self._shift()
        shutil.copyfile(self.path, f"{self.path}.1")
        os.truncate(self.path, 0)

    def cut(self) -> None:
        """`> file`: what was there is gone for everybody."""
        os.truncate(self.path, 0)
        self.lines.clear()

    def delete(self) -> None:
        """Deleted and made again; who has it open can still read it."""
        self._file.close()
        self.path.unlink()
        self._file = self.path.open("a")

    def _shift(self) -> None:
        for number in range(9, 0, -1):
            old = Path(f"{self.path}.{number}")
            if old.exists():
                old.rename(f"{self.path}.{number + 1}")

    def close(self) -> None:
        self._file.close()


def lines_of(follower: Follower) -> list[str]:
    found = []
    for segment in follower.segments:
        data = os.pread(segment.fd, segment.size, 0).decode()
        found += data.splitlines()
    return found


@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_lost_and_nothing_comes_twice(tmp_path, seed):
    chance = random.Random(seed)
    writer = Writer(tmp_path / "app.log")
    writer.write(chance.randint(0, 30))
    follower = Follower(str(writer.path))
    writer.look = follower.poll
    for _ in range(6):
        writer.write(chance.randint(1, 40))
        if chance.random() < 0.8:
            follower.poll()
        # A deleted file can be read on only by who looked at it in time; a cut one by nobody.
        kind = chance.choice(("rename", "rename", "copy", "copy", "rename_late", "delete"))
        if kind == "delete":
            follower.poll()
        getattr(writer, kind)()
        if chance.random() < 0.4:
            writer.write(chance.randint(1, 200))
        if chance.random() < 0.7 or kind in ("delete", "rename_late"):
            follower.poll()
        writer.write(chance.randint(0, 20))
    follower.poll()
    follower.poll()
    assert lines_of(follower) == writer.lines
    writer.close()
    follower.close()


@pytest.mark.parametrize("seed", range(5))
def test_a_cut_file_starts_anew_however_large_it_grew(tmp_path, seed):
    chance = random.Random(seed)
    writer = Writer(tmp_path / "app.log")
    writer.write(chance.randint(1, 100))
    follower = Follower(str(writer.path))
    writer.cut()
    # Often larger than before when it is looked at again: only its first bytes show that it is another.
    writer.write(chance.choice((0, 1, 50, 500)))
    follower.poll()
    assert lines_of(follower) == writer.lines and "cut" in follower.notice
    writer.close()
    follower.close()


def test_a_missing_file_stays_readable_and_is_said(tmp_path):
    writer = Writer(tmp_path / "app.log")
    writer.write(5)
    follower = Follower(str(writer.path))
    writer.path.unlink()
    assert follower.poll() and follower.missing and not follower.poll()
    assert lines_of(follower) == writer.lines
    writer.close()
    follower.close()


ROTATIONS = ("rename", "copy", "cut", "delete", "grow")


@pytest.mark.parametrize("kind", ROTATIONS)
def test_searches_agree_with_grep_while_it_grows_and_after_each_rotation(desk, tmp_path, kind):
    writer = Writer(tmp_path / "app.log")
    writer.write(3000)
    desk.open(writer.path)
    kept = desk.search(writer.path, "ERROR", view="main")
    same(kept, grep(writer.path, "ERROR"))
    for step in range(3):
        writer.write(700)
        if kind != "grow" and step == 1:
            getattr(writer, kind)()
            writer.write(40)
        wanted = grep(writer.path, "ERROR")
        wait_until(
            lambda wanted=wanted: _seen(desk, writer.path) == (len(wanted), wanted[-1][0]), "the view follows"
        )
        same(desk.all_rows(writer.path, view="main"), wanted)
        same(desk.search(writer.path, "user=(5|6) "), grep(writer.path, "user=(5|6) "))
        assert desk.state(writer.path).levels["error"] == len(wanted)
    if kind != "cut":
        texts = [row.text for row in desk.all_rows(writer.path, earlier=True)]
        assert texts == writer.lines
        everything = desk.search(writer.path, "ERROR", earlier=True)
        assert [row.text for row in everything] == [line for line in writer.lines if "ERROR" in line]
    assert desk.state(writer.path).files == (1 if kind in ("cut", "grow") else 2)
    writer.close()


def _seen(desk, path: Path) -> tuple[int, int]:
    """Hits of the view, and the line of the last one."""
    rows = desk.rows(path, view="main", last=True, limit=1)
    return (rows.count, rows.rows[0].line) if rows.rows else (0, 0)


CHILD = """
import logging, sys
from logging.handlers import RotatingFileHandler
handler = RotatingFileHandler(sys.argv[1], maxBytes=20000, backupCount=50)
form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
logging.basicConfig(level="INFO", handlers=[handler], format=form)
for number in range(1500):
    logging.info("line %d", number)
"""


@pytest.mark.process
def test_a_real_rotating_handler_loses_no_line(desk, tmp_path):
    path = tmp_path / "app.log"
    logger = logging.Logger("first")
    handler = RotatingFileHandler(path, maxBytes=20_000, backupCount=50)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.info("begin")
    handler.close()
    desk.open(path)
    desk.state(path)
    subprocess.run([sys.executable, "-c", CHILD, str(path)], check=True, env=dict(os.environ))
    last = "line 1499"
    wait_until(
        lambda: desk.rows(path, last=True, limit=1).rows[0].text.endswith(last), "the last line is seen"
    )
    texts = [row.text.rpartition(": ")[2] for row in desk.all_rows(path, earlier=True)]
    wanted = ["begin", *(f"line {number}" for number in range(1500))]
    assert texts == wanted[-len(texts) :] and len(texts) > 1000


def test_growth_is_told_by_events(desk, tmp_path):
    writer = Writer(tmp_path / "app.log")
    writer.write(10)
    desk.open(writer.path)
    desk.state(writer.path)
    desk.search(writer.path, "ERROR", view="main")
    writer.write(10)
    wait_until(lambda: 20 in _told(desk, "logs.grown"), "the event")
    wait_until(lambda: 4 in _told(desk, "logs.hits"), "the event")
    writer.close()


def _told(desk, kind: str) -> list[int]:
    from embedded_server.wire.server import PollRequest  # noqa: PLC0415  # lazy: only here

    events = desk.services.events
    found = events.poll(PollRequest(after=0, epoch=events.epoch, wait=0)).events
    return [event.data.get("count") or event.data["state"]["count"] for event in found if event.kind == kind]
