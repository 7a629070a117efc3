"""A marked place stays in view: when it is marked, and when the editor gets another height."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit


def in_view(editor: QPlainTextEdit, position: int, height: int) -> bool:
    """Whether the line of a place (Qt's position) lies wholly within so many pixels of the viewport."""
    block = editor.document().findBlock(position)
    area = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
    return area.top() >= 0 and area.bottom() <= height


def bring(editor: QPlainTextEdit, position: int) -> None:
    """Scroll so that a place stands in the middle, unless it is in view; the cursor stays where it is."""
    height = editor.viewport().height()
    if not in_view(editor, position, height):
        lines = height // max(1, editor.fontMetrics().lineSpacing())
        first = editor.document().findBlock(position).firstLineNumber()
        editor.verticalScrollBar().setValue(first - lines // 2)
