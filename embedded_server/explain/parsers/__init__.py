"""Readers of plans: one file per format, found by scanning.

A module offers `FORMAT` (its name), `ENGINE`, `recognises(given) -> bool` and `parse(given) -> Plan`;
`given` is text, or the JSON value that a database answered.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol, cast

from embedded_server.explain.model import unreadable
from embedded_server.wire.explain import Plan

LONGEST = 8_000_000


class Parser(Protocol):
    """What a module of this package is."""

    FORMAT: str
    ENGINE: str

    def recognises(self, given: Any) -> bool:
        """Whether it looks like this format."""
        raise AttributeError

    def parse(self, given: Any) -> Plan:
        """The plan. Raises explain.unreadable."""
        raise AttributeError


@cache
def parsers() -> tuple[Parser, ...]:
    """Every format by name."""
    names = sorted(info.name for info in iter_modules(__path__))
    return tuple(cast("Parser", import_module(f"{__name__}.{name}")) for name in names)


def read(given: Any, engine: str = "") -> Plan:
    """A plan in whatever known format it is. Raises explain.unreadable."""
    if isinstance(given, str) and len(given) > LONGEST:
        raise unreadable(f"The text has {len(given):,} characters; at most {LONGEST:,} are read.")
    fitting = [one for one in parsers() if not engine or engine == one.ENGINE]
    for parser in [one for one in (fitting or parsers()) if one.recognises(given)]:
        return parser.parse(given)
    raise unreadable("The text is no plan that Backlight can read.")
