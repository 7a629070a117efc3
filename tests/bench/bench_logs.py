"""Logs: the first screen, the index with level counts against lnav, searching against ripgrep."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from embedded_server.http_caller import HttpCaller
from embedded_server.logs.scanner import ripgrep
from tests.bench.case import Bar, Case, CaseMaker, Setting, Work
from tests.bench.log_data import log

PATTERN = "took 77[0-9][0-9] ms"


def _log(setting: Setting) -> Path:
    return log(setting.cache, 1000 if setting.large else 100)


@contextmanager
def _server() -> Iterator[HttpCaller]:
    with tempfile.TemporaryDirectory() as folder:
        caller = HttpCaller(Path(folder))
        try:
            yield caller
        finally:
            caller.close()


def _call(server: HttpCaller, name: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    answers = server.call(name, json.dumps(request).encode(), f"bench-{time.monotonic_ns()}")
    return [json.loads(line) for part in answers for line in part.splitlines() if line]


def _workers(server: HttpCaller) -> list[psutil.Process]:
    return [child for child in psutil.Process(server.process.pid).children() if "logs" in child.cmdline()]


def first_screen(setting: Setting) -> Iterator[Case]:
    """Both ends of a log that nobody has looked at, in hands."""
    path = str(_log(setting))
    with _server() as server:

        def ours() -> Work:
            started = time.perf_counter()
            (answer,) = _call(server, "logs.open", {"path": path, "limit": 60})
            seconds = time.perf_counter() - started
            _call(server, "logs.close", {"source": path})
            return Work(len(answer["head"]) + len(answer["tail"]), seconds=seconds)

        yield Case("first screen of a log", {"backlight": ours}, 120, [Bar("backlight", limit=150)])


def index(setting: Setting) -> Iterator[Case]:
    """All lines counted by level: processor time and memory of the process that does it."""
    path = _log(setting)
    lines = int(subprocess.run(["wc", "-l", path], stdout=subprocess.PIPE, check=True).stdout.split()[0])

    def lnav() -> Work:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with subprocess.Popen(
            [shutil.which("lnav") or "lnav", "-n", "-c", ":switch-to-view log", str(path)],
            stdout=subprocess.DEVNULL,
        ) as process:
            peak = _peak(process)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Work(lines, figures={"cpu_ms": used * 1000, "growth_mb": peak})

    with _server() as server:

        def ours() -> Work:
            _call(server, "logs.open", {"path": str(path), "limit": 1})
            (worker,) = _workers(server)
            (state,) = _call(server, "logs.state", {"source": str(path), "wait": 600})
            times, memory = worker.cpu_times(), worker.memory_info().rss
            _call(server, "logs.close", {"source": str(path)})
            growth = memory / 1e6 - _empty_worker(server)
            figures = {"cpu_ms": (times.user + times.system) * 1000, "growth_mb": max(0.1, growth)}
            return Work(state["count"], figures=figures)

        bars = [
            Bar("backlight", "lnav", 0.35, what="cpu_ms"),
            Bar("backlight", "lnav", 0.1, what="growth_mb"),
        ]
        yield Case("index of a log", {"lnav": lnav, "backlight": ours}, lines, bars, rounds=3)


def _empty_worker(server: HttpCaller) -> float:
    """The memory of a worker with nothing to do, in MB."""
    with tempfile.NamedTemporaryFile(suffix=".log") as nothing:
        _call(server, "logs.state", {"source": nothing.name, "wait": 60})
        (worker,) = _workers(server)
        memory = worker.memory_info().rss / 1e6
        _call(server, "logs.close", {"source": nothing.name})
    return memory


def _peak(process: subprocess.Popen[bytes]) -> float:
    peak = 0.0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            peak = max(peak, watched.memory_info().rss / 1e6)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    return peak


def search(setting: Setting) -> Iterator[Case]:
    """All lines that a pattern finds, counted and listed by number, in an indexed log."""
    path = _log(setting)
    program = ripgrep()
    assert program is not None
    environment = dict(os.environ)

    def bare() -> Work:
        command = [program, "--no-config", "-c", PATTERN, str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=environment, check=True)
        return Work(int(done.stdout))

    hits = bare().rows
    with _server() as server:
        _call(server, "logs.state", {"source": str(path), "wait": 600})

        def ours() -> Work:
            answers = _call(server, "logs.search", {"source": str(path), "pattern": PATTERN, "limit": 100})
            return Work(answers[-1]["count"])

        yield Case(
            "search in a log", {"rg -c": bare, "backlight": ours}, hits, [Bar("backlight", "rg -c", 1.5)]
        )


CASES: list[CaseMaker] = [first_screen, index, search]
