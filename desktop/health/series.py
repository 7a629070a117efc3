"""Values over the last minutes, all on one clock. Without Qt."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from embedded_server.wire.health import Metric

WINDOW = 300.0
# While little is known a shorter stretch is shown, so that it can be seen.
SPANS = (30.0, 60.0, 120.0, WINDOW)
# A counter that fell was reset.
MOST_POINTS = 2000


@dataclass
class Series:
    """A metric with its points (time, value); of a counter the growth per second between two readings."""

    metric: Metric
    points: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MOST_POINTS))
    _before: tuple[float, float] | None = None

    def add(self, at: float, metric: Metric) -> None:
        """A reading."""
        self.metric = metric
        value: float | None = metric.value
        if metric.counter:
            value = self._rate(at, metric.value)
        if value is not None:
            self.points.append((at, value))
        while self.points and self.points[0][0] < at - WINDOW:
            self.points.popleft()

    def _rate(self, at: float, value: float) -> float | None:
        before, self._before = self._before, (at, value)
        if before is None or at <= before[0] or value < before[1]:
            return None
        return (value - before[1]) / (at - before[0])

    def last(self) -> float | None:
        """The newest value, null before there is one."""
        return self.points[-1][1] if self.points else None

    def at(self, moment: float) -> float | None:
        """The value that held at a moment: the newest one that is not younger."""
        found = [value for time, value in self.points if time <= moment]
        return found[-1] if found else None

    def top(self) -> float:
        """The height of its picture: its limit, else a little above the highest value.

        The limit stands beside the value, so that the picture is read as how full it is.
        """
        highest = max((value for _, value in self.points), default=0.0)
        return max(self.metric.limit, highest) if self.metric.limit else highest * 1.15 or 1.0


class Clock:
    """All series of a database by id, in the order in which they were first told."""

    def __init__(self) -> None:
        self.series: dict[str, Series] = {}
        self.now = 0.0

    def add(self, at: float, metrics: list[Metric]) -> None:
        """A reading of all of them. Those that are not told any more go."""
        self.now = at
        known = {metric.id for metric in metrics}
        for gone in [name for name in self.series if name not in known]:
            del self.series[gone]
        for metric in metrics:
            self.series.setdefault(metric.id, Series(metric)).add(at, metric)

    def span(self) -> float:
        """How many seconds the pictures show, up to now."""
        known = self.now - min((one.points[0][0] for one in self.series.values() if one.points), default=0.0)
        return next((span for span in SPANS if known <= span), WINDOW)

    def clear(self) -> None:
        """Another database."""
        self.series.clear()
