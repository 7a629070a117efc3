"""The gestures of the grid by name; the modules beside this one register theirs."""

from __future__ import annotations

from collections.abc import Callable

GESTURES: dict[str, Callable[..., None]] = {}


def gesture(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the test of a gesture; the name is what the manual says of it."""

    def keep(function: Callable[..., None]) -> Callable[..., None]:
        assert name not in GESTURES
        GESTURES[name] = function
        return function

    return keep
