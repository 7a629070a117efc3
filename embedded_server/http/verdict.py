"""Did the time change? A rank test, the ratio of medians with its range, and the least change that counts.

Mann-Whitney's U asks only which of two times is the longer one. It is asked of the faster half of each run:
what else the machine does makes requests slower and never faster, so the slower half tells of the machine.
The test takes every exchange for an independent one, which two runs minutes apart are not: a machine that
warmed up moves all times of a run together. What it does to the times is taken out as far as a fixed piece of
work beside each exchange tells (pace.py), and a run lasts long enough to meet the machine at its best, which
the fastest few of its times tell. A change must show there as well, or throughout the runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import median

from embedded_server.wire.replays import Timing, Verdict

from .pace import steadied

ALPHA = 0.01
# The faster halves must differ by this share at least, the machine's pace taken out,
LEAST = 0.06
# and the fastest few by this one: as they were measured, or else with the pace taken out, if then the faster
# halves do as well, and the first and last halves of the runs, each against each, by some.
SMALLEST, FEW, THROUGHOUT = 0.12, 0.1, 0.03
# What differs by so much throughout counts although the fastest few do not.
PLAIN = 0.5
# On a busy machine times differ by a multiple from one moment to the next: only what differs by this share,
# with nine of ten slow ones above three of four fast ones, is told.
BUSY_SMALLEST, BUSY_LOW, BUSY_HIGH = 0.5, 0.10, 0.75
# Or what differs by this factor at its best as well as usually: other work makes times longer, never shorter,
# so that a run which never came near the other's best was slower by itself.
BUSY_TWICE = 2.0
# Fewer exchanges than this on either side prove nothing.
FEWEST = 9
_EXACT = 400


def judge(
    before: Sequence[float],
    after: Sequence[float],
    *,
    busy: bool = False,
    paces: tuple[Sequence[float], Sequence[float]] = ((), ()),
) -> Verdict:
    """The verdict on two lists of times; `ratio` is before / after, above 1 for faster.

    `busy` when the machine had other work during one of the runs; `paces` how fast it was beside each of
    the exchanges, if known for both. The medians are of the times as measured.
    """
    if not before or not after:
        return Verdict(before_count=len(before), after_count=len(after))
    middles = median(before), median(after)
    at_best = _best(before) / _best(after)
    if all(paces):
        before, after, _ = steadied(before, after, paces)
    p = p_value(faster_half(before), faster_half(after))
    ratio, low, high = spread(before, after)
    timing = _timing(before, after, p, at_best)
    if busy and not _plain(before, after, timing, at_best):
        timing = "no difference shown"
    return Verdict(
        timing=timing,
        text=sentence(timing, ratio, p, min(len(before), len(after))),
        tone={"faster": "ok", "slower": "error"}.get(timing, ""),  # type: ignore[arg-type]
        p=p,
        ratio=ratio,
        low=low,
        high=high,
        before_median_ms=middles[0],
        after_median_ms=middles[1],
        before_count=len(before),
        after_count=len(after),
    )


def sentence(timing: Timing, ratio: float, p: float, count: int) -> str:
    """The verdict in words: "Faster: 2.7x (p < 0.001)"."""
    if count < FEWEST:
        return f"No difference shown: {count} against it is too few to tell"
    told = "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
    if timing == "no difference shown":
        # They do differ, and a reader who knows what p means is told why that is not enough.
        why = ": too small or too unsteady to count" if p < ALPHA else ""
        return f"No difference shown{why} ({told})"
    change = ratio if timing == "faster" else 1 / ratio
    shown = f"{change:.2f}" if change < 1.25 else f"{change:.1f}" if change < 10 else f"{change:.0f}"
    return f"{timing.capitalize()}: {shown}× ({told})"


def _timing(before: Sequence[float], after: Sequence[float], p: float, at_best: float) -> Timing:
    """`at_best` is the ratio of the fastest few as they were measured."""
    if min(len(before), len(after)) < FEWEST or p >= ALPHA:
        return "no difference shown"
    timing: Timing = "faster" if _typical(before) > _typical(after) else "slower"
    # Above 1 where they tell the same.
    measured, steady, change = (
        ratio if timing == "faster" else 1 / ratio
        for ratio in (at_best, _best(before) / _best(after), _typical(before) / _typical(after))
    )
    everywhere = change >= 1 + PLAIN or min(steady, change) >= 1 + SMALLEST
    shown = measured >= 1 + SMALLEST or (everywhere and _throughout(before, after, timing))
    return timing if shown and change >= 1 + LEAST else "no difference shown"


def _throughout(before: Sequence[float], after: Sequence[float], timing: Timing) -> bool:
    """Whether each half of one run differs from each half of the other."""
    parts = [_typical(one) / _typical(other) for one in _course(before) for other in _course(after)]
    return min(parts if timing == "faster" else [1 / part for part in parts]) >= 1 + THROUGHOUT


def _plain(before: Sequence[float], after: Sequence[float], timing: Timing, at_best: float) -> bool:
    """Whether the change stands out of the noise of a busy machine; `at_best` as in `_timing`."""
    fast, slow = (after, before) if timing == "faster" else (before, after)
    change = _typical(slow) / _typical(fast)
    apart = quantile(slow, BUSY_LOW) >= quantile(fast, BUSY_HIGH)
    best = at_best if timing == "faster" else 1 / at_best
    return (apart and change >= 1 + BUSY_SMALLEST) or min(change, best) >= BUSY_TWICE


def quantile(values: Sequence[float], share: float) -> float:
    """A quantile, interpolated."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def faster_half(times: Sequence[float]) -> list[float]:
    """The shorter times, at least two."""
    return sorted(times)[: max(2, (len(times) + 1) // 2)]


def _best(times: Sequence[float]) -> float:
    """What the application takes when the machine is at its best: the fastest few, at least two."""
    return _mean(sorted(times)[: max(2, round(len(times) * FEW))])


def _typical(times: Sequence[float]) -> float:
    return _mean(faster_half(times))


def _mean(times: Sequence[float]) -> float:
    return max(sum(times) / len(times), 1e-9)


def _course(times: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """What came first and what came last."""
    middle = len(times) // 2
    return times[:middle], times[middle:]


def p_value(before: Sequence[float], after: Sequence[float]) -> float:
    """Two-sided p of Mann-Whitney's U: exact without ties for small samples, else normal, ties corrected."""
    n, m = len(before), len(after)
    everything = [*before, *after]
    ranks, ties = _ranks(everything)
    u = sum(ranks[:n]) - n * (n + 1) / 2
    if not ties and n * m <= _EXACT:
        return _exact(n, m, round(min(u, n * m - u)))
    total = n + m
    correction = ties / (total * (total - 1)) if total > 1 else 0.0
    variance = n * m / 12 * (total + 1 - correction)
    if variance <= 0:
        return 1.0
    z = max(abs(u - n * m / 2) - 0.5, 0.0) / math.sqrt(variance)
    return min(1.0, math.erfc(z / math.sqrt(2)))


def _ranks(values: list[float]) -> tuple[list[float], float]:
    """Middle ranks, and the sum of t^3 - t over groups of equal values."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    ties = 0.0
    begin = 0
    while begin < len(order):
        end = begin
        while end + 1 < len(order) and values[order[end + 1]] == values[order[begin]]:
            end += 1
        for place in range(begin, end + 1):
            ranks[order[place]] = (begin + end) / 2 + 1
        size = end - begin + 1
        ties += size**3 - size
        begin = end + 1
    return ranks, ties


@lru_cache(maxsize=64)
def _ways(n: int, m: int) -> tuple[int, ...]:
    """How many orders of n and m values have each U: Gauss's binomial coefficient, term by term."""
    counts = [1] + [0] * (n * m)
    for i in range(1, n + 1):
        for u in range(n * m, m + i - 1, -1):
            counts[u] -= counts[u - m - i]
        for u in range(i, n * m + 1):
            counts[u] += counts[u - i]
    return tuple(counts)


def _exact(n: int, m: int, u: int) -> float:
    return min(1.0, 2 * sum(_ways(n, m)[: u + 1]) / math.comb(n + m, n))


def spread(before: Sequence[float], after: Sequence[float]) -> tuple[float, float, float]:
    """The ratio of the medians and its 95 % range: the middle of all ratios of one time to another."""
    ratios = sorted(one / max(other, 1e-9) for one in before for other in after)
    n, m = len(before), len(after)
    cut = math.floor(n * m / 2 - 1.96 * math.sqrt(n * m * (n + m + 1) / 12))
    low = max(0, min(cut, len(ratios) - 1))
    return median(before) / max(median(after), 1e-9), ratios[low], ratios[-1 - low]
