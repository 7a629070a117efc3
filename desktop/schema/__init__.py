"""Schema changes: tables, indexes and views composed in a form, shown as SQL, offered as a revision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 25
OPENS = ("schema",)


def register(context: Context) -> None:
    """Attach to the workbench: opener, verbs."""
    from .capability import Schema  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Schema(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
