"""What the mouse does in the header.

Click: sort (ascending, descending, not). Shift+click: sort by this column too. Ctrl+click: select the
column; Ctrl+Shift+click extends. Drag: move the column. Drag an edge: resize; double click: fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from desktop.kit.theme import theme

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame
    from desktop.kit.grid.header import Header

_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class HeaderMouse:
    """One gesture at a time: pressed, resizing, moving a column or selecting columns."""

    def __init__(self, grid: GridFrame, header: Header) -> None:
        self._grid = grid
        self._header = header
        self._pressed: int | None = None
        self._press_x = 0
        self._resizing: int | None = None
        self._width_before = 0
        self._selecting = False
        self.lifted: int | None = None
        self._drop: int | None = None

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        x = round(event.position().x())
        place = self._grid.place_at(x)
        if event.button() == Qt.MouseButton.RightButton and place is not None:
            self._header.menu_wanted.emit(place, event.globalPosition().toPoint())
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._grid.setFocus(Qt.FocusReason.MouseFocusReason)
        self._press_x = x
        edge = self.edge_at(x)
        if edge is not None:
            self._resizing = edge
            self._width_before = self._grid.columns.width(edge)
        elif place is None:
            if x < self._grid.gutter:
                self._header.corner_clicked.emit()
        elif event.modifiers() & _CTRL:
            self._selecting = True
            extend = bool(event.modifiers() & _SHIFT)
            self._header.picked.emit(place, not extend, extend)
        else:
            self._pressed = place

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        x = round(event.position().x())
        if self._resizing is not None:
            width = self._width_before + x - self._press_x
            self._grid.set_column_width(self._grid.columns.places[self._resizing], width)
        elif self._selecting:
            place = self._grid.place_at(x)
            if place is not None:
                self._header.picked.emit(place, False, True)
        elif self._pressed is not None:
            self._lift(x)
        else:
            on_edge = self.edge_at(x) is not None
            self._header.setCursor(Qt.CursorShape.SplitHCursor if on_edge else Qt.CursorShape.ArrowCursor)

    def release(self, event: QMouseEvent) -> None:
        """The button went up."""
        pressed, lifted, drop = self._pressed, self.lifted, self._drop
        self._pressed = self.lifted = self._drop = self._resizing = None
        self._selecting = False
        self._header.update()
        if lifted is not None:
            if drop is not None:
                self._grid.move_column(lifted, drop - 1 if drop > lifted else drop)
        elif pressed is not None and pressed == self._grid.place_at(round(event.position().x())):
            self._header.clicked.emit(pressed, bool(event.modifiers() & _SHIFT))

    def double_click(self, event: QMouseEvent) -> None:
        """Twice on an edge fits the column; elsewhere it is two clicks."""
        edge = self.edge_at(round(event.position().x()))
        if edge is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grid.fit_columns([self._grid.columns.places[edge]])
        else:
            self.press(event)

    def cancel(self) -> bool:
        """Esc: put back what is being dragged; false if nothing is."""
        if self._resizing is not None:
            self._grid.set_column_width(self._grid.columns.places[self._resizing], self._width_before)
        elif self.lifted is None:
            return False
        self._pressed = self.lifted = self._drop = self._resizing = None
        self._header.update()
        return True

    def edge_at(self, x: int) -> int | None:
        """The place whose right edge is under the pointer."""
        reach = theme().scaled(4)
        for probe in (x - reach, x, x + reach):
            place = self._grid.place_at(probe)
            if place is not None and abs(self._grid.right_x(place) - x) <= reach:
                return place
        last = len(self._grid.columns) - 1
        return last if last >= 0 and abs(self._grid.right_x(last) - x) <= reach else None

    def drop_edge(self) -> int | None:
        """Where the lifted column would land, as a coordinate."""
        if self._drop is None:
            return None
        return self._grid.right_x(self._drop - 1) if self._drop else self._grid.edge_x(0)

    def _lift(self, x: int) -> None:
        if self.lifted is None:
            if abs(x - self._press_x) < QApplication.startDragDistance():
                return
            self.lifted = self._pressed
        place = self._grid.place_at(x)
        if place is None:
            place = 0 if x < self._grid.edge_x(0) else len(self._grid.columns) - 1
        middle = self._grid.edge_x(place) + self._grid.columns.width(place) // 2
        self._drop = place + 1 if x > middle else place
        self._header.update()
