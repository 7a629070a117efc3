"""Health: who is connected, who waits for whom, what is wrong with schema and data, what is used up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 70
PAGE = RailEntry("health", "Health", "health")
OPENS = ("health",)


def register(context: Context) -> None:
    """Attach to the workbench: page, opener, verbs."""
    from .capability import Health  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Health(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
