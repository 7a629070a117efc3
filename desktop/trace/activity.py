"""The last minute in bins of time: how many requests, how many slow ones and errors, how many statements."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop.kit.ages import moment
from embedded_server.wire.trace import TraceSummary

from .words import is_outside

WINDOW = 60.0
BIN = 0.4
BINS = round(WINDOW / BIN)
EXAMPLES = 8


@dataclass
class Bin:
    """What began within some tenths of a second; `worst` is what a click opens."""

    requests: int = 0
    slow: int = 0
    errors: int = 0
    statements: int = 0
    worst: TraceSummary | None = None
    examples: list[TraceSummary] = field(default_factory=list)

    def add(self, request: TraceSummary, slow_ms: int) -> None:
        """Count a request: as an error, else as slow, else as neither. Of work outside requests, such as what
        an application does when it starts, only the statements count."""
        self.statements += request.statements
        if is_outside(request):
            return
        failed, slow = is_error(request), request.duration_ms > slow_ms
        self.requests += 1
        self.errors += failed
        self.slow += slow and not failed
        if self.worst is None or _badness(request) > _badness(self.worst):
            self.worst = request
        if len(self.examples) < EXAMPLES:
            self.examples.append(request)


@dataclass(frozen=True)
class Totals:
    """Sums over the window, rates by the second."""

    requests: float = 0.0
    statements: float = 0.0
    slow: int = 0
    errors: int = 0


class Activity:
    """Bins by the number of their begin since 1970; those older than the window are forgotten."""

    def __init__(self, slow_ms: int) -> None:
        self.slow_ms = slow_ms
        self._bins: dict[int, Bin] = {}
        self._seen: set[str] = set()

    def add(self, requests: Iterable[TraceSummary], now: float) -> bool:
        """Count requests, each once; whether one of them lies in the window."""
        self.forget(now)
        oldest, newest = bin_of(now) - BINS, bin_of(now) + 1
        counted = False
        for request in requests:
            at = min(bin_of(moment(request.at).timestamp()), newest)
            if at > oldest and request.id not in self._seen:
                self._seen.add(request.id)
                self._bins.setdefault(at, Bin()).add(request, self.slow_ms)
                counted = True
        return counted

    def forget(self, now: float) -> None:
        """Drop what left the window."""
        oldest = bin_of(now) - BINS
        for at in [at for at in self._bins if at <= oldest]:
            del self._bins[at]
        if not self._bins:
            self._seen.clear()

    def clear(self) -> None:
        """Start anew."""
        self._bins.clear()
        self._seen.clear()

    def __bool__(self) -> bool:
        return bool(self._bins)

    def bins(self, now: float) -> list[Bin | None]:
        """The window's bins, oldest first."""
        last = bin_of(now)
        return [self._bins.get(at) for at in range(last - BINS + 1, last + 1)]

    def totals(self) -> Totals:
        """Sums over what is kept."""
        found = self._bins.values()
        return Totals(
            sum(one.requests for one in found) / WINDOW,
            sum(one.statements for one in found) / WINDOW,
            sum(one.slow for one in found),
            sum(one.errors for one in found),
        )


def bin_of(seconds: float) -> int:
    """The number of the bin of a time."""
    return math.floor(seconds / BIN)


def is_error(request: TraceSummary) -> bool:
    """Whether a request failed: no answer, a server error, or something failed behind a good status.

    A refusal (404) often is an exception that an error handler answers for; that is no error.
    """
    return request.status == 0 or request.status >= 500 or (request.status < 400 and "error" in request.marks)


def _badness(request: TraceSummary) -> tuple[bool, float]:
    return is_error(request), request.duration_ms
