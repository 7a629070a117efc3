"""How staged edits look: a tint and a bar at the cell's edge, a sign beside the row number, a line through
rows that will be deleted. Never by colour alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.kit.grid.glyphs import value_font
from desktop.kit.rows import Marks
from desktop.kit.theme import theme

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame

_TOKENS = {"changed": "accent", "new": "ok", "deleted": "error", "conflict": "error", "bad": "error"}
SIGNS = {"changed": "•", "new": "+", "deleted": "−", "conflict": "!"}
_TINT = 0.17


class StagedPainter:
    """Paints the marks of one grid; remade with its painter when the theme changes."""

    def __init__(self, grid: GridFrame) -> None:
        self._grid = grid
        self._colors = {word: theme().color(token) for word, token in _TOKENS.items()}
        self._tints = {word: _faded(color) for word, color in self._colors.items()}
        self._bar = theme().scaled(2)
        self._font = value_font()
        self._font.setBold(True)

    def grounds(self, painter: QPainter, marks: Marks) -> None:
        """Tints below the texts."""
        grid = self._grid
        end = min(grid.viewport().width(), grid.edge_x(len(grid.columns)))
        for row, word in marks.rows.items():
            if word in ("new", "deleted"):
                area = QRect(grid.gutter, grid.row_y(row), end - grid.gutter, grid.row_height)
                painter.fillRect(area, self._tints[word])
        for (row, column), word in marks.cells.items():
            rect = self._cell(row, column)
            if rect is not None and not (word == "changed" and marks.rows.get(row) in ("new", "deleted")):
                painter.fillRect(rect, self._tints[word])

    def signs(self, painter: QPainter, marks: Marks) -> None:
        """Bars, lines and signs above the texts."""
        grid = self._grid
        for (row, column), word in marks.cells.items():
            rect = self._cell(row, column)
            if rect is not None:
                painter.fillRect(QRect(rect.left(), rect.top(), self._bar, rect.height()), self._colors[word])
        painter.setFont(self._font)
        end = min(grid.viewport().width(), grid.edge_x(len(grid.columns)))
        for row, word in marks.rows.items():
            top, height = grid.row_y(row), grid.row_height
            painter.setPen(self._colors[word])
            place = QRect(theme().scaled(3), top, theme().scaled(14), height)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, SIGNS[word])
            if word == "deleted":
                painter.setPen(QPen(self._colors[word], theme().scaled(1)))
                painter.drawLine(grid.gutter, top + height // 2, end, top + height // 2)

    def _cell(self, row: int, column: int) -> QRect | None:
        """Where a cell is to be seen, null if its column is hidden or scrolled away."""
        grid = self._grid
        place = grid.columns.place_of(column)
        if place is None:
            return None
        rect = grid.cell_rect(row, place)
        if place >= grid.columns.frozen_count:
            rect.setLeft(max(rect.left(), grid.gutter + grid.columns.frozen_width()))
        return rect if rect.left() < rect.right() and rect.left() < grid.viewport().width() else None


def _faded(color: QColor) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(_TINT)
    return faded
