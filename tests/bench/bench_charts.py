"""A million points as a line: until it stands, how long the window waits meanwhile, and a frame of zooming.

The limits are those that the field goes by (the RAIL model): a picture within a second keeps one's thought,
and neither a frame under the hand nor a step of the work may hold the window for longer than 50 ms, so that
an answer is seen within 100. Times as texts are a second reading of every row: their picture may take two
seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work

ROWS, BLOCK = 1_000_000, 10_000
FRAMES = 60
WIDTH, HEIGHT = 1600, 900


def _numbers() -> tuple[Sequence[Any], Sequence[Any]]:
    """A key and a measure, as SQLite gives them."""
    return range(ROWS), [(row * 7919 % 10_007) / 7 for row in range(ROWS)]


def _moments() -> tuple[Sequence[Any], Sequence[Any]]:
    """A time and an amount, as PostgreSQL gives them: texts."""
    start = datetime(2024, 1, 1)
    times = [f"{start + timedelta(seconds=37 * row)}+00" for row in range(ROWS)]
    return times, [f"{row * 7919 % 10_007}.{row % 100:02d}" for row in range(ROWS)]


def _built(columns: tuple[Sequence[Any], Sequence[Any]], times: bool) -> tuple[Any, list[float]]:
    """The chart from its rows, which come in blocks, and how long each of its steps took in milliseconds."""
    from desktop.charts.building import build  # noqa: PLC0415  # lazy: the platform is chosen first
    from desktop.charts.pieces import Held  # noqa: PLC0415  # lazy: see above
    from desktop.charts.spec import Spec  # noqa: PLC0415  # lazy: see above

    held, taken = Held(), []
    for at in range(0, ROWS, BLOCK):
        begin = time.perf_counter()
        held.add(["x", "y"], [column[at : at + BLOCK] for column in columns])
        taken.append((time.perf_counter() - begin) * 1000)
    steps = build(Spec("line", "x", "y"), held, {"x": "time" if times else "number", "y": "number"})
    while True:
        begin = time.perf_counter()
        try:
            next(steps)
        except StopIteration as end:
            return end.value, taken
        finally:
            taken.append((time.perf_counter() - begin) * 1000)


def _side(columns: tuple[Sequence[Any], Sequence[Any]], times: bool) -> Side:
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: the platform is chosen first

    from desktop.charts.canvas import Canvas  # noqa: PLC0415  # lazy: see above

    def side() -> Work:
        begin = time.perf_counter()
        plot, steps = _built(columns, times)
        canvas = Canvas()
        canvas.resize(WIDTH, HEIGHT)
        canvas.show_plot(plot)
        canvas.show()
        QApplication.processEvents()
        canvas.repaint()
        stood = (time.perf_counter() - begin) * 1000
        frames = []
        for frame in range(FRAMES):
            # Nearer, then along: each frame shows other points than the one before.
            canvas.zoom(1.2, 0.3) if frame < FRAMES // 3 else canvas.pan(0.1 if frame % 10 else -0.5)
            begin = time.perf_counter()
            canvas.repaint()
            frames.append((time.perf_counter() - begin) * 1000)
        points = sum(len(series) for series in plot.series)
        canvas.deleteLater()
        QApplication.processEvents()
        frames.sort()
        figures = {
            "ms until it stands": stood,
            "longest step ms": max(steps),
            "paint p95 ms": frames[FRAMES * 95 // 100],
        }
        return Work(points, seconds=stood / 1000, figures=figures)

    return side


def _case(name: str, columns: tuple[Sequence[Any], Sequence[Any]], times: bool, until: float) -> Case:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: the platform is chosen first

    from desktop.kit.theme import theme  # noqa: PLC0415  # lazy: see above

    app = QApplication.instance() or QApplication(["bench"])
    assert isinstance(app, QApplication)
    theme().apply(app, "dark", 13)
    bars = [
        Bar("chart", what="ms until it stands", limit=until),
        Bar("chart", what="longest step ms", limit=50),
        Bar("chart", what="paint p95 ms", limit=50),
    ]
    return Case(f"chart of {ROWS:,} {name}", {"chart": _side(columns, times)}, ROWS, bars, rounds=5)


def numbers(setting: Setting) -> Iterator[Case]:
    """A measure over a key."""
    yield _case("numbers", _numbers(), False, 1_000)


def moments(setting: Setting) -> Iterator[Case]:
    """An amount over times, both as texts."""
    yield _case("moments", _moments(), True, 2_000)


CASES: list[CaseMaker] = [numbers, moments]
