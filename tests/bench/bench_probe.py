"""What being watched costs an application: the latency of a request with the probe against one without.

Both sides are the same application in a process of its own that calls itself; Backlight's server runs and
stores what arrives.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from embedded_server.http_caller import HttpCaller
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.runner.changes import ROOT

PROBE = ROOT / "embedded_server" / "probe"
P50 = "p50 us"


class Probed:
    """The application of ``probed.py`` as a child."""

    def __init__(self, database: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("probed.py"), database],
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def side(self, path: str, count: int) -> Side:
        def run() -> Work:
            assert self.process.stdin is not None and self.process.stdout is not None
            print(path, count, file=self.process.stdin, flush=True)
            told = json.loads(self.process.stdout.readline())
            figures = {name: told[name] for name in (P50, "cpu us")}
            return Work(told["rows"], told["bytes"], figures=figures)

        return run

    def close(self) -> None:
        self.process.communicate(timeout=20)


@contextlib.contextmanager
def applications() -> Iterator[dict[str, Probed]]:
    """The application bare and under the probe, and a server that takes in what the probe sends."""
    with tempfile.TemporaryDirectory(prefix="blt-probe-") as name:
        folder = Path(name)
        server = HttpCaller(folder / "workspace")
        watched = {
            "PYTHONPATH": os.pathsep.join([str(PROBE / "startup"), str(PROBE)]),
            "BACKLIGHT_ADDRESS": str(folder / "workspace" / "ingest.json"),
        }
        both = {"bare": Probed(folder / "a.db", {}), "probe": Probed(folder / "b.db", watched)}
        try:
            yield both
        finally:
            for one in both.values():
                one.close()
            server.close()


def _case(path: str, title: str, count: int, ratio: float) -> CaseMaker:
    def maker(setting: Setting) -> Iterator[Case]:
        with applications() as both:
            sides = {name: one.side(path, count) for name, one in both.items()}
            bars = [Bar("probe", "bare", ratio, what=P50)]
            yield Case(title, sides, rows=count, bars=bars, rounds=15)

    return maker


CASES: list[CaseMaker] = [
    _case("/hello", "a request without SQL under the probe", 400, 1.35),
    _case("/books", "a request with 21 statements and 2 log lines under the probe", 60, 1.3),
]
