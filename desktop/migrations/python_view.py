"""A revision's file to read: Python in colours, numbered lines, marks where a rule has something to say."""

from __future__ import annotations

import builtins
import io
import keyword
import tokenize

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import slim_bars
from embedded_server.wire.migrations import Finding

_SHEET = """
QPlainTextEdit { background: @bg1; color: @text; border: 0;
                 selection-background-color: @select; selection-color: @text; }
"""
_BUILTINS = frozenset(name for name in dir(builtins) if name.islower())
_WORDS = frozenset(keyword.kwlist)
TOKENS = {"error": "error", "warn": "warn", "info": "info"}


class PythonView(QPlainTextEdit):
    """Read-only. `show_source(text)`, `mark(findings)`, `go_to(line)`."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        slim_bars(self)
        styled(self, _SHEET)
        self._marks: dict[int, str] = {}
        self._colors = _Colors(self.document())
        self._gutter = _Gutter(self)
        self.blockCountChanged.connect(self._room)
        self.updateRequest.connect(self._scrolled)
        theme().changed.connect(self.restyle)
        self.restyle()

    def show_source(self, text: str) -> None:
        """Show a file from its beginning."""
        if text != self.toPlainText():
            self._colors.read(text)
            self.setPlainText(text)

    def mark(self, findings: list[Finding]) -> None:
        """Tint the lines that findings are about."""
        self._marks = {
            one.line: TOKENS[one.severity] for one in reversed(findings) if one.line and not one.suppressed
        }
        self.restyle()

    def go_to(self, line: int) -> None:
        """Bring a line (from 1) into view."""
        block = self.document().findBlockByNumber(line - 1)
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.centerCursor()

    def marks(self) -> dict[int, str]:
        """Token by marked line."""
        return dict(self._marks)

    def restyle(self) -> None:
        """Take fonts and colours from the theme."""
        self.setFont(theme().mono_font())
        self._colors.rehighlight()
        self.setExtraSelections([self._selection(line, token) for line, token in self._marks.items()])
        self._room()

    def _selection(self, line: int, token: str) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        made.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
        style = QTextCharFormat()
        style.setBackground(theme().blend(token, "bg1", 0.16))
        style.setProperty(QTextFormat.Property.FullWidthSelection, True)
        made.format = style
        return made

    # --- the gutter ----------------------------------------------------------------------------------

    def gutter_width(self) -> int:
        """Room for the last line's number."""
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("0") * digits + theme().scaled(22)

    def paint_gutter(self, painter: QPainter, area: QRect) -> None:
        """Numbers of the lines in view, a bar beside marked ones."""
        painter.setFont(theme().mono_font(0.9))
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= area.bottom():
            height = self.blockBoundingRect(block).height()
            line = block.blockNumber() + 1
            token = self._marks.get(line)
            painter.setPen(theme().color(token or "faint"))
            box = QRect(0, round(top), self._gutter.width() - theme().scaled(12), round(height))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), str(line))
            if token:
                bar = QRect(
                    self._gutter.width() - theme().scaled(6), round(top), theme().scaled(3), round(height)
                )
                painter.fillRect(bar, theme().color(token))
            top += height
            block = block.next()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The gutter is as high as the text."""
        super().resizeEvent(event)
        self._place_gutter()

    def _room(self, *_: object) -> None:
        self.setViewportMargins(self.gutter_width(), theme().scaled(4), 0, 0)
        self._place_gutter()

    def _place_gutter(self) -> None:
        box = self.contentsRect()
        top = theme().scaled(4)
        self._gutter.setGeometry(QRect(box.left(), box.top() + top, self.gutter_width(), box.height() - top))

    def _scrolled(self, area: QRect, moved: int) -> None:
        if moved:
            self._gutter.scroll(0, moved)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())


class _Gutter(QWidget):
    def __init__(self, view: PythonView) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self) -> QSize:
        return QSize(self._view.gutter_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("bg1"))
        self._view.paint_gutter(painter, event.rect())
        painter.end()


class _Colors(QSyntaxHighlighter):
    """Colours by Python's own tokens, read once for the whole text."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._spans: dict[int, list[tuple[int, int, str]]] = {}

    def read(self, text: str) -> None:
        """Find the tokens of a text; one that is no Python keeps those before the mistake."""
        self._spans = {}
        lines = text.split("\n")
        try:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                name = _token_name(token)
                if name:
                    self._add(token.start, token.end, name, lines)
        except (tokenize.TokenError, SyntaxError, IndentationError):
            return

    def _add(self, start: tuple[int, int], end: tuple[int, int], name: str, lines: list[str]) -> None:
        for line in range(start[0], end[0] + 1):
            left = start[1] if line == start[0] else 0
            right = end[1] if line == end[0] else len(lines[line - 1])
            self._spans.setdefault(line, []).append((left, right, name))

    def highlightBlock(self, text: str) -> None:
        for left, right, name in self._spans.get(self.currentBlock().blockNumber() + 1, []):
            style = QTextCharFormat()
            style.setForeground(QColor(theme().color(name)))
            self.setFormat(left, right - left, style)


def _token_name(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME:
        return "keyword" if token.string in _WORDS else "function" if token.string in _BUILTINS else ""
    return {tokenize.STRING: "string", tokenize.NUMBER: "number", tokenize.COMMENT: "comment"}.get(
        token.type, ""
    )
