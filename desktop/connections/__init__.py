"""Connections in the window: the start page, the form, passwords asked for inline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 0
OPENS = ("connection",)


def register(context: Context) -> None:
    """Attach to the workbench: looks, start page, form, verbs."""
    from .capability import Connections  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Connections(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
