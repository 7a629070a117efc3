"""A window that stays calm: its pulse while a million rows come in, its memory while scrolled, cancelling."""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from embedded_server.wire.data import COUNT, CountRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.server import CANCEL, JOBS, CancelRequest
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.data import scratch
from tests.bench.window import LiveWindow, live_window
from tests.engines.subject import subjects
from tests.runner.changes import ROOT
from tests.servers.base import server_root
from tests.servers.mariadb import MariadbServer
from tests.servers.postgres import PostgresServer

MILLION = 1_000_000
LATE = 16.0  # a frame at 60 Hz
TRIES = 20


class Pulse:
    """A 5 ms timer and the gaps between its beats."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer  # noqa: PLC0415  # lazy: the platform is chosen first

        self.gaps: list[float] = []
        self._last = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def _beat(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now

    def __enter__(self) -> Pulse:
        self._last = time.perf_counter()
        self._timer.start(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def figures(self) -> dict[str, float]:
        gaps = sorted(self.gaps)
        late = sum(gap > LATE for gap in gaps)
        return {
            "p99 ms": gaps[int(len(gaps) * 0.99)],
            "% over 16 ms": 100 * late / len(gaps),
            "max ms": gaps[-1],
        }


def _beating(window: LiveWindow, work: Any) -> Work:
    """`work` is a coroutine of the window's loop that tells rows and bytes; the pulse goes meanwhile."""
    from PySide6.QtCore import QEventLoop  # noqa: PLC0415  # lazy: the platform is chosen first

    from desktop.kit.flow import Flow  # noqa: PLC0415  # lazy: see above

    told: list[tuple[int, int]] = []
    problems: list[Any] = []

    async def steps() -> None:
        told.append(await work)

    with Pulse() as pulse:
        flow = Flow(window.client, steps(), problems.append)
        while not flow.done:
            window.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    assert told, problems
    rows, size = told[0]
    return Work(rows, size, figures=pulse.figures())


def pulse(setting: Setting) -> Iterator[Case]:
    """The window's timer while a million rows are fetched and decoded, against an idle window."""
    path = str(setting.orders_sqlite(MILLION))
    with live_window() as window:
        window.work(path, limit=10)
        sides: dict[str, Side] = {
            "idle": lambda: _beating(window, _nothing(window, 3_000)),
            "streaming": lambda: _beating(window, _table(window, path)),
        }
        bars = [
            Bar("streaming", "idle", 1.5, what="p99 ms"),
            Bar("streaming", "idle", plus_ms=0.1, what="% over 16 ms"),
        ]
        yield Case("5 ms timer while a million rows come in", sides, MILLION, bars, rounds=5)


async def _nothing(window: LiveWindow, milliseconds: int) -> tuple[int, int]:
    from PySide6.QtCore import QTimer  # noqa: PLC0415  # lazy: the platform is chosen first

    from desktop.kit.flow import Waiter  # noqa: PLC0415  # lazy: see above

    waiter: Waiter[None] = Waiter()

    def over() -> None:
        waiter.resolve(None)

    QTimer.singleShot(milliseconds, over)
    await waiter
    return MILLION, 0


async def _table(window: LiveWindow, path: str) -> tuple[int, int]:
    """All rows into columns, as copying a whole table reads them."""
    from desktop.kit.table_reading import read_rows  # noqa: PLC0415  # lazy: the platform is chosen first
    from embedded_server.wire.data import PageRequest  # noqa: PLC0415  # lazy: see above

    def request(**fields: Any) -> PageRequest:
        return PageRequest(connection=path, table="orders", **fields)

    names = ["id", "customer_id", "status", "amount", "created_at", "email", "note"]
    columns = await read_rows(window.client, request, (0, None), MILLION - 1, names, _ignore)
    return len(columns[0]), 0


def _ignore(_: int, __: int) -> None:
    """Progress that nobody watches."""


def memory(setting: Setting) -> Iterator[Case]:
    """A whole window with its server, scrolled at random."""
    path = setting.orders_sqlite(setting.row_counts[-1])
    seconds = 60 if setting.large else 10

    def scroll() -> Work:
        with scratch("scroll") as folder:
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.scroller", folder, path, str(seconds)],
                cwd=ROOT,
                env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "BACKLIGHT_NO_KEYRING": "1"},
                stdout=subprocess.PIPE,
                check=True,
                timeout=seconds + 120,
            )
        told = json.loads(done.stdout.splitlines()[-1])
        assert told.pop("places") >= seconds * 5, told
        return Work(1, figures=told)

    bars = [Bar("scroll", what="MB grown", limit=20), Bar("scroll", what="MB both", limit=300)]
    yield Case(f"{seconds} s of scrolling at random", {"scroll": scroll}, 1, bars, rounds=1)


def _endless(window: LiveWindow, connection: str, sql: str, places: random.Random) -> float:
    """Milliseconds from cancelling a running statement until its call has come back."""
    from PySide6.QtCore import QEventLoop, QTimer  # noqa: PLC0415  # lazy: the platform is chosen first

    request = CountRequest(connection=connection, table="t", exact=True, where=f"({sql}) > 0")
    call: Any = window.client.call(COUNT, request)
    while not any(job.id == call.call_id and job.state == "running" for job in _jobs(window)):
        assert not call.settled, call.result()
    loop = QEventLoop()
    QTimer.singleShot(places.randrange(20, 120), loop.quit)
    loop.exec()
    begin = time.perf_counter()
    window.ask(CANCEL, CancelRequest(call.call_id))
    while not call.settled:
        window.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    return (time.perf_counter() - begin) * 1000


def _jobs(window: LiveWindow) -> list[Any]:
    return list(window.ask(JOBS, Nothing()).jobs)


def _cancelling(window: LiveWindow, connection: str, sql: str) -> Side:
    """Each cancel is followed by a page over the same connection: it must be usable."""
    places = random.Random(11)

    def side() -> Work:
        taken, rows = [], 0
        for _ in range(TRIES):
            taken.append(_endless(window, connection, sql, places))
            rows += len(window.page(connection, table="t", limit=5).rows)
        taken.sort()
        return Work(rows, figures={"p50 ms": taken[TRIES // 2], "max ms": taken[-1]})

    return side


@contextlib.contextmanager
def _databases(folder: Path) -> Iterator[dict[str, str]]:
    """A database of each engine with a table `t` of one row."""
    make = ("create table t(id integer primary key)", "insert into t values (1)")
    for connection in (sqlite3.connect(folder / "t.db"), duckdb.connect(str(folder / "t.duckdb"))):
        for sql in make:
            connection.execute(sql)
        connection.commit()
        connection.close()
    postgres, mariadb = PostgresServer(server_root(), "pgcalm"), MariadbServer(server_root(), "mycalm")
    try:
        postgres.create()
        mariadb.create().execute("create database calm")
        for sql in make:
            postgres.execute(sql)
            mariadb.execute(sql, "calm")
        yield {
            "sqlite": str(folder / "t.db"),
            "duckdb": f"duckdb:///{folder / 't.duckdb'}",
            "postgresql": postgres.url(),
            "mariadb": mariadb.url("calm"),
        }
    finally:
        for server in (postgres, mariadb):
            if server.pid:
                server.stop()


def cancel(setting: Setting) -> Iterator[Case]:
    """A count that would never end, stopped at random moments, on every engine."""
    with scratch("cancel") as folder, _databases(Path(folder)) as urls, live_window() as window:
        sides = {
            name: _cancelling(window, url, subjects()[name].spelling.endless) for name, url in urls.items()
        }
        bars = [Bar(name, what="p50 ms", limit=20) for name in urls]
        bars += [Bar(name, what="max ms", limit=350) for name in urls]
        yield Case("cancel", sides, TRIES, bars, rounds=3)


CASES: list[CaseMaker] = [pulse, memory, cancel]
