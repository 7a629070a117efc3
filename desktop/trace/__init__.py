"""What happened in a request: the list as it comes, one request on its clock, two side by side."""

from __future__ import annotations

from desktop.context import Context

ORDER = 40


def register(context: Context) -> None:
    """Attach to the workbench: page, opener, quick open, strip, verbs."""
    from .capability import Requests  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Requests(context)
