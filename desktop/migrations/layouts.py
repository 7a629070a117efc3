"""Emptying a layout whose widgets are made anew."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout, QWidget


def clear(layout: QLayout, kept: QWidget | None = None) -> None:
    """Take every widget out; all but the kept one are deleted."""
    while layout.count():
        item = layout.takeAt(0)
        inner = item.layout() if item is not None else None
        if inner is not None:
            clear(inner, kept)
        widget = item.widget() if item is not None else None
        if widget is not None and widget is not kept:
            widget.hide()
            widget.deleteLater()
