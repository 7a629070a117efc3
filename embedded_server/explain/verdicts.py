"""Faster, slower, or no difference that can be told from noise: pairs that were measured alternately."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb
from statistics import median
from typing import Literal

Verdict = Literal["", "faster", "slower", "same"]

# Less than a tenth is no difference on a developer's machine.
WORTH = 1.1
_CHANCE = 0.07


def verdict(before: Sequence[float], after: Sequence[float]) -> Verdict:
    """By a sign test of the pairs and the ratio of the medians; "" when nothing was measured."""
    if not before or not after:
        return ""
    pairs = list(zip(before, after, strict=False))
    ratio = median(before) / max(median(after), 1e-9)
    if ratio >= WORTH and _by_chance(sum(a < b for b, a in pairs), len(pairs)) <= _CHANCE:
        return "faster"
    if ratio <= 1 / WORTH and _by_chance(sum(a > b for b, a in pairs), len(pairs)) <= _CHANCE:
        return "slower"
    return "same"


def _by_chance(wins: int, pairs: int) -> float:
    """How likely so many wins or more are if nothing had changed."""
    ways = sum(comb(pairs, won) for won in range(wins, pairs + 1))
    return ways / float(2**pairs)
