"""One statement to read and copy: coloured, wrapped, as high as it is up to a limit."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import slim_bars
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.keywords import KEYWORDS, TYPES
from embedded_server.wire.sql.tokens import tokens

MOST_LINES = 18
# Colouring a longer text costs more than it tells.
LONGEST = 50_000
_SHEET = """
QPlainTextEdit { background: @bg2; color: @text; border: 0; padding: @4px;
                 selection-background-color: @select; selection-color: @text; }
"""
# How much a line of a narrow text is moved in below the one it belongs to.
_STEP = 2
_TOKENS = {"comment": "comment", "string": "string", "number": "number", "param": "accent"}


class SqlView(QPlainTextEdit):
    """Read-only; `show_sql` takes the text and the dialect that its colours follow."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sql = self._spoken = ""
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        slim_bars(self, "bg2")
        styled(self, _SHEET)
        self._colors = _Colors(self.document())
        theme().changed.connect(self.restyle)
        self.restyle()

    def show_sql(self, sql: str, spoken: str = "") -> None:
        """Show a statement from its beginning."""
        self._sql, self._spoken = sql, spoken
        self._colors.spoken = spoken
        self._colors.setDocument(self.document() if len(sql) <= LONGEST else None)
        self._show()
        self._fit()

    def toPlainText(self) -> str:
        """The statement as it was given, however it is broken into lines."""
        return self._sql

    def mostly_fits(self, sql: str) -> bool:
        """Whether no more than half of the lines of a text would be wrapped."""
        room = self._room()
        lines = narrowed(sql, room, self._spoken).split("\n")
        return 2 * sum(len(line) > room for line in lines[:MOST_LINES]) <= len(lines)

    def _room(self) -> int:
        """How many letters fit on a line, with a scroll bar or without one."""
        letters = QFontMetrics(theme().mono_font()).horizontalAdvance("0" * 100)
        beside = 2 * theme().scaled(4) + 2 * int(self.document().documentMargin())
        bar = self.verticalScrollBar().sizeHint().width()
        return (self.width() - bar - beside) * 100 // max(1, letters)

    def _show(self) -> None:
        text = narrowed(self._sql, self._room(), self._spoken)
        if text != super().toPlainText():
            self.setPlainText(text)

    def restyle(self) -> None:
        """Take font and colours from the theme."""
        self.setFont(theme().mono_font())
        self._colors.rehighlight()
        self._show()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the text at other places."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._show()
        self._fit()

    def _fit(self) -> None:
        spacing = QFontMetrics(theme().mono_font()).lineSpacing()
        most, wanted = MOST_LINES * spacing, 0.0
        block = self.document().firstBlock()
        while block.isValid() and wanted < most:
            wanted += self.document().documentLayout().blockBoundingRect(block).height()
            block = block.next()
        # All of it in sight needs no bar, which would take width and wrap the text anew.
        policies = Qt.ScrollBarPolicy
        policy = policies.ScrollBarAlwaysOff if wanted < most else policies.ScrollBarAsNeeded
        if policy != self.verticalScrollBarPolicy():
            self.setVerticalScrollBarPolicy(policy)
            self._fit()
            return
        height = math.ceil(min(wanted, most)) + theme().scaled(18)
        if height != self.height() or height != self.maximumHeight():
            self.setFixedHeight(height)


def narrowed(sql: str, room: int, spoken: str = "") -> str:
    """A statement for lines of so many letters: moved in by less."""
    lines = sql.split("\n")
    if room <= 0 or len(sql) > LONGEST or all(len(line) <= room for line in lines):
        return sql
    inner = _inner_lines(sql, spoken)
    free = {number: len(line) - len(line.lstrip(" ")) for number, line in enumerate(lines)}
    depths = sorted({depth for number, depth in free.items() if number not in inner})
    for number, line in enumerate(lines):
        if number not in inner:
            depth = min(free[number], _STEP * depths.index(free[number]))
            lines[number] = " " * depth + line[free[number] :]
    return "\n".join(lines)


def _inner_lines(sql: str, spoken: str) -> set[int]:
    """Lines that begin within a string or a comment: their spaces belong to it."""
    found: set[int] = set()
    for token in tokens(sql, dialect(spoken)):
        first = sql.count("\n", 0, token.start) if "\n" in sql[token.start : token.end] else 0
        found |= set(range(first + 1, first + 1 + sql.count("\n", token.start, token.end)))
    return found


class _Colors(QSyntaxHighlighter):
    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.spoken = ""

    def highlightBlock(self, text: str) -> None:
        for token in tokens(text, dialect(self.spoken)):
            name = _TOKENS.get(token.kind, "")
            if token.kind == "word":
                word = text[token.start : token.end].lower()
                name = "keyword" if word in KEYWORDS else "function" if word in TYPES else ""
            if name:
                style = QTextCharFormat()
                style.setForeground(theme().color(name))
                self.setFormat(token.start, token.end - token.start, style)
