"""The SQL page: scripts in tabs, their results, the history of what was run."""

from __future__ import annotations

from desktop.context import Context

ORDER = 20


def register(context: Context) -> None:
    """Attach to the workbench: page, opener, verbs."""
    from .capability import Console  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Console(context)
