"""More carets than one: what is typed is typed at each of them, as one undo step.

Alt+Shift+Up and Alt+Shift+Down add a caret in the line above or below, in the same column; Esc, a click or a
key that moves elsewhere leaves only the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QTextCursor

from desktop.kit.theme import theme

if TYPE_CHECKING:
    from .editor import SqlEditor

_MOVES = {
    Qt.Key.Key_Left: QTextCursor.MoveOperation.Left,
    Qt.Key.Key_Right: QTextCursor.MoveOperation.Right,
    Qt.Key.Key_Home: QTextCursor.MoveOperation.StartOfBlock,
    Qt.Key.Key_End: QTextCursor.MoveOperation.EndOfBlock,
}
# More of them help nobody and would make each key slow.
MOST = 1000


class Carets:
    """The carets beside the editor's own."""

    def __init__(self, editor: SqlEditor) -> None:
        self._editor = editor
        self._others: list[QTextCursor] = []
        self._column = 0

    def count(self) -> int:
        """All carets, the editor's own too."""
        return 1 + len(self._others)

    def add(self, by: int) -> None:
        """One more, in the line above (-1) or below (1) the outermost."""
        own = self._editor.textCursor()
        if not self._others:
            self._column = own.positionInBlock()
        lines = [cursor.blockNumber() for cursor in (own, *self._others)]
        line = min(lines) - 1 if by < 0 else max(lines) + 1
        block = self._editor.document().findBlockByNumber(line)
        if not block.isValid() or len(self._others) >= MOST:
            return
        made = QTextCursor(block)
        made.setPosition(block.position() + min(self._column, block.length() - 1))
        self._others.append(made)
        self._editor.viewport().update()

    def leave(self) -> None:
        """Only the editor's own stays."""
        if self._others:
            self._others = []
            self._editor.viewport().update()

    def takes(self, event: QKeyEvent) -> bool:
        """Do what a key says at every caret; whether it was for them."""
        if not self._others:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        if not self._acts(event):
            if event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Control, Qt.Key.Key_Meta):
                self.leave()
            return False
        self._editor.viewport().update()
        return True

    def paste(self, text: str) -> bool:
        """A text into every caret, a line each if there are as many."""
        if not self._others:
            return False
        lines = text.rstrip("\n").split("\n")
        every = self._all()
        texts = lines if len(lines) == len(every) else [text] * len(every)
        every[0].beginEditBlock()
        for cursor, part in zip(every, texts, strict=True):
            cursor.insertText(part)
        every[0].endEditBlock()
        self._editor.setTextCursor(self._own(every))
        return True

    def paint(self, painter: QPainter) -> None:
        """Thin lines where they stand."""
        for cursor in self._others:
            area = self._editor.cursorRect(cursor)
            painter.fillRect(area.left(), area.top(), 2, area.height(), theme().color("accent"))

    def _all(self) -> list[QTextCursor]:
        """Every caret from top to bottom; the editor's own is a copy that has to be given back."""
        return sorted([self._editor.textCursor(), *self._others], key=QTextCursor.position)

    def _own(self, every: list[QTextCursor]) -> QTextCursor:
        return next(cursor for cursor in every if not any(cursor is other for other in self._others))

    def _acts(self, event: QKeyEvent) -> bool:
        key, typed = Qt.Key(event.key()), event.text()
        ways = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        plain = ways in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier)
        moving = _MOVES.get(key) if ways == Qt.KeyboardModifier.NoModifier else None
        deleting = plain and key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)
        writing = plain and bool(typed) and typed.isprintable()
        if moving is None and not deleting and not writing:
            return False
        every = self._all()
        every[0].beginEditBlock()
        for cursor in every:
            if moving is not None:
                cursor.movePosition(moving)
            elif writing:
                cursor.insertText(typed)
            elif key == Qt.Key.Key_Backspace and cursor.positionInBlock():
                cursor.deletePreviousChar()
            elif key == Qt.Key.Key_Delete and not cursor.atBlockEnd():
                cursor.deleteChar()
        every[0].endEditBlock()
        self._editor.setTextCursor(self._own(every))
        return True
