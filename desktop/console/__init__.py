"""The SQL page: scripts in tabs, their results, the history of what was run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 20
PAGE = RailEntry("sql", "SQL", "sql")
OPENS = ("script", "sent")


def register(context: Context) -> None:
    """Attach to the workbench: page, opener, verbs."""
    from .capability import Console  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Console(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
