"""What is looked for in a log: text, levels, a span of time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from embedded_server.wire.logs import Level

LEVELS: tuple[Level, ...] = ("debug", "info", "warning", "error", "critical")
# A group that repeats can take Python's engine for ever; such hits are found by the server but not marked.
_REPEATED = re.compile(r"\)\s*[*+?{]")


@dataclass(frozen=True)
class Query:
    """`only` shows nothing but hits; levels and a span of time always do."""

    pattern: str = ""
    literal: bool = False
    ignore_case: bool = True
    only: bool = False
    shown: frozenset[Level] = field(default_factory=frozenset)
    since: str = ""
    until: str = ""

    def levels(self) -> list[Level]:
        """The chosen levels, in order of weight."""
        return [level for level in LEVELS if level in self.shown]

    def anything(self) -> bool:
        """Whether anything is looked for."""
        return bool(self.pattern or self.shown or self.since or self.until)

    def narrows(self) -> bool:
        """Whether only hits are rows."""
        return bool(self.shown or self.since or self.until or (self.pattern and self.only))

    def marker(self) -> re.Pattern[str] | None:
        """What marks the hits inside a line, null where that is not known or not safe."""
        if not self.pattern or (not self.literal and _REPEATED.search(self.pattern)):
            return None
        try:
            text = re.escape(self.pattern) if self.literal else self.pattern
            return re.compile(text, re.IGNORECASE if self.ignore_case else 0)
        except re.error:
            return None
