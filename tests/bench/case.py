"""What a benchmark case is: sides that do the same work, and bars between them.

A case is one file ``bench_*.py`` with ``CASES``, a list of functions that take a ``Setting`` and yield (as a
generator, so that it may clean up) one ``Case``::

    def page(setting: Setting) -> Iterator[Case]:
        with running_server(setting.orders_sqlite(1_000_000)) as server:
            yield Case("page of 1,000 rows", {"raw": raw, "backlight": ours}, rows=1_000,
                       bars=[Bar("backlight", "raw", plus_ms=3)])

Every side returns a ``Work``: the rows and bytes it really had in hands. The frame times it, checks that all
sides of a case saw the same rows, and fails a case that did not finish: a dead transfer is not a fast one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.data import PostgresOrders


@dataclass(frozen=True)
class Work:
    """What one repetition did. ``seconds`` overrides the frame's clock (a first frame seen in a log, say);
    ``peak_mb`` is the peak memory of a fresh process; ``figures`` are values of their own, such as a p99."""

    rows: int
    bytes: int = 0
    seconds: float | None = None
    peak_mb: float | None = None
    figures: dict[str, float] = field(default_factory=dict)


Side = Callable[[], Work]


@dataclass(frozen=True)
class Bar:
    """``side`` <= ``ratio`` * ``against`` + ``plus_ms``, by medians; without ``against`` an absolute limit.

    ``what``: "wall" (ms), "cpu" (ms), "peak" (MB) or the name of one of the sides' figures.
    """

    side: str
    against: str = ""
    ratio: float = 1.0
    plus_ms: float = 0.0
    what: str = "wall"
    limit: float | None = None


@dataclass
class Case:
    """Sides measured in turn. ``rows`` is what each must deliver, ``least_bytes`` the fewest bytes."""

    name: str
    sides: dict[str, Side]
    rows: int
    bars: list[Bar]
    least_bytes: int = 0
    rounds: int = 5
    profile: Side | None = None


@dataclass
class Setting:
    """What cases may ask for: data that is made once and kept in the platform's cache folder."""

    cache: Path
    large: bool

    @property
    def row_counts(self) -> list[int]:
        """The table sizes of this run: 1 M, and 10 M unless ``--small``."""
        return [1_000_000, 10_000_000] if self.large else [1_000_000]

    def orders_sqlite(self, rows: int) -> Path:
        """A SQLite file with the table ``orders``; read it, never write to it."""
        from tests.bench.data import orders_sqlite  # noqa: PLC0415  # lazy: breaks an import circle

        return orders_sqlite(self.cache, rows)

    def orders_postgres(self) -> PostgresOrders:
        """A running PostgreSQL (context manager); its ``url(rows)`` and ``conninfo(rows)`` name databases."""
        from tests.bench.data import PostgresOrders  # noqa: PLC0415  # lazy: breaks an import circle

        return PostgresOrders(self.cache, self.row_counts)


CaseMaker = Callable[[Setting], Iterator[Case]]


@dataclass
class Samples:
    """The repetitions of one side."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    def take(self, side: Side) -> None:
        """Run the side once and keep its times in milliseconds."""
        cpu, started = time.process_time(), time.perf_counter()
        work = side()
        elapsed, used = time.perf_counter() - started, time.process_time() - cpu
        self.wall.append((work.seconds if work.seconds is not None else elapsed) * 1000)
        self.cpu.append(used * 1000)
        self.works.append(work)

    def values(self, what: str) -> list[float]:
        if what in ("wall", "cpu"):
            return self.wall if what == "wall" else self.cpu
        if what == "peak":
            return [work.peak_mb for work in self.works if work.peak_mb is not None]
        return [work.figures[what] for work in self.works if what in work.figures]

    def median(self, what: str) -> float:
        return median(self.values(what))
