"""The cursor's value over the grid: a peek card beside the cell, a viewer below the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.kit.grid.formats import number_text
from desktop.kit.grid.header import type_line
from desktop.kit.grid.viewers.panel import TEXT, TIME, ValuePanel
from desktop.kit.rows import Missing
from desktop.kit.theme import theme
from desktop.kit.widgets.buttons import IconButton
from desktop.kit.widgets.paint import rounded
from desktop.kit.widgets.text import ElidedLabel

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid
    from desktop.kit.grid.selection import Spot


class _Value(QFrame):
    """A frame with a heading and the value; follows the cursor."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self.grid = grid
        self.spot: Spot | None = None
        self._seen: object = None
        self.heading = ElidedLabel("", "dim", ratio=0.9, parent=self)
        self.panel = ValuePanel(self)
        self.head = QHBoxLayout()
        self.head.addWidget(self.heading, 1)
        column = QVBoxLayout(self)
        margin = theme().scaled(8)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme().scaled(4))
        column.addLayout(self.head)
        column.addWidget(self.panel, 1)

    def show_cell(self, spot: Spot) -> None:
        """Show another cell; the same value again is left as it is, scrolled and opened."""
        grid = self.grid
        cell = grid.cell_at(spot)
        column = grid.column_at(spot.place)
        if isinstance(cell, Missing) or (spot, cell) == self._seen:
            return
        self.spot, self._seen = spot, (spot, cell)
        self.panel.show_cell(cell, column, grid.source.value(spot.row, grid.columns.places[spot.place]))
        row = number_text(spot.row, grid.source.numbers_exact(spot.row))
        parts = [column.name, type_line(column), f"row {row}", self.panel.about()]
        parts += ["NULL"] if cell is None else ["empty text"] if cell == "" else []
        self.heading.setText(" · ".join(part for part in parts if part))
        self.arrange()

    def arrange(self) -> None:
        """Take the place in the grid."""


_LOW, _HIGH = 150, 280
_SHORT = 150


class Peek(_Value):
    """A small card beside the cell; the keyboard stays in the grid."""

    def __init__(self, grid: Grid, spot: Spot) -> None:
        super().__init__(grid)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panel.text.tools.hide()
        self.show_cell(spot)

    def _short(self) -> bool:
        """Whether a few lines hold the value."""
        shown = self.panel.text.edit.whole_text()
        return self.panel.way() == TEXT and len(shown) < _SHORT and shown.count("\n") < 3

    def arrange(self) -> None:
        if self.spot is None:
            return
        area = self.grid.viewport().geometry()
        high = _LOW if self.panel.way() == TIME or self._short() else _HIGH
        width, height = min(theme().scaled(440), area.width()), min(theme().scaled(high), area.height())
        cell = self.grid.cell_rect(self.spot.row, self.spot.place).translated(area.topLeft())
        below = cell.bottom() + 2
        top = below if below + height <= area.bottom() else max(area.top(), cell.top() - height - 2)
        left = max(area.left(), min(cell.left(), area.right() - width))
        self.setGeometry(left, top, width, height)
        self.raise_()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, self.rect(), theme().color("bg1"), theme().color("faint"))
        painter.end()


class Viewer(_Value):
    """The lower part of the grid; Esc or the cross closes it."""

    closed = Signal()

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        cross = IconButton("close", "Close the value (Esc)")
        cross.clicked.connect(self.closed)
        self.head.addWidget(cross)
        self.setAccessibleName("Value")
        self.panel.bar.chosen.connect(self._rearrange)

    def take_focus(self) -> None:
        """Put the keyboard into the value."""
        self.panel.take_focus()

    def arrange(self) -> None:
        area = self.grid.viewport().geometry()
        share = 3 if self.panel.nested() else 2
        height = max(area.height() * share // 5, min(area.height(), theme().scaled(180)))
        self.setGeometry(area.left(), area.bottom() + 1 - height, area.width(), height)
        self.raise_()
        self._uncover(height)

    def _rearrange(self, _: int) -> None:
        self.arrange()

    def _uncover(self, height: int) -> None:
        """The cursor's row must not lie under the viewer."""
        if self.spot is None:
            return
        grid = self.grid
        free = grid.viewport().height() - height
        below = grid.row_y(self.spot.row) + grid.row_height - free
        if below > 0:
            grid.scroll_pixels_by(below)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("bg1"))
        painter.setPen(theme().color("line"))
        painter.drawLine(QPoint(0, 0), QPoint(self.width(), 0))
        painter.end()
