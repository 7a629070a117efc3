"""Colours of SQL, set on the lines in view only, from the state the index knows of their beginning."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextDocument, QTextLayout

from desktop.kit.theme import theme
from embedded_server.wire.sql.keywords import KEYWORDS, TYPES
from embedded_server.wire.sql.tokens import tokens

from .index import ScriptIndex
from .positions import to_units

# Beyond this much of one line nothing is coloured: nobody scrolls that far sideways to look at colours.
LONGEST = 20_000
_TOKENS = {
    "comment": "comment",
    "string": "string",
    "number": "number",
    "param": "accent",
    "data": "dim",
    "keyword": "keyword",
    "type": "function",
    "function": "function",
    "skip": "comment",
}


class Colors(QObject):
    """Sets the formats of lines. A line is done again when its text, its state or the theme changed."""

    def __init__(self, document: QTextDocument, index: ScriptIndex, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._index = document, index
        self._round = 0
        self._formats: dict[str, QTextCharFormat] = {}
        document.contentsChange.connect(self._changed)
        theme().changed.connect(self.restyle)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours from the theme."""
        self._round += 1
        for kind, token in _TOKENS.items():
            style = QTextCharFormat()
            style.setForeground(theme().color(token))
            self._formats[kind] = style

    def again(self) -> None:
        """Everything means something else now (another dialect)."""
        self._round += 1

    def color(self, block: QTextBlock) -> bool:
        """Colour a line if that is not done yet; whether something was done."""
        line = block.blockNumber()
        if not self._index.ready(line):
            return False
        # A line's mark tells from which state and in which round it was coloured; edits take it off.
        mark = self._round * 100_000 + self._index.state_id(line) % 100_000
        if block.userState() == mark:
            return False
        block.setUserState(mark)
        block.layout().setFormats(list(self._ranges(block, line)))
        self._settle(block)
        return True

    def _settle(self, block: QTextBlock) -> None:
        """Have the line laid out anew, quietly.

        Qt notes formats as a change of the document and would report it with the next edit, as if all text
        between the two had changed. Told at once it is done with; but the layout would then have the whole
        view painted, where only lines get here that are being painted anyway.
        """
        layout = self._document.documentLayout()
        before = layout.blockSignals(True)
        self._document.markContentsDirty(block.position(), 1)
        layout.blockSignals(before)

    def _changed(self, position: int, _: int, added: int) -> None:
        block = self._document.findBlock(position)
        end = position + added
        count = 0
        # Lines of a large paste are out of view and were never coloured, or get their colours when seen.
        while block.isValid() and block.position() <= end and count < 500:
            block.setUserState(-1)
            block = block.next()
            count += 1

    def _ranges(self, block: QTextBlock, line: int) -> Iterator[QTextLayout.FormatRange]:
        text = block.text()[:LONGEST]
        skipped = [event for event in self._index.events(line) if event.what == "skip" and event.why]
        narrow = text.isascii()
        found = [("skip", event.start, min(event.stop, len(text))) for event in skipped]
        for kind, start, end in spans(text, self._index, line):
            if not any(event.start <= start < event.stop for event in skipped):
                found.append((kind, start, end))
        for kind, start, end in found:
            style = self._formats.get(kind)
            if style is None:
                continue
            part = QTextLayout.FormatRange()
            part.start = start if narrow else to_units(text, start)
            part.length = (end if narrow else to_units(text, end)) - part.start
            part.format = style
            yield part


def spans(text: str, index: ScriptIndex, line: int) -> Iterator[tuple[str, int, int]]:
    """Kinds with places in a line: a token's kind, or keyword, type and function for words."""
    held: tuple[str, int, int] | None = None
    for token in tokens(text, index.dialect, index.state(line)):
        if held is not None:
            called = token.kind == "punct" and text[token.start] == "(" and token.start == held[2]
            if held[0] != "word" or called:
                yield ("function" if held[0] == "word" else held[0]), held[1], held[2]
            held = None
        if token.kind != "word":
            yield token.kind, token.start, token.end
            continue
        word = text[token.start : token.end].lower()
        kind = "keyword" if word in KEYWORDS else "type" if word in TYPES else "word"
        held = (kind, token.start, token.end)
    if held is not None and held[0] != "word":
        yield held
