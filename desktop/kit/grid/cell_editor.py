"""Typing into a cell: one editor, moved over the cell that is edited.

Enter and Tab stage the text, Shift+Enter breaks the line, Ctrl+Enter sets all selected cells, Esc gives the
text up. Losing the focus stages too: what was typed is never dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from desktop.kit.flow import Flow
from desktop.kit.grid.editing import Editing, Place, Setting
from desktop.kit.grid.glyphs import value_font
from desktop.kit.grid.selection import Spot
from desktop.kit.theme import styled, theme

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

MOST_LINES = 10
_PARAGRAPH = "\u2029"
_ENTERS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_MODIFIERS = (
    Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
)
_SHEET = """
QPlainTextEdit { background: @bg1; color: @text; border: 2px solid @accent; padding: 0;
                 selection-background-color: @select; selection-color: @text; }
"""


class CellEditor(QPlainTextEdit):
    """The editor of one grid; hidden while nothing is edited."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid.viewport())
        self._grid = grid
        self._place: Place | None = None
        self._column = -1
        self._before = ""
        self._returns = False
        self._closing = False
        self._flow: Flow | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        styled(self, _SHEET)
        self.hide()
        self.textChanged.connect(self.arrange)
        grid.scrolled.connect(self._follow)
        grid.horizontalScrollBar().valueChanged.connect(self._follow)
        grid.arranged.connect(self.arrange)

    def editing(self) -> bool:
        """Whether a cell is being edited."""
        return self._place is not None

    def begin(self, typed: str | None = None) -> str:
        """Edit the cursor's cell: its text, or `typed` in its place. The reason if that cannot be."""
        grid, current = self._grid, self._grid.selection.current
        editing = grid.source.editing()
        if editing is None or current is None:
            return "These rows are only read"
        column = grid.columns.places[current.place]
        reason = editing.why_not(current.row, column)
        content = None if reason else editing.content(current.row, column)
        if not reason and content is None and typed is None and editing.is_long(current.row, column):
            self._flow = Flow(self, self._fetch(editing, current, column), self._grid.failed.emit)
            return ""
        if reason or (content is None and typed is None):
            return reason or "This value cannot be edited as text: set it from a file, or type another"
        self.finish()
        if typed is None and not _survives(content or ""):
            return "This text has characters that typing would change; replace it as a whole"
        self._place, self._column = editing.place(current.row), column
        self._open((content or "") if typed is None else typed, content or "", whole=typed is None)
        return ""

    async def _fetch(self, editing: Editing, spot: Spot, column: int) -> None:
        """A long text is fetched whole before it is edited, unless the cursor went on meanwhile."""
        place, text = editing.place(spot.row), await editing.fetch(spot.row, column)
        if self._place is not None or self._grid.selection.current != spot or place is None:
            return
        if not _survives(text):
            self._say("This text has characters that typing would change; replace it as a whole")
            return
        self._place, self._column = place, column
        self._open(text, text, whole=False)

    def _open(self, text: str, before: str, *, whole: bool) -> None:
        grid = self._grid
        self._before = before
        self._returns = "\r\n" in before
        self.setFont(value_font())
        self.document().setDocumentMargin(0)
        self.setViewportMargins(grid.painter.texts.padding - 2, 0, 2, 0)
        self.setPlainText(text.replace("\r\n", "\n"))
        self.setAccessibleName(f"Edit {grid.columns.columns[self._column].name}")
        self.document().clearUndoRedoStacks()
        if whole:
            self.selectAll()
        else:
            self.moveCursor(self.textCursor().MoveOperation.End)
        current = grid.selection.current
        if current is not None:
            grid.ensure_row(current.row)
            grid.ensure_place(current.place)
        self.arrange()
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        several = grid.selection.cell_count(len(grid.columns))
        if several > 1:
            grid.said.emit(f"Ctrl+Enter sets all {several:,} selected cells")

    def text(self) -> str:
        """What stands in the editor, exactly."""
        text = self.document().toRawText().replace(_PARAGRAPH, "\n")
        return text.replace("\n", "\r\n") if self._returns else text

    # --- ending --------------------------------------------------------------------------------------

    def finish(self) -> bool:
        """Stage what was typed; false if nothing is being edited."""
        place, column = self._place, self._column
        if place is None:
            return False
        text = self.text()
        self._close()
        row = place.row()
        if text == self._before:
            return True
        editing = self._grid.source.editing()
        if row is None or editing is None:
            self._grid.said.emit("The row is not there any more; what was typed is in the clipboard")
            self._keep(text)
            return True
        self._say(editing.set_cells([Setting(row, column, text)]))
        return True

    def give_up(self) -> bool:
        """Esc: close without staging; false if nothing is being edited."""
        if self._place is None:
            return False
        self._close()
        return True

    def set_all(self) -> None:
        """Stage the text for every selected cell."""
        text = self.text()
        self._close()
        self._grid.edits.set_selected(text)

    def set_null(self) -> None:
        """Stage NULL in place of the text."""
        self._close()
        self._grid.edits.set_selected(None, only_current=True)

    def _close(self) -> None:
        self._place = None
        self._closing = True
        if self.hasFocus():
            self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self._closing = False

    def _keep(self, text: str) -> None:
        from PySide6.QtGui import QGuiApplication  # noqa: PLC0415  # lazy: hardly ever

        QGuiApplication.clipboard().setText(text)

    def _say(self, reason: str) -> None:
        if reason:
            self._grid.said.emit(reason)

    # --- place ---------------------------------------------------------------------------------------

    def _follow(self, *_: object) -> None:
        self.arrange()

    def arrange(self) -> None:
        """Stand over the cell, wider and higher where the text needs it."""
        if self._place is None:
            return
        grid, row = self._grid, self._place.row()
        place = grid.columns.place_of(self._column)
        if row is None or place is None:
            return
        cell = grid.cell_rect(row, place)
        area = grid.viewport().rect()
        lines = min(MOST_LINES, self.blockCount())
        spacing = self.fontMetrics().lineSpacing()
        height = cell.height() if lines == 1 else lines * spacing + theme().scaled(10)
        widest = max((self.fontMetrics().horizontalAdvance(line) for line in self._lines()), default=0)
        width = max(cell.width(), min(widest + theme().scaled(28), area.right() - cell.left()))
        self.setGeometry(QRect(cell.left() - 1, cell.top() - 1, width + 1, height + 1))
        self.setViewportMargins(
            grid.painter.texts.padding - 2, max(0, (height - 4 - lines * spacing) // 2), 2, 0
        )

    def restyle(self) -> None:
        """Fonts or sizes are others now."""
        self.setFont(value_font())
        self.arrange()

    def _lines(self) -> list[str]:
        return self.document().toRawText().split(_PARAGRAPH)[:MOST_LINES]

    # --- events --------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        # Keys of the editor that are verbs of the window elsewhere.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._own(event):
            event.accept()
            return True
        return super().event(event)

    def _own(self, event: QKeyEvent) -> bool:
        key, modifiers = Qt.Key(event.key()), event.modifiers() & _MODIFIERS
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        if key in _ENTERS or key == Qt.Key.Key_Escape:
            return True
        return control and key in (Qt.Key.Key_0, Qt.Key.Key_Z, Qt.Key.Key_A, Qt.Key.Key_V, Qt.Key.Key_C)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = Qt.Key(event.key()), event.modifiers() & _MODIFIERS
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        if key == Qt.Key.Key_Escape:
            self.give_up()
        elif key in _ENTERS and control:
            self.set_all()
        elif key in _ENTERS and not modifiers:
            self._finish_and_move(1, 0)
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._finish_and_move(0, 1 if key == Qt.Key.Key_Tab else -1)
        elif control and key == Qt.Key.Key_0:
            self.set_null()
        elif key in _ENTERS:
            self.textCursor().insertText("\n")
        else:
            super().keyPressEvent(event)

    def _finish_and_move(self, down: int, right: int) -> None:
        self.finish()
        current = self._grid.selection.current
        if current is not None:
            self._grid.move_to(Spot(current.row + down, current.place + right))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        kept = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if event.reason() not in kept and not self._closing:
            self.finish()


def _survives(text: str) -> bool:
    """Whether the editor gives back what it was given: it knows one kind of line break."""
    bare = text.replace("\r\n", "\n") if "\n" not in text.replace("\r\n", "") else text
    return not any(sign in bare for sign in ("\r", "\0", _PARAGRAPH, "\u2028", "\ufdd0", "\ufdd1"))
