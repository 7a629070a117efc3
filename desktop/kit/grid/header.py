"""The header: name and type of each column, key and reference marks, sort arrows, filter marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.kit.grid.header_mouse import HeaderMouse
from desktop.kit.theme import theme
from desktop.kit.turns import unturned
from embedded_server.wire.data import Column, Order

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame


class Header(QWidget):
    """Stands above the grid's viewport and scrolls sideways with it.

    `clicked(place, add)`: sort by a column, with Shift besides the others. `picked(place, add, extend)`:
    select it. `corner_clicked`: select everything. `menu_wanted(place, point on the screen)`.
    """

    clicked = Signal(int, bool)
    picked = Signal(int, bool, bool)
    corner_clicked = Signal()
    menu_wanted = Signal(int, QPoint)

    def __init__(self, grid: GridFrame) -> None:
        super().__init__(grid)
        self._grid = grid
        self.mouse = HeaderMouse(grid, self)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.restyle()

    def restyle(self) -> None:
        """Fonts or colours changed."""
        self._name_font = theme().ui_font(0.95, 600)
        self._type_font = theme().ui_font(0.82)
        self._name_metrics = QFontMetricsF(self._name_font)
        self._type_metrics = QFontMetricsF(self._type_font)
        self._padding = theme().scaled(8)
        self.setAccessibleName("Columns")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, round(self._lines()) + theme().scaled(14))

    def _lines(self) -> float:
        """Names, and types below them where any column has one."""
        typed = not len(self._grid.columns) or any(type_line(one) for one in self._grid.columns.columns)
        return self._name_metrics.height() + (self._type_metrics.height() if typed else 0)

    def natural_width(self, column: Column) -> int:
        """The width at which name and type are shown whole."""
        mark = self._name_metrics.horizontalAdvance(" ↓2")
        name = self._name_metrics.horizontalAdvance(column.name) + mark
        kind = self._type_metrics.horizontalAdvance(type_line(column))
        return round(max(name, kind)) + 2 * self._padding + 1

    # --- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("bg2"))
        grid = self._grid
        columns = grid.columns
        fixed = grid.gutter + columns.frozen_width()
        area = event.rect()
        places = columns.span(
            max(area.left(), fixed) - grid.gutter + grid.side(), area.right() + 1 - grid.gutter + grid.side()
        )
        painter.setClipRect(fixed, 0, max(0, self.width() - fixed), self.height())
        for place in places:
            self._column(painter, place)
        painter.setClipping(False)
        for place in range(columns.frozen_count):
            self._column(painter, place)
        painter.setPen(theme().color("line"))
        painter.drawLine(QPointF(0, self.height() - 0.5), QPointF(self.width(), self.height() - 0.5))
        painter.drawLine(QPointF(grid.gutter - 0.5, 0), QPointF(grid.gutter - 0.5, self.height()))
        self._drop_mark(painter)
        painter.end()

    def _column(self, painter: QPainter, place: int) -> None:
        grid = self._grid
        index = grid.columns.places[place]
        column = grid.columns.columns[index]
        x, width = grid.edge_x(place), grid.columns.width(place)
        if self.mouse.lifted == place or self._selected(place):
            painter.fillRect(x, 0, width, self.height(), theme().color("bg3"))
        room = width - 2 * self._padding
        left = x + self._padding
        top = (self.height() - self._lines()) / 2 - 0.5
        base = top + self._name_metrics.ascent()
        mark = sort_mark(column.name, grid.source.order_by())
        if index in grid.filtered_columns():
            side = theme().scaled(11)
            painter.drawPixmap(
                x + width - self._padding - side, round(top + 3), theme().pixmap("filter", 11, "info")
            )
            room -= side + 4
        self._name(painter, QPointF(left, base), column.name, mark, room)
        painter.setFont(self._type_font)
        painter.setPen(theme().color("dim"))
        under = base + self._name_metrics.descent() + self._type_metrics.ascent() + 1
        self._text(
            painter, QPointF(left, under), type_line(column), self._type_metrics, width - 2 * self._padding
        )
        painter.setPen(theme().color("line"))
        painter.drawLine(QPointF(x + width - 0.5, 0), QPointF(x + width - 0.5, self.height()))

    def _name(self, painter: QPainter, at: QPointF, name: str, mark: str, room: float) -> None:
        painter.setFont(self._name_font)
        painter.setPen(theme().color("text"))
        metrics = self._name_metrics
        mark_width = metrics.horizontalAdvance(mark)
        shown = metrics.elidedText(flat(name), Qt.TextElideMode.ElideRight, max(0.0, room - mark_width))
        painter.drawText(at, shown)
        if mark:
            painter.setPen(theme().color("text"))
            painter.drawText(at + QPointF(metrics.horizontalAdvance(shown), 0), mark)

    @staticmethod
    def _text(painter: QPainter, at: QPointF, text: str, metrics: QFontMetricsF, room: float) -> None:
        painter.drawText(at, metrics.elidedText(flat(text), Qt.TextElideMode.ElideRight, max(0.0, room)))

    def _selected(self, place: int) -> bool:
        selection = self._grid.selection
        return selection.place_selected(place, self._grid.total_rows()) and self._grid.total_rows() > 0

    def _drop_mark(self, painter: QPainter) -> None:
        edge = self.mouse.drop_edge()
        if edge is not None:
            painter.fillRect(QRect(edge - 1, 0, 2, self.height()), theme().color("select_line"))

    # --- events ------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.mouse.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mouse.double_click(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            place = self._grid.place_at(event.pos().x())
            if place is None:
                QToolTip.hideText()
            else:
                column = self._grid.columns.columns[self._grid.columns.places[place]]
                QToolTip.showText(event.globalPos(), tip(column), self)
            return True
        return super().event(event)


def type_line(column: Column) -> str:
    """The second line of a header: `bigint · key`, `bigint → customers`."""
    line = column.type
    if column.key:
        line += " · key" if line else "key"
    if column.references is not None:
        line += f" → {column.references.table}"
    return line.strip()


def tip(column: Column) -> str:
    """Everything known of a column, for the hover."""
    lines = [column.name, type_line(column)]
    if column.nullable is not None:
        lines.append("may be NULL" if column.nullable else "never NULL")
    if column.default is not None:
        lines.append(f"default {column.default}")
    if column.generated:
        lines.append("generated")
    if column.comment:
        lines.append(column.comment)
    return "\n".join(line for line in lines if line)


def sort_mark(name: str, orders: list[Order]) -> str:
    """The arrow behind a sorted column's name, numbered if there are several."""
    for number, order in enumerate(orders, 1):
        if order.column == name:
            arrow = " ↓" if order.desc else " ↑"
            return arrow + (str(number) if len(orders) > 1 else "")
    return ""


def flat(text: str) -> str:
    """A name on one line."""
    return unturned(text.replace("\n", "↵").replace("\t", " ").replace("\r", ""))
