"""Browsing: the tree of tables, table tabs, the inspector of a row."""

from __future__ import annotations

from desktop.context import Context

ORDER = 10


def register(context: Context) -> None:
    """Attach to the workbench: page, openers, quick open, verbs."""
    from .capability import Data  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Data(context)
