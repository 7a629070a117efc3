"""What the mouse does over the cells and the row numbers.

Click: select; Shift extends, Ctrl adds. Drag: select, scrolling at the edges. Drag what is selected: take
it out as text. Ctrl+click on a foreign key's value: follow it. Double click: edit the value, else open it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QDrag, QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QToolTip

from desktop.kit.grid.copy_as import tsv
from desktop.kit.grid.formats import exact_text
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from embedded_server.wire.values import BadText

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

HOVER_MS = 250
_SCROLL_MS = 40
_TIP_LENGTH = 1500
_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


class Mouse(QObject):
    """One gesture at a time: selecting cells or rows, or about to drag the selection out."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._selecting = ""
        self._pressed_at = QPoint()
        self._lifting: Spot | None = None
        self._last = QPoint()
        self._hovered: Spot | None = None
        self._told = False
        self.autoscroll = QTimer(self, interval=_SCROLL_MS)
        self.autoscroll.timeout.connect(self.scroll_on)
        self._rest = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._rest.timeout.connect(self._rested)

    # --- pressing ----------------------------------------------------------------------------------

    def press(self, event: QMouseEvent) -> None:
        """A button went down over the viewport."""
        point = event.position().toPoint()
        self._grid.popups.close_peek()
        self._leave_reference()
        row = self._grid.row_at(point.y())
        inside = 0 <= row < self._grid.total_rows()
        if event.button() != Qt.MouseButton.LeftButton or not inside:
            return
        self._pressed_at = point
        if point.x() < self._grid.gutter:
            self._selecting = "rows"
            self._press_row(row, event.modifiers())
            return
        spot = self._grid.spot_at(point)
        if spot is not None:
            self._press_cell(spot, point, event.modifiers())

    def _press_row(self, row: int, modifiers: Qt.KeyboardModifier) -> None:
        if modifiers & _SHIFT:
            self._grid.select_row(row, extend=True)
        else:
            self._grid.select_row(row, add=bool(modifiers & _CTRL))

    def _press_cell(self, spot: Spot, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        grid = self._grid
        several = grid.selection.cell_count(len(grid.columns)) > 1
        if modifiers & _CTRL and not modifiers & _SHIFT and self.reference_at(point) == spot:
            grid.move_to(spot)
            grid.follow.emit(spot.row, grid.columns.places[spot.place])
        elif modifiers & _SHIFT:
            self._selecting = "cells"
            grid.move_to(spot, extend=True)
        elif modifiers & _CTRL:
            self._selecting = "cells"
            grid.selection.toggle(spot)
        elif several and spot in grid.selection:
            self._lifting = spot
        else:
            self._selecting = "cells"
            grid.move_to(spot)

    def release(self, event: QMouseEvent) -> None:
        """The button went up."""
        lifting = self._lifting
        self._end()
        if lifting is not None and event.button() == Qt.MouseButton.LeftButton:
            self._grid.move_to(lifting)

    def double_click(self, event: QMouseEvent) -> None:
        """Edit the value; where that cannot be, open it."""
        spot = self._grid.spot_at(event.position().toPoint())
        if spot is not None and event.button() == Qt.MouseButton.LeftButton:
            self._end()
            self._grid.move_to(spot)
            if self._grid.source.editing() is None or self._grid.editor.begin():
                self._grid.popups.view()

    def cancel(self) -> bool:
        """Esc: stop selecting; false if nothing is going on."""
        if not self._selecting and self._lifting is None:
            return False
        self._end()
        self._grid.selection.only_current()
        return True

    def _end(self) -> None:
        self._selecting, self._lifting = "", None
        self.autoscroll.stop()

    # --- dragging ----------------------------------------------------------------------------------

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved."""
        point = event.position().toPoint()
        self._last = point
        if self._lifting is not None:
            if (point - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
                self._end()
                self.drag_out()
        elif self._selecting:
            self._stretch(point)
        else:
            self._hover(point, event.modifiers())

    def _stretch(self, point: QPoint) -> None:
        grid = self._grid
        rows = grid.total_rows()
        row = max(0, min(grid.row_at(point.y()), rows - 1))
        if self._selecting == "rows":
            grid.select_row(row, extend=True)
        else:
            place = grid.place_at(max(point.x(), grid.gutter))
            if place is None:
                place = len(grid.columns) - 1
            grid.selection.extend(Spot(row, place), rows - 1)
        outside = not grid.viewport().rect().contains(point)
        if outside and not self.autoscroll.isActive():
            self.autoscroll.start()
        elif not outside:
            self.autoscroll.stop()

    def scroll_on(self) -> None:
        """The pointer is held outside while selecting: scroll towards it, faster the farther it is."""
        grid, area = self._grid, self._grid.viewport().rect()
        down = max(0, self._last.y() - area.bottom()) - max(0, area.top() - self._last.y())
        right = max(0, self._last.x() - area.right()) - max(0, area.left() + grid.gutter - self._last.x())
        if down:
            grid.scroll_pixels_by((1 if down > 0 else -1) * grid.row_height * (1 + abs(down) // 30))
        if right:
            bar = grid.horizontalScrollBar()
            bar.setValue(bar.value() + right)
        self._stretch(self._last)

    def drag_out(self) -> None:
        """Take the selection to another program as text."""
        grid = self._grid
        table = grid.copier.at_hand()
        if table is None:
            many = grid.copier.too_many_to_drag()
            why = "So many cells cannot be dragged" if many else "Some of these cells are not loaded whole"
            grid.said.emit(f"{why}: copy them with Ctrl+C")
            return
        drag = QDrag(grid)
        data = QMimeData()
        data.setText(tsv(table))
        drag.setMimeData(data)
        # Qt offers no drag without its own loop; the window keeps running inside it.
        drag.exec(Qt.DropAction.CopyAction)

    # --- hovering ----------------------------------------------------------------------------------

    def left(self) -> None:
        """The pointer left the view."""
        self._set_row(None)
        self._set_hovered(None)

    def _hover(self, point: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        row = self._grid.row_at(point.y())
        self._set_row(row if 0 <= row < self._grid.total_rows() else None)
        reference = self.reference_at(point)
        self._set_hovered(reference)
        link = reference is not None and bool(modifiers & _CTRL)
        self._grid.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if link else Qt.CursorShape.ArrowCursor
        )

    def _set_row(self, row: int | None) -> None:
        before, self._grid.hovered_row = self._grid.hovered_row, row
        if before != row:
            for changed in (before, row):
                if changed is not None:
                    self._grid.update_rows(changed, changed)

    def reference_at(self, point: QPoint) -> Spot | None:
        """The cell of a foreign key whose value (not the blank beside it) is under the pointer."""
        grid = self._grid
        spot = grid.spot_at(point) if point.x() >= grid.gutter else None
        if spot is None or grid.column_at(spot.place).references is None:
            return None
        cell = grid.cell_at(spot)
        if cell is None or isinstance(cell, Missing):
            return None
        return spot if self._text_rect(spot).contains(point) else None

    def _text_rect(self, spot: Spot) -> QRect:
        grid = self._grid
        rect = grid.cell_rect(spot.row, spot.place)
        extent = grid.painter.text_extent(spot.row, spot.place)
        if extent is None:
            return rect
        return QRect(rect.left() + round(extent[0]), rect.top(), round(extent[1]) + 1, rect.height())

    def _set_hovered(self, spot: Spot | None) -> None:
        if spot == self._hovered:
            return
        self._leave_reference()
        self._hovered = spot
        if spot is not None:
            self._rest.start()

    def _leave_reference(self) -> None:
        self._rest.stop()
        self._hovered = None
        if self._told:
            self._told = False
            self._grid.hover_left.emit()

    def _rested(self) -> None:
        spot, grid = self._hovered, self._grid
        if spot is None:
            return
        rect = grid.cell_rect(spot.row, spot.place)
        self._told = True
        on_screen = QRect(grid.viewport().mapToGlobal(rect.topLeft()), rect.size())
        grid.hover_reference.emit(spot.row, grid.columns.places[spot.place], on_screen)

    def tool_tip(self, event: QHelpEvent) -> None:
        """The whole text of a cell that is cut off."""
        grid = self._grid
        spot = grid.spot_at(event.pos()) if event.pos().x() >= grid.gutter else None
        text = self.tip(spot) if spot is not None else ""
        if text and spot is not None:
            QToolTip.showText(event.globalPos(), text, grid, grid.cell_rect(spot.row, spot.place))
        else:
            QToolTip.hideText()

    def tip(self, spot: Spot) -> str:
        """What the hover says of a cell: its text if the grid does not show all of it, else nothing."""
        cell = self._grid.cell_at(spot)
        if cell is None or isinstance(cell, Missing) or not self._grid.painter.elided(spot.row, spot.place):
            return ""
        text = cell.shown() if isinstance(cell, BadText) else exact_text(cell)
        return text if len(text) <= _TIP_LENGTH else text[:_TIP_LENGTH] + "…"
