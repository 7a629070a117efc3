"""Connections in the window: the start page, the form, passwords asked for inline."""

from __future__ import annotations

from desktop.context import Context

ORDER = 0


def register(context: Context) -> None:
    """Attach to the workbench: looks, start page, form, verbs."""
    from .capability import Connections  # noqa: PLC0415  # lazy: the package is scanned before Qt is needed

    Connections(context)
