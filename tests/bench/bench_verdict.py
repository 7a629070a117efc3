"""How often the verdict is wrong: a request against itself, and against itself when it is a fifth slower."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from uuid import uuid4

from embedded_server.http.replay import replay
from embedded_server.jobs import Call
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.wire.child_env import child_env
from embedded_server.wire.http import Draft, ReplayRequest, ReplayResponse
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.data import scratch
from tests.runner.changes import ROOT

COMPARISONS = 200
EACH = 40  # as many requests as the window sends unless told otherwise
PATHS = ["/login", "/api/orders?limit=20", "/orders/recent?status=open"]


@contextmanager
def _shop(folder: Path) -> Iterator[str]:
    url = f"sqlite:///{folder / 'shop.db'}"
    words = ["generate", "--url", url, "--orders", "3000", "--seed", "7"]
    made = [sys.executable, "main.py", "demo-app", *words]
    subprocess.run(made, cwd=ROOT, env=child_env(), check=True, capture_output=True, timeout=120)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.slowed", url],
        cwd=ROOT,
        env=child_env(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield process.stdout.readline().decode().strip()
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


def _run(services: Services, url: str, before: str = "", brake_us: int = 0) -> ReplayResponse:
    headers = [("X-Brake-Us", str(brake_us))]
    call = Call(uuid4().hex, "http.replay", services)
    request = ReplayRequest(request=Draft(url=url, headers=headers), count=EACH, before_run=before)
    with services.jobs.running(call):
        done = replay(request, call)
    assert [run.status for run in done.runs] == [200] * EACH
    return done


def _compared(services: Services, urls: list[str]) -> Side:
    """Counts verdicts on each request in turn; the first call only warms up.

    A run is the later side of one comparison and the earlier one of the next.
    """
    calls = iter([len(urls)])

    def side() -> Work:
        wrong = missed = 0
        number = next(calls, COMPARISONS)
        last = {url: _run(services, url) for url in urls}
        for url in islice(cycle(urls), number):
            again = _run(services, url, last[url].run)
            fifth = median(run.ms for run in again.runs) * 1000 / 5
            slower = _run(services, url, again.run, round(fifth))
            last[url] = again
            wrong += again.comparison.verdict.timing != "no difference shown"
            missed += slower.comparison.verdict.timing != "slower"
        return Work(number, figures={"wrong": wrong, "missed": missed})

    return side


def null_test(setting: Setting) -> Iterator[Case]:
    """200 comparisons of three requests, as the window does them. Takes eight minutes."""
    with scratch("verdict") as folder, _shop(Path(folder)) as url:
        services = Services(Workspace(Path(folder)))
        sides = {"verdict": _compared(services, [url + path for path in PATHS])}
        bars = [
            Bar("verdict", what="wrong", limit=0.04 * COMPARISONS),
            Bar("verdict", what="missed", limit=0.05 * COMPARISONS),
        ]
        yield Case("a request against itself, and a fifth slower", sides, COMPARISONS, bars, rounds=1)
        services.close()


CASES: list[CaseMaker] = [null_test]
