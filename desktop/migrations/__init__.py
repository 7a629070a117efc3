"""The Migrate page: projects, their revisions, and what applying them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 50
PAGE = RailEntry("migrate", "Migrate", "migrate")
OPENS = ("revision", "proposal")


def register(context: Context) -> None:
    """Attach to the workbench: page, openers, verbs."""
    from .capability import Migrations  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Migrations(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
