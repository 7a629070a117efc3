"""Plans, findings, the index lab, slow statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 30
PAGE = RailEntry("slow", "Slow", "slow")
OPENS = ("statement", "plan", "lab")


def register(context: Context) -> None:
    """Attach to the workbench: page, openers, verbs."""
    from .capability import Explain  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Explain(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
