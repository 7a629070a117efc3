"""What happened in a request: the list as it comes, one request on its clock, two side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Context, RailEntry

if TYPE_CHECKING:
    from desktop.shell.tour import Step

ORDER = 40
PAGE = RailEntry("requests", "Requests", "requests")
OPENS = ("trace", "comparison")


def register(context: Context) -> None:
    """Attach to the workbench: page, opener, quick open, strip, verbs."""
    from .capability import Requests  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Requests(context)


def tour_steps(context: Context) -> list[Step]:
    """What the tour shows of it."""
    from .capability import Requests  # noqa: PLC0415  # lazy: only tours need it
    from .tour import steps  # noqa: PLC0415  # lazy: see above

    owner = context.events.findChild(Requests)
    return steps(context, owner) if owner is not None else []
