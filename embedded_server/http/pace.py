"""How fast this machine is at the moment, told by a fixed piece of work that is timed beside each exchange.

Clocks change, processors share their caches, virtual machines share processors: the same work takes a third
longer from one second to the next, without anybody waiting for a processor. What runs on this machine is then
slowed by about the same share, which is no change of the application.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from statistics import median

_WORDS = [str(number) for number in range(2000)]
_TURNS = 3
# A single piece of work may be interrupted: of so many around an exchange the faster ones count.
_AROUND, _FASTER = 2, 3
# A machine that was slower or faster by so much is worth a word.
TOLD_PACE = 1.15


def measure() -> float:
    """Milliseconds that a piece of work takes now, about 0.1."""
    taken = []
    for _ in range(_TURNS):
        begin = time.perf_counter()
        _work()
        taken.append(time.perf_counter() - begin)
    return sorted(taken)[_TURNS // 2] * 1000


def _work() -> None:
    """Some of what applications in Python do: look things up, count, make texts."""
    total = 0
    for word in _WORDS[:800]:
        total += len(word)
    "".join(_WORDS).split("1")


def steadied(
    before: Sequence[float], after: Sequence[float], paces: tuple[Sequence[float], Sequence[float]]
) -> tuple[list[float], list[float], float]:
    """Both runs' times as if the machine had kept one pace, and how much of its pace they followed, 0 to 1.

    `paces` go with the times. How much they follow is learned within each run (the slope of log time over log
    pace): what waits for a disk or another machine does not follow, and is left as it was measured.
    """
    smooth = [_smooth(one) for one in paces]
    share = _followed([before, after], smooth)
    usual = median([*smooth[0], *smooth[1]])
    found = [
        [ms / (pace / usual) ** share for ms, pace in zip(times, pace_of, strict=True)]
        for times, pace_of in zip((before, after), smooth, strict=True)
    ]
    return found[0], found[1], share


def pace_of(paces: Sequence[float]) -> float:
    """The pace of a whole run."""
    return median(_smooth(paces))


def _smooth(paces: Sequence[float]) -> list[float]:
    """The pace around each exchange."""
    found = []
    for place in range(len(paces)):
        near = sorted(paces[max(0, place - _AROUND) : place + _AROUND + 1])[:_FASTER]
        found.append(sum(near) / len(near))
    return found


def _followed(runs: Sequence[Sequence[float]], paces: Sequence[Sequence[float]]) -> float:
    together = alone = 0.0
    for times, pace_of in zip(runs, paces, strict=True):
        one, other = _deviations(times), _deviations(pace_of)
        together += sum(ms * pace for ms, pace in zip(one, other, strict=True))
        alone += sum(pace * pace for pace in other)
    return min(1.0, max(0.0, together / alone)) if alone > 0 else 0.0


def _deviations(values: Sequence[float]) -> list[float]:
    logs = [math.log(max(value, 1e-6)) for value in values]
    middle = sum(logs) / len(logs)
    return [one - middle for one in logs]
