"""What differs between a file and the script that was made of it."""

from __future__ import annotations

import difflib

from PySide6.QtCore import Signal
from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import ElidedLabel, IconButton, Toolbar, slim_bars

# Comparing line by line takes time that grows with the square of what differs.
MOST_LINES = 20_000
_TOKENS = {"+": "ok", "-": "error", "@": "dim"}
_SHEET = "QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @6px; }"


class FileDiff(QWidget):
    """`closed`: it was put away. Lines with - stand in the file only, those with + only here."""

    closed = Signal()

    def __init__(self, name: str, theirs: str, mine: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = differences(theirs, mine)
        gone = sum(line.startswith("-") for line in lines)
        new = sum(line.startswith("+") for line in lines)
        text = (
            f"{name}: {gone:,} lines only in the file, {new:,} only here"
            if lines
            else f"{name}: no difference"
        )
        self.summary = ElidedLabel(text, "text")
        close = IconButton("close", "Close the differences")
        bar = Toolbar()
        bar.add(self.summary)
        bar.add_right(close)
        self.view = QPlainTextEdit("\n".join(lines))
        self.view.setReadOnly(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.view.setAccessibleName("Differences between the file and the script")
        slim_bars(self.view)
        styled(self.view, _SHEET)
        self._colors = _Colors(self.view.document())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.view, 1)
        close.clicked.connect(self.closed)
        theme().changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self.view.setFont(theme().mono_font())
        self._colors.rehighlight()


class _Colors(QSyntaxHighlighter):
    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)

    def highlightBlock(self, text: str) -> None:
        token = _TOKENS.get(text[:1])
        if token:
            style = QTextCharFormat()
            style.setForeground(theme().color(token))
            self.setFormat(0, len(text), style)


def differences(theirs: str, mine: str) -> list[str]:
    """A unified difference; of long texts only the stretch in which they differ is compared."""
    before, after = theirs.split("\n"), mine.split("\n")
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(before), len(after)) - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    first = max(0, head - 3)
    left = before[first : len(before) - tail + 3 if tail > 3 else len(before)]
    right = after[first : len(after) - tail + 3 if tail > 3 else len(after)]
    if len(left) + len(right) > MOST_LINES:
        return [f"-{line}" for line in left[:MOST_LINES]] + [f"+{line}" for line in right[:MOST_LINES]]
    return [line for line in difflib.unified_diff(left, right, lineterm="", n=3)][2:]
