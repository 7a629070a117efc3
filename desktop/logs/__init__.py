"""Logs: files and commands as they are written, found in, and led back to the request that wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 60
PAGE = RailEntry("logs", "Logs", "logs")
OPENS = ("log",)


def register(context: Context) -> None:
    """Attach to the workbench: page, opener, launcher, verbs."""
    from .capability import Logs  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Logs(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
