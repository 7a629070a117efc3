"""A text to read: wrapped or not, with blanks shown or not, in parts when it is long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.kit.flow import Flow
from desktop.kit.grid.formats import invisible, size_text
from desktop.kit.grid.glyphs import value_font
from desktop.kit.theme import styled, theme
from desktop.kit.widgets.buttons import LinkButton
from desktop.kit.widgets.fields import Check
from desktop.kit.widgets.scroll import slim_bars
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.problem import Problem

if TYPE_CHECKING:
    from desktop.kit.rows import Value

PART = 64 * 1024
# Laying a paragraph out takes time with the square of its length; longer lines are cut into several
# paragraphs, which copying joins again.
_PARAGRAPH = 1000
# What stood before a paragraph, by its user state; the document itself keeps only that there is one.
_BREAKS = ("", "\n", "\r\n", "\r", "\u2029")
_LINE = re.compile("(\r\n|[\n\r\u2029])")

_SHEET = """
QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @4px;
                 selection-background-color: @select; selection-color: @text; }
"""


class LongText(QPlainTextEdit):
    """A read-only text whose lines may be of any length."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName("Text")
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)

    def append_text(self, text: str) -> None:
        """Put a text behind what is there, without a line break in between."""
        pieces: list[tuple[str, str]] = []
        before = ""
        for part in _LINE.split(text):
            if part in _BREAKS[1:]:
                before = part
                continue
            for start in range(0, max(1, len(part)), _PARAGRAPH):
                pieces.append((before, part[start : start + _PARAGRAPH]))
                before = ""
        document = self.document()
        first = 0 if document.isEmpty() else document.blockCount()
        cursor = QTextCursor(document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(("\n" if first else "") + "\n".join(piece for _, piece in pieces))
        block = document.findBlockByNumber(first)
        for before, _ in pieces:
            block.setUserState(_BREAKS.index(before))
            block = block.next()

    def whole_text(self) -> str:
        """Everything appended so far, as it was."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        return self._text_of(cursor)

    def selected_text(self) -> str:
        """What is selected, as it was."""
        return self._text_of(self.textCursor())

    def copy_selected(self) -> None:
        """Put it on the clipboard."""
        if self.textCursor().hasSelection():
            QGuiApplication.clipboard().setText(self.selected_text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        # The standard menu would copy the paragraphs as they are cut.
        menu = QMenu(self)
        menu.addAction("Copy", self.copy_selected).setEnabled(self.textCursor().hasSelection())
        menu.addAction("Select all", self.selectAll)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def _text_of(self, cursor: QTextCursor) -> str:
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        text = ""
        block = self.document().findBlock(start)
        while block.isValid() and block.position() <= end:
            inside = block.text()[max(0, start - block.position()) : end - block.position()]
            if block.position() > start:
                text += _BREAKS[max(0, block.userState())]
            text += inside
            block = block.next()
        return text


class TextView(QWidget):
    """Shows a value as text, the first part at once, more on demand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Value | None = None
        self._flow: Flow | None = None
        self._shown = 0
        self._ended = False
        self.edit = LongText(self)
        slim_bars(self.edit)
        styled(self.edit, _SHEET)
        self.wrap = Check("Wrap lines")
        self.wrap.setChecked(True)
        self.blanks = Check("Show blanks")
        self.more = LinkButton("Load more")
        self.note = ElidedLabel("", "dim", ratio=0.9, parent=self)
        self._lay_out()
        self.wrap.toggled.connect(self._options)
        self.blanks.toggled.connect(self._options)
        self.more.clicked.connect(self.load_more)
        theme().changed.connect(self.restyle)
        self.restyle()
        self._options()

    def _lay_out(self) -> None:
        self.tools = QWidget(self)
        tools = QHBoxLayout(self.tools)
        tools.setContentsMargins(theme().scaled(8), 0, theme().scaled(8), 0)
        tools.addWidget(self.wrap)
        tools.addWidget(self.blanks)
        tools.addWidget(self.note, 1)
        tools.addWidget(self.more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tools)
        column.addWidget(self.edit, 1)

    def restyle(self) -> None:
        """Take the font from the theme."""
        self.edit.setFont(value_font())

    def show_value(self, value: Value | None, fallback: str) -> None:
        """Show another value; `fallback` is all there is of one that cannot be read in parts."""
        if self._flow is not None:
            self._flow.cancel()
        self._value, self._shown, self._ended = value, 0, False
        self.edit.clear()
        if value is None:
            self.edit.append_text(fallback[:PART])
            self._note(fallback[:PART])
        else:
            self.load_more()

    def load_more(self) -> None:
        """Fetch and append the next part."""
        if self._value is not None:
            self._flow = Flow(self, self._append(self._value), self._failed)

    async def _append(self, value: Value) -> None:
        part = await value.read(self._shown, PART)
        self._shown += len(part)
        # The size of a text may be known in bytes only: a short part is the end too.
        self._ended = self._shown >= value.size or len(part) < PART
        text = part if isinstance(part, str) else part.decode("utf-8", "backslashreplace")
        self.edit.append_text(text)
        self._note(text)

    def _note(self, text: str) -> None:
        whole = self._value is None or self._ended
        self.more.setVisible(not whole)
        notes = []
        if not whole and self._value is not None:
            notes.append(f"{self._shown:,} of {size_text(self._value.size, self._value.unit)} shown")
        odd = invisible(text)
        if odd:
            notes.append("holds " + ", ".join(odd))
        self.note.set_token("dim")
        self.note.setText(" · ".join(notes))

    def _failed(self, problem: Problem) -> None:
        self.note.set_token("error")
        self.note.setText(problem.title)
        self.more.show()

    def _options(self) -> None:
        wrapped = QPlainTextEdit.LineWrapMode.WidgetWidth
        self.edit.setLineWrapMode(wrapped if self.wrap.isChecked() else QPlainTextEdit.LineWrapMode.NoWrap)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if self.blanks.isChecked():
            option.setFlags(
                QTextOption.Flag.ShowTabsAndSpaces | QTextOption.Flag.ShowLineAndParagraphSeparators
            )
        self.edit.document().setDefaultTextOption(option)
