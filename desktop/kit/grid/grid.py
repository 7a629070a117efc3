"""The grid: rows of a source under a header, with selection, keyboard, copying, filters and viewers.

It knows nothing of connections or tabs. What concerns others it tells by signals.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.kit.grid.announce import Announcer
from desktop.kit.grid.cell_editor import CellEditor
from desktop.kit.grid.copier import Copier
from desktop.kit.grid.edits import Edits
from desktop.kit.grid.frame import GridFrame
from desktop.kit.grid.keyboard import Keyboard
from desktop.kit.grid.menus import Menus
from desktop.kit.grid.mouse import Mouse
from desktop.kit.grid.notice import Notice
from desktop.kit.grid.popups import Popups
from desktop.kit.grid.selection import Spot
from desktop.kit.grid.sorting import Sorting
from desktop.kit.grid.summary import SelectionSummary
from desktop.kit.rows import LONG, RowSource


class Grid(GridFrame):
    """Shows one `RowSource`.

    `current_changed(row, column)`: the cursor moved or its cell arrived (column is the source's index;
    -1, -1: there is no cursor).
    `selection_changed`: also while a selection grows. `follow(row, column)`: go where this foreign key
    points. `hover_reference(row, column, rectangle on the screen)` after a moment over a foreign key,
    `hover_left` when the pointer leaves it. `said(text)`: something for the status bar.
    `failed(Problem)`: an action failed.
    """

    current_changed = Signal(LONG, int)
    selection_changed = Signal()
    follow = Signal(LONG, int)
    hover_reference = Signal(LONG, int, QRect)
    hover_left = Signal()
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, source: RowSource | None = None, parent: QWidget | None = None) -> None:
        super().__init__(source, parent)
        self._told: Spot | None = None
        self.sorting = Sorting(self)
        self.mouse = Mouse(self)
        self.keyboard = Keyboard(self)
        self.menus: Menus = Menus(self)
        self.copier = Copier(self)
        self.edits: Edits = Edits(self)
        self.editor: CellEditor = CellEditor(self)
        self.summary = SelectionSummary(self)
        self.announcer = Announcer(self)
        self.popups: Popups = Popups(self)
        self.notice = Notice(self)
        # In a form Tab is the way to the next field, and no walk through cells.
        self.in_form = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Rows")
        self.header.clicked.connect(self.sorting.click)
        self.header.picked.connect(self._pick_column)
        self.header.corner_clicked.connect(self.select_all)
        self.header.menu_wanted.connect(self.menus.header)
        self._listen(True)
        self._reshaped()

    # --- the source --------------------------------------------------------------------------------

    def set_source(self, source: RowSource) -> None:
        """Show other rows; the arrangement of columns with the same names stays."""
        self._listen(False)
        self.source = source
        self._listen(True)
        self.selection.clear()
        self._reshaped()

    def _listen(self, on: bool) -> None:
        source = self.source
        for signal, slot in (
            (source.arrived, self._arrived),
            (source.reshaped, self._reshaped),
            (source.counted, self._counted),
            (source.moved, self._moved),
            (source.troubled, self._troubled),
        ):
            if on:
                signal.connect(slot)
            else:
                signal.disconnect(slot)

    def _reshaped(self) -> None:
        columns = self.source.columns()
        self.editor.finish()
        self.edits.stop()
        self.popups.close_all()
        if [column.name for column in self.columns.columns] != [column.name for column in columns]:
            self.fitting.forget()
            self.selection.clear()
        self.columns.reset(columns, self.painter.texts.mono.advance)
        self.hovered_row = None
        self.scroll_to(0)
        if self.selection.current is not None:
            self.selection.set(Spot(0, self.selection.current.place))
        self.measure()
        self.rows_changed()
        self.notice.refresh()
        self.want()

    def _arrived(self, first: int, last: int) -> None:
        self.fitting.rows_arrived(first)
        self.update_rows(first, last)
        current = self.selection.current
        if current is None and self.total_rows() and len(self.columns):
            self.selection.set(Spot(first, 0))
        elif current is not None and first <= current.row <= last:
            self._tell_current()
        self.notice.refresh()
        self.summary.restart()

    def _counted(self) -> None:
        rows = self.total_rows()
        current = self.selection.current
        if current is not None and self.source.exact() and rows <= current.row:
            self.selection.clip(rows)
        self.measure()
        self.rows_changed()
        self.notice.refresh()
        self.want()

    def _moved(self, delta: int) -> None:
        # What is being pasted was meant for the rows that stood there.
        self.edits.stop()
        self.selection.shift(delta)
        self._told = self.selection.current
        self.shift(delta)

    def _troubled(self) -> None:
        self.notice.refresh()
        self.viewport().update()

    # --- selecting ---------------------------------------------------------------------------------

    def move_to(self, spot: Spot, *, extend: bool = False) -> None:
        """Set the cursor (clipped to the cells there are) and bring it into view."""
        rows, places = self.total_rows(), len(self.columns)
        if not rows or not places:
            return
        spot = Spot(max(0, min(spot.row, rows - 1)), max(0, min(spot.place, places - 1)))
        if extend:
            self.selection.extend(spot, rows - 1)
        else:
            self.selection.set(spot)
        self.ensure_row(spot.row)
        self.ensure_place(spot.place)

    def select_row(self, row: int, *, add: bool = False, extend: bool = False) -> None:
        """Select a whole row."""
        place = self.selection.current.place if self.selection.current is not None else 0
        if extend and self.selection.anchor is not None:
            self.selection.extend_rows(row, place)
        else:
            self.selection.rows(row, place, add=add and self._several())

    def select_column(self, place: int, *, add: bool = False, extend: bool = False) -> None:
        """Select a whole column."""
        last = self.total_rows() - 1
        row = self.selection.current.row if self.selection.current is not None else self.top()
        if last < 0:
            return
        if extend and self.selection.anchor is not None:
            self.selection.extend_columns(place, row, last)
        else:
            self.selection.column(place, row, last, add=add and self._several())

    def _several(self) -> bool:
        """Whether more than the cursor's cell is selected, so that there is something to add to."""
        return self.selection.cell_count(len(self.columns)) > 1

    def _pick_column(self, place: int, add: bool, extend: bool) -> None:
        self.select_column(place, add=add, extend=extend)

    def select_all(self) -> None:
        """Select every cell."""
        if self.total_rows() and len(self.columns):
            self.selection.all(self.total_rows() - 1, self.selection.current or Spot(self.top(), 0))

    def go_to_row(self, row: int) -> None:
        """Set the cursor to a row (0 is the first) and show it."""
        place = self.selection.current.place if self.selection.current is not None else 0
        self.center_row(max(0, min(row, self.total_rows() - 1)))
        self.move_to(Spot(row, place))

    def go_to_column(self, column: int) -> None:
        """Set the cursor to a shown column of the source and show it."""
        place = self.columns.place_of(column)
        if place is not None:
            current = self.selection.current
            self.move_to(Spot(current.row if current is not None else self.top(), place))
            self.ensure_place(place)

    def _selected(self) -> None:
        self.viewport().update()
        self.header.update()
        self.selection_changed.emit()
        self.summary.restart()
        if self.selection.current != self._told:
            self._tell_current()

    def _tell_current(self) -> None:
        current = self._told = self.selection.current
        self.popups.follow_current()
        if current is None or current.place >= len(self.columns):
            self.current_changed.emit(-1, -1)
        else:
            self.announcer.tell(current)
            self.current_changed.emit(current.row, self.columns.places[current.place])

    # --- remembering -------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Arrangement, position and cursor as JSON values."""
        current = self.selection.current
        return {
            "columns": self.columns.state(),
            "letter": self.painter.texts.mono.advance,
            "top": self.top(),
            "current": list(current) if current is not None else None,
            "filter_row": not self.filter_row.isHidden(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Apply what `state` gave; the rows may still be on their way."""
        columns = state.get("columns", {})
        self.columns.restore(columns)
        letter = self.painter.texts.mono.advance
        self.columns.scale(letter / float(state.get("letter", letter)))
        self.fitting.settle_names(columns.get("widths", ()))
        self.show_filter_row(bool(state.get("filter_row")))
        self.scroll_to(int(state.get("top", 0)))
        current = state.get("current")
        if current and self.total_rows():
            self.selection.set(Spot(int(current[0]), int(current[1])))
        self.measure()

    # --- events ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keyboard.press(event):
            event.ignore()

    def event(self, event: QEvent) -> bool:
        # A widget gets Tab as a move of the focus only; here it goes from cell to cell, then leaves.
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and self.keyboard.tab(event):
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._tell_current()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mouse.double_click(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menus.context(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self.mouse.left()
        elif event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self.mouse.tool_tip(event)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.popups.arrange()
        self.notice.arrange()
        self.editor.arrange()

    def restyle(self) -> None:
        super().restyle()
        self.popups.arrange()
        self.editor.restyle()
