"""Remembering what was found out about a text."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache, wraps
from typing import TypeVar

Found = TypeVar("Found")
_MOST = 512
_LONGEST = 8192


def remembered(function: Callable[..., Found]) -> Callable[..., Found]:
    """Cache a function whose first argument is a text; long ones (whole scripts) are not kept for it."""
    cached = lru_cache(maxsize=_MOST)(function)

    @wraps(function)
    def choose(text: str, *others: Hashable) -> Found:
        return cached(text, *others) if len(text) <= _LONGEST else function(text, *others)

    return choose
