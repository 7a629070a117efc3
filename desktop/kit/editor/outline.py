"""The outline around the statement under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPainterPath, QPen, QTextBlock, QTextCursor

from desktop.kit.theme import theme

from .index import ScriptIndex, Span
from .positions import to_units

if TYPE_CHECKING:
    from .editor import SqlEditor


def paint_outline(editor: SqlEditor, span: Span) -> None:
    """Paint it on the editor's lines in view, behind the text."""
    path = QPainterPath()
    for block, area in editor.blocks_in_view():
        if span.start.line <= block.blockNumber() <= span.end.line:
            left, right = _edges(editor, block, span)
            path.addRect(QRectF(left, area.top(), right - left, area.height()))
    if path.isEmpty():
        return
    painter = QPainter(editor.viewport())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    share = 0.75 if editor.hasFocus() else 0.3
    painter.setPen(QPen(theme().blend("select_line", "bg1", share), 1))
    painter.setBrush(theme().blend("select", "bg1", 0.3))
    painter.drawPath(path.simplified().translated(0.5, 0.5))
    painter.end()


def more_behind(index: ScriptIndex, span: Span) -> bool:
    """Whether another statement begins on the line where this one ends."""
    return any(
        event.what == "begin" and event.start >= span.stop.column for event in index.events(span.stop.line)
    )


def _edges(editor: SqlEditor, block: QTextBlock, span: Span) -> tuple[float, float]:
    """Where the outline runs in a line: the whole width, unless other statements stand there too."""
    left = editor.contentOffset().x() + editor.document().documentMargin() - theme().scaled(3)
    right = float(editor.viewport().width() - theme().scaled(6))
    text, line = block.text(), block.blockNumber()
    if line == span.start.line and text[: span.start.column].strip():
        left = _x(editor, block, span.start.column) - theme().scaled(3)
    if line == span.stop.line and more_behind(editor.index, span):
        right = _x(editor, block, span.stop.column) + theme().scaled(2)
    return left, right


def _x(editor: SqlEditor, block: QTextBlock, column: int) -> float:
    cursor = QTextCursor(block)
    cursor.setPosition(block.position() + to_units(block.text(), column))
    return float(editor.cursorRect(cursor).left())
