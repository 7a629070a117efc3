"""Checks of a schema: one file each, found by scanning.

A module offers `ID`, `TITLE`, `ENGINES` (those where it makes sense), `check(schema)` that yields findings,
and the examples `BAD` (it speaks) and `NEAR` (it nearly would), which the tests run on real databases.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from embedded_server.health.schema import Example, Schema
from embedded_server.wire.health import HealthFinding


class Lint(Protocol):
    """What a module of this package is."""

    ID: str
    TITLE: str
    ENGINES: tuple[str, ...]
    BAD: tuple[Example, ...]
    NEAR: tuple[Example, ...]

    def check(self, schema: Schema) -> Iterable[HealthFinding]:
        """The findings of this kind."""
        raise AttributeError


@cache
def lints() -> tuple[Lint, ...]:
    """Every check by name."""
    names = sorted(info.name for info in iter_modules(__path__))
    return tuple(cast("Lint", import_module(f"{__name__}.{name}")) for name in names)
