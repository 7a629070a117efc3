"""A text to read: wrapped or not, with blanks shown or not, in parts when it is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

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

# One line of a million characters takes a text layout seconds; a part of this size takes milliseconds.
PART = 64 * 1024

_SHEET = """
QPlainTextEdit { background: @bg1; color: @text; border: 0; padding: @4px;
                 selection-background-color: @select; selection-color: @text; }
"""


class TextView(QWidget):
    """Shows a value as text, the first part at once, more on demand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Value | None = None
        self._flow: Flow | None = None
        self._shown = 0
        self.edit = QPlainTextEdit(self)
        self.edit.setReadOnly(True)
        self.edit.setAccessibleName("Text")
        self.edit.setTabChangesFocus(True)
        self.edit.setUndoRedoEnabled(False)
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
        self._value, self._shown = value, 0
        self.edit.clear()
        if value is None:
            self.edit.setPlainText(fallback[:PART])
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
        text = part if isinstance(part, str) else part.decode("utf-8", "backslashreplace")
        cursor = self.edit.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(text)
        self._note(text)

    def _note(self, text: str) -> None:
        whole = self._value is None or self._shown >= self._value.size
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
