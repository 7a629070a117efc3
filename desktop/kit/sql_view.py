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
_TOKENS = {"comment": "comment", "string": "string", "number": "number", "param": "accent"}


class SqlView(QPlainTextEdit):
    """Read-only; `show_sql` takes the text and the dialect that its colours follow."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self._colors.spoken = spoken
        self._colors.setDocument(self.document() if len(sql) <= LONGEST else None)
        if sql != self.toPlainText():
            self.setPlainText(sql)
        self._fit()

    def mostly_fits(self, sql: str) -> bool:
        """Whether no more than half of the lines of a text would be wrapped."""
        metrics, lines = QFontMetrics(theme().mono_font()), sql.split("\n")
        room = self.viewport().width() - theme().scaled(10)
        return 2 * sum(metrics.horizontalAdvance(line) > room for line in lines[:MOST_LINES]) <= len(lines)

    def restyle(self) -> None:
        """Take font and colours from the theme."""
        self.setFont(theme().mono_font())
        self._colors.rehighlight()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the text at other places."""
        super().resizeEvent(event)
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
