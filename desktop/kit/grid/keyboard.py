"""The keyboard in the grid: moving and extending here, everything else through the grid's actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from desktop.kit.grid.actions import bound_action
from desktop.kit.grid.selection import Spot

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

_Key = Qt.Key
_FAR = 1 << 62
_ARROWS = {
    _Key.Key_Up: (-1, 0),
    _Key.Key_Down: (1, 0),
    _Key.Key_Left: (0, -1),
    _Key.Key_Right: (0, 1),
}
_MODIFIERS = (
    Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class Keyboard:
    """Bare letters never act: they begin to edit the cell, where it can be edited."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid

    def press(self, event: QKeyEvent) -> bool:
        """Act on a key; false leaves it to others."""
        modifiers = event.modifiers() & _MODIFIERS
        key = _Key(event.key())
        if key == _Key.Key_Escape and not modifiers:
            return self.escape()
        action = bound_action(pressed(event))
        if action is not None:
            action.trigger(self._grid)
            return True
        return self._typed(event, key, modifiers) or self._move(key, modifiers)

    def _typed(self, event: QKeyEvent, key: _Key, modifiers: Qt.KeyboardModifier) -> bool:
        """Enter and typing edit the cell where it can be edited; false leaves the key to others."""
        grid, text = self._grid, event.text()
        strong = modifiers & ~Qt.KeyboardModifier.ShiftModifier
        if grid.source.editing() is None or strong or grid.selection.current is None:
            return False
        if key in (_Key.Key_Return, _Key.Key_Enter) and not modifiers:
            return not grid.editor.begin()
        if key == _Key.Key_Backspace:
            text = ""
        elif not text or not text.isprintable():
            return False
        reason = grid.editor.begin(text)
        if reason:
            grid.said.emit(reason)
        return True

    def escape(self) -> bool:
        """Close the topmost popup, then give up a drag, a copy, a paste, a selection, at last the loading.

        An open filter box has the keyboard itself and closes first.
        """
        grid = self._grid
        return (
            grid.popups.close_top()
            or grid.header.mouse.cancel()
            or grid.mouse.cancel()
            or grid.copier.cancel()
            or grid.edits.stop()
            or self._drop_selection()
            or grid.source.cancel()
        )

    def tab(self, event: QKeyEvent) -> bool:
        """Tab and Shift+Tab: the next or previous cell; false for other keys and behind the last cell."""
        grid, current = self._grid, self._grid.selection.current
        key, modifiers = _Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier
        if key not in (_Key.Key_Tab, _Key.Key_Backtab) or modifiers or current is None or grid.in_form:
            return False
        forward = key == _Key.Key_Tab and not event.modifiers()
        last = (grid.total_rows() - 1, len(grid.columns) - 1)
        if tuple(current) == (last if forward else (0, 0)):
            return False
        step = 1 if forward else -1
        row, place = current.row, current.place + step
        if not 0 <= place < len(grid.columns):
            row, place = row + step, 0 if forward else len(grid.columns) - 1
        grid.move_to(Spot(row, place))
        return True

    def _drop_selection(self) -> bool:
        grid = self._grid
        if grid.selection.cell_count(len(grid.columns)) < 2:
            return False
        grid.selection.only_current()
        return True

    def _move(self, key: _Key, modifiers: Qt.KeyboardModifier) -> bool:
        extend = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        rest = modifiers & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        current = self._grid.selection.current or Spot(self._grid.top(), 0)
        if rest == Qt.KeyboardModifier.NoModifier:
            target = self._near(key, current, extend)
        elif rest == Qt.KeyboardModifier.ControlModifier:
            target = self._far(key, current)
        else:
            target = None
        if target is None:
            return False
        self._grid.move_to(target, extend=extend)
        return True

    def _near(self, key: _Key, at: Spot, shift: bool) -> Spot | None:
        """One cell, one row's end, one page."""
        if key in _ARROWS:
            down, right = _ARROWS[key]
            return Spot(at.row + down, at.place + right)
        page = max(1, self._grid.page_rows() - 1)
        if key in (_Key.Key_Return, _Key.Key_Enter) and not shift:
            return Spot(at.row + 1, at.place)
        return {
            _Key.Key_PageDown: Spot(at.row + page, at.place),
            _Key.Key_PageUp: Spot(at.row - page, at.place),
            _Key.Key_Home: Spot(at.row, 0),
            _Key.Key_End: Spot(at.row, _FAR),
        }.get(key)

    @staticmethod
    def _far(key: _Key, at: Spot) -> Spot | None:
        """To the edge of the table."""
        return {
            _Key.Key_Up: Spot(0, at.place),
            _Key.Key_Down: Spot(_FAR, at.place),
            _Key.Key_Left: Spot(at.row, 0),
            _Key.Key_Right: Spot(at.row, _FAR),
            _Key.Key_Home: Spot(0, 0),
            _Key.Key_End: Spot(_FAR, _FAR),
        }.get(key)


def pressed(event: QKeyEvent) -> str:
    """The event's key sequence as text, such as "Ctrl+C"."""
    modifiers = event.modifiers() & _MODIFIERS
    return QKeySequence(QKeyCombination(modifiers, _Key(event.key()))).toString(
        QKeySequence.SequenceFormat.PortableText
    )
