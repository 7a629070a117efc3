"""SQL to read and copy: DDL, sources of routines and views."""

from __future__ import annotations

import re

from PySide6.QtGui import QFontMetricsF, QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets.fields import LINES
from desktop.kit.widgets.scroll import slim_bars

_STYLE = "QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @10px; }"
_WORDS = (
    "CREATE TABLE VIEW INDEX UNIQUE TRIGGER FUNCTION PROCEDURE RETURNS LANGUAGE AS PRIMARY KEY "
    "FOREIGN REFERENCES CONSTRAINT CHECK DEFAULT NOT NULL ON DELETE UPDATE CASCADE SET RESTRICT NO "
    "ACTION GENERATED ALWAYS IDENTITY BY SELECT FROM WHERE JOIN LEFT RIGHT INNER OUTER GROUP ORDER "
    "HAVING LIMIT OFFSET UNION ALL WITH INSERT INTO VALUES BEGIN END IF THEN ELSE ELSIF RETURN FOR "
    "EACH ROW BEFORE AFTER INSTEAD OF WHEN EXECUTE COMMENT IS USING COLLATE STORED VIRTUAL STRICT "
    "WITHOUT ROWID AND OR IN EXISTS CASE ENGINE CHARSET AUTO_INCREMENT TEMPORARY MATERIALIZED "
    "REPLACE PARTITION RANGE LIST HASH ALTER ADD COLUMN OWNED SEQUENCE DECLARE LOOP WHILE DESC ASC "
    "DISTINCT "
)
_TOKENS = re.compile(
    r"(?P<comment>--[^\n]*)|(?P<text>'(?:[^']|'')*')|(?P<name>\"(?:[^\"]|\"\")*\"|`[^`]*`)"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)|(?P<word>\b(?:" + "|".join(_WORDS.split()) + r")\b)",
    re.IGNORECASE,
)
# As in the editor: the same word has the same colour everywhere.
_COLORS = {"comment": "comment", "text": "string", "number": "number", "word": "keyword"}
_TAB = 4
# Colouring a longer text costs more than it tells.
LONGEST = 200_000


class SqlText(QPlainTextEdit):
    """A text with the few colours that help reading; read-only unless it is a `field`."""

    def __init__(self, name: str, parent: QWidget | None = None, *, field: bool = False) -> None:
        super().__init__(parent)
        self.setReadOnly(not field)
        self.setAccessibleName(name)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        slim_bars(self, "field" if field else "bg1")
        styled(self, LINES if field else _STYLE)
        self._colors = _Highlighter(self.document())
        theme().changed.connect(self.restyle)
        self.restyle()

    def show_sql(self, sql: str) -> None:
        """Show a text from its beginning."""
        self._colors.setDocument(self.document() if len(sql) <= LONGEST else None)
        self.setPlainText(sql)

    def restyle(self) -> None:
        """Take font and colours from the theme."""
        self.setFont(theme().mono_font())
        self.setTabStopDistance(_TAB * QFontMetricsF(theme().mono_font()).horizontalAdvance(" "))
        self._colors.rehighlight()


class _Highlighter(QSyntaxHighlighter):
    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:
        for match in _TOKENS.finditer(text):
            token = _COLORS.get(match.lastgroup or "")
            if token is not None:
                style = QTextCharFormat()
                style.setForeground(theme().color(token))
                self.setFormat(match.start(), match.end() - match.start(), style)
