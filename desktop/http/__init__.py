"""Requests that are composed, sent again, compared, imported and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 45
OPENS = ("draft", "replay")


def register(context: Context) -> None:
    """Attach to the workbench: openers, a part of the Requests page, verbs."""
    from .capability import Http  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Http(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
