"""Questions to the data: one file each, found by scanning.

A module offers `ID`, `TITLE`, `ENGINES`, and `questions(schema)`: what to ask of each table. The examples
`BAD` (something is found in the table) and `NEAR` (nothing is) are run by the tests on real databases.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from embedded_server.health.question import Question
from embedded_server.health.schema import Example, Schema


class Kind(Protocol):
    """What a module of this package is."""

    ID: str
    TITLE: str
    ENGINES: tuple[str, ...]
    BAD: tuple[Example, ...]
    NEAR: tuple[Example, ...]

    def questions(self, schema: Schema) -> Iterable[Question]:
        """What to ask."""
        raise AttributeError


@cache
def kinds() -> tuple[Kind, ...]:
    """Every kind by name."""
    names = sorted(info.name for info in iter_modules(__path__))
    return tuple(cast("Kind", import_module(f"{__name__}.{name}")) for name in names)
