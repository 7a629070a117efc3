"""Browsing: the tree of tables, table tabs, the inspector of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 10
PAGE = RailEntry("data", "Data", "data")
OPENS = ("table", "row", "routine", "diagram", "export", "import")


def register(context: Context) -> None:
    """Attach to the workbench: page, openers, quick open, verbs."""
    from .capability import Data  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Data(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .tour import steps  # noqa: PLC0415  # lazy: only tours need it

    return steps(context)
