"""A marked place stays in view: when it is marked, and when the editor gets another height."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QPlainTextEdit

from .marks import ErrorMark


def in_view(editor: QPlainTextEdit, mark: ErrorMark, height: int) -> bool:
    """Whether the line of a mark lies wholly within so many pixels of the viewport."""
    block = editor.document().findBlock(mark.start)
    area = editor.blockBoundingGeometry(block).translated(editor.contentOffset())
    return area.top() >= 0 and area.bottom() <= height


def bring(editor: QPlainTextEdit, marks: list[ErrorMark]) -> None:
    """Scroll so that a mark stands in the middle, unless it is in view; the cursor stays where it is."""
    height = editor.viewport().height()
    for mark in marks:
        if not in_view(editor, mark, height):
            lines = height // max(1, editor.fontMetrics().lineSpacing())
            first = editor.document().findBlock(mark.start).firstLineNumber()
            editor.verticalScrollBar().setValue(first - lines // 2)


@contextmanager
def kept_in_view(editor: QPlainTextEdit, marks: list[ErrorMark], height: int) -> Iterator[None]:
    """Which of the marks were in view before a resize, when it had that height, are so after it."""
    seen = [mark for mark in marks if in_view(editor, mark, height)]
    yield
    bring(editor, seen)
