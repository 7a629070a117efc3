"""The first frame, and the way from connecting to a table's rows in a database with 30,000 tables."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil

from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.data import scratch
from tests.runner.changes import ROOT

PARTS = ["rail", "tree", "tab"]
CHILD = [sys.executable, "-m", "tests.bench.first_frame"]


def _environment() -> dict[str, str]:
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "BACKLIGHT_NO_KEYRING": "1"}


def _frame(*words: str) -> Side:
    """From the start of a process until its first frame stands; its server is gone before the next one."""

    def side() -> Work:
        begin = time.perf_counter()
        process = subprocess.Popen([*CHILD, *words], cwd=ROOT, env=_environment(), stdout=subprocess.PIPE)
        assert process.stdout is not None
        _, *told = process.stdout.readline().decode().split()
        seconds = time.perf_counter() - begin
        process.wait()
        process.stdout.close()
        if not told:
            return Work(len(PARTS), seconds=seconds)
        if psutil.pid_exists(int(told[-1])):
            psutil.wait_procs([psutil.Process(int(told[-1]))], timeout=20)
        return Work(sum(part in told for part in PARTS), seconds=seconds)

    return side


def first_frame(setting: Setting) -> Iterator[Case]:
    """Rail, tree and the restored tab against a window with nothing in it."""
    path = str(setting.orders_sqlite(1_000_000))
    with scratch("profile") as profile:
        prepare = [*CHILD, "prepare", profile, path, "orders"]
        subprocess.run(prepare, cwd=ROOT, env=_environment(), check=True, timeout=60)
        sides = {"bare": _frame("bare"), "backlight": _frame("ours", profile)}
        bars = [Bar("backlight", "bare", 1.6)]
        yield Case("first frame with rail, tree and tab", sides, len(PARTS), bars, rounds=15)


CASES: list[CaseMaker] = [first_frame]
