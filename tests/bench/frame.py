"""``python3 -m tests bench [CASE..] [--small] [--rounds N] [--out FILE]``: measures and judges.

Protocol: the sides of a case run in turn, round after round, so that a busy machine hits all of them; the
figures are medians with their range; every bar is a ratio measured in this very run and is printed beside
its limit. At most two bars may miss, by no more than 1.5 times, and a missed one prints its profile.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import io
import json
import os
import platform
import pstats
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from tests.bench.case import Bar, Case, CaseMaker, Samples, Setting, Side

HERE = Path(__file__).resolve().parent
MAY_MISS, BY_FACTOR = 2, 1.5
VERSIONS = ("PySide6-Essentials", "SQLAlchemy", "psycopg", "Flask", "waitress", "msgspec")


@dataclass(frozen=True)
class Judged:
    """One bar with what was measured: ``share`` is the figure divided by its limit (1.0 just holds)."""

    case: str
    bar: Bar
    figure: float
    limit: float
    overlap: bool

    @property
    def share(self) -> float:
        return self.figure / self.limit if self.limit > 0 else float("inf")

    def line(self) -> str:
        unit = {"wall": "ms", "cpu": "ms CPU", "peak": "MB"}.get(self.bar.what, self.bar.what)
        yardstick = f"{self.bar.ratio:g} x {self.bar.against}" if self.bar.against else "fixed"
        if self.bar.plus_ms:
            yardstick += f" + {self.bar.plus_ms:g}"
        word = "ok  " if self.share <= 1 else "MISS"
        unsure = "  (ranges overlap)" if self.overlap else ""
        return (
            f"  {word} {self.bar.side}: {self.figure:.2f} {unit}, limit {self.limit:.2f} = {yardstick};"
            f" {self.share:.2f} of it{unsure}"
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests bench")
    parser.add_argument("cases", nargs="*", help="only cases whose name or file contains one of these words")
    parser.add_argument("--small", action="store_true", help="leave the 10 M row tables out")
    parser.add_argument("--rounds", type=int, help="instead of each case's own number")
    parser.add_argument("--out", type=Path, help="also write everything as JSON here")
    options = parser.parse_args(arguments)
    cache = Path(os.environ.get("BACKLIGHT_BENCH_CACHE") or user_cache_path("backlight-bench"))
    cache.mkdir(parents=True, exist_ok=True)
    setting = Setting(cache, large=not options.small)
    # Programs start as a user's do: their modules are compiled once, not at every start.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print(machine())
    judged: list[Judged] = []
    record: list[dict[str, Any]] = []
    for maker in makers(options.cases):
        with made(maker, setting) as case:
            samples = measure(case, options.rounds or case.rounds)
            verdicts = judge(case, samples)
            show(case, samples, verdicts)
            judged += verdicts
            record.append(as_json(case, samples, verdicts))
    if options.out:
        options.out.write_text(
            json.dumps({"machine": machine(), "cases": record}, indent=1), encoding="utf-8"
        )
    return verdict(judged)


def machine() -> str:
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "?"
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in VERSIONS)
    return f"load {load}; {os.cpu_count()} CPUs; Python {platform.python_version()}; {versions}"


def makers(words: list[str]) -> list[CaseMaker]:
    """The case functions whose name, or whose file's name, has one of the words."""
    found: list[CaseMaker] = []
    for path in sorted(HERE.glob("bench_*.py")):
        cases: list[CaseMaker] = import_module(f"tests.bench.{path.stem}").CASES
        whole = not words or any(word in path.stem for word in words)
        found += [case for case in cases if whole or any(word in case.__name__ for word in words)]
    return found


@contextmanager
def made(maker: CaseMaker, setting: Setting) -> Iterator[Case]:
    generator = maker(setting)
    try:
        yield next(generator)
    finally:
        generator.close()


def measure(case: Case, rounds: int) -> dict[str, Samples]:
    """Every side once for warming up, then ``rounds`` interleaved rounds, each delivery checked.

    The garbage of one sample is not collected in the next one's time. Everything that was there before is
    left out of that: walking through it would empty the processor's caches before each sample.
    """
    samples = {name: Samples() for name in case.sides}
    for side in case.sides.values():
        side()
    gc.collect()
    gc.freeze()
    try:
        _rounds(case, rounds, samples)
    finally:
        gc.unfreeze()
    return samples


def _rounds(case: Case, rounds: int, samples: dict[str, Samples]) -> None:
    for number in range(rounds):
        names = list(case.sides)
        for name in names if number % 2 else reversed(names):
            gc.collect()
            samples[name].take(case.sides[name])
            work = samples[name].works[-1]
            if work.rows != case.rows or work.bytes < case.least_bytes:
                raise AssertionError(
                    f"{case.name}, {name}: {work.rows} rows and {work.bytes} bytes arrived, "
                    f"{case.rows} and at least {case.least_bytes} were due"
                )


def judge(case: Case, samples: dict[str, Samples]) -> list[Judged]:
    judged = []
    for bar in case.bars:
        ours = samples[bar.side]
        limit, overlap = bar.limit or 0.0, False
        if bar.against:
            theirs = samples[bar.against]
            limit = theirs.median(bar.what) * bar.ratio + bar.plus_ms
            low, high = min(ours.values(bar.what)), max(ours.values(bar.what))
            others = [value * bar.ratio + bar.plus_ms for value in theirs.values(bar.what)]
            overlap = low <= max(others) and min(others) <= high
        judged.append(Judged(case.name, bar, ours.median(bar.what), limit, overlap))
    return judged


def show(case: Case, samples: dict[str, Samples], judged: list[Judged]) -> None:
    print(f"\n{case.name} ({case.rows:,} rows)")
    for name, taken in samples.items():
        text = f"  {name:24}"
        for what, unit in (("wall", "ms"), ("cpu", "ms CPU"), ("peak", "MB")):
            values = taken.values(what)
            if values:
                text += f"  {taken.median(what):9.2f} {unit} ({min(values):.2f}-{max(values):.2f})"
        print(text)
    for one in judged:
        print(one.line())
    missed = {one.bar.side for one in judged if one.share > 1}
    for side in missed:
        print(profile(case.profile or case.sides[side]))
    sys.stdout.flush()


def profile(side: Side) -> str:
    """Where the time of one repetition goes: the 12 dearest functions of this process."""
    profiler = cProfile.Profile()
    profiler.runcall(side)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(12)
    return text.getvalue()


def as_json(case: Case, samples: dict[str, Samples], judged: list[Judged]) -> dict[str, Any]:
    return {
        "case": case.name,
        "rows": case.rows,
        "sides": {
            name: {"wall_ms": taken.wall, "cpu_ms": taken.cpu, "peak_mb": taken.values("peak")}
            for name, taken in samples.items()
        },
        "bars": [
            {"bar": vars(one.bar), "figure": one.figure, "limit": one.limit, "overlap": one.overlap}
            for one in judged
        ],
    }


def verdict(judged: list[Judged]) -> int:
    """The closing lines; 0 when bars were measured and at most two missed, by no more than 1.5 times."""
    missed = [one for one in judged if one.share > 1]
    far = [one for one in missed if one.share > BY_FACTOR]
    print(f"\n{machine()}")
    for one in missed:
        print(f"missed: {one.case}: {one.line().strip()}")
    print(f"{len(judged)} bars, {len(judged) - len(missed)} hold, {len(missed)} missed ({MAY_MISS} may)")
    return int(not judged or len(missed) > MAY_MISS or bool(far))
