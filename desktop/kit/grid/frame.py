"""The grid's frame: header, filter boxes, row numbers, frozen and scrolling columns; where everything is."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QPoint, QRect, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.kit.grid.columns import ColumnLayout
from desktop.kit.grid.filter_row import FilterRow
from desktop.kit.grid.fitting import Fitting
from desktop.kit.grid.header import Header
from desktop.kit.grid.paint import GridPainter
from desktop.kit.grid.selection import Selection, Spot
from desktop.kit.row_view import RowView
from desktop.kit.rows import Missing, RowSource
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell


class GridFrame(RowView):
    """Geometry, painting and the arrangement of columns; `Grid` adds what a person can do.

    `arranged`: columns were moved, hidden, shown, frozen or resized.
    """

    arranged = Signal()

    def __init__(self, source: RowSource | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = source or RowSource(self)
        self.columns = ColumnLayout()
        self.selection = Selection(self._selected)
        self.gutter = 0
        self.hovered_row: int | None = None
        self.painter = GridPainter(self)
        self.fitting = Fitting(self)
        self.header = Header(self)
        self.filter_row = FilterRow(self)
        self.scrolled.connect(self._scrolled)
        self.horizontalScrollBar().valueChanged.connect(self._scrolled_sideways)

    def _selected(self) -> None:
        """The selection changed."""

    # --- rows and places ---------------------------------------------------------------------------

    def total_rows(self) -> int:
        return self.source.row_count()

    def column_at(self, place: int) -> Column:
        """The column shown at a place."""
        return self.columns.columns[self.columns.places[place]]

    def cell_at(self, spot: Spot) -> Cell | Missing:
        """The value at a row and place."""
        return self.source.cell(spot.row, self.columns.places[spot.place])

    def filtered_columns(self) -> set[int]:
        """The columns that a filter is on."""
        names = {condition.column for condition in self.source.filters()}
        return {index for index, column in enumerate(self.columns.columns) if column.name in names}

    def want(self) -> None:
        """Tell the source what is visible."""
        first, last = self.visible()
        if not self.total_rows():
            first, last = 0, self.page_rows()
        shown = self.shown_places()
        places = [*range(self.columns.frozen_count), *shown]
        reach = max(8, len(shown))
        spare = range(max(0, shown.start - reach), min(len(self.columns), shown.stop + reach))
        named = self.columns.places
        self.source.want(first, last, [named[place] for place in places], [named[place] for place in spare])

    def shown_places(self) -> range:
        """The places that are scrolled into view, those of frozen columns not among them."""
        side = self.side()
        return self.columns.span(side + self.columns.frozen_width(), side + self._inner_width())

    # --- geometry ----------------------------------------------------------------------------------

    def content_width(self) -> int:
        return self.columns.total_width() - self.columns.frozen_width()

    def page_width(self) -> int:
        return max(1, self._inner_width() - self.columns.frozen_width())

    def _inner_width(self) -> int:
        return self.viewport().width() - self.gutter

    def side(self) -> int:
        """How far the unfrozen columns are scrolled to the left."""
        return self.horizontalScrollBar().value()

    def edge_x(self, place: int) -> int:
        """The left edge of a place in the viewport."""
        x = self.gutter + self.columns.left(place)
        return x if place < self.columns.frozen_count else x - self.side()

    def right_x(self, place: int) -> int:
        """The right edge of a place in the viewport."""
        return self.edge_x(place) + self.columns.width(place)

    def place_at(self, x: int) -> int | None:
        """The place at a viewport coordinate."""
        x -= self.gutter
        if x < 0:
            return None
        return self.columns.place_at(x if x < self.columns.frozen_width() else x + self.side())

    def spot_at(self, point: QPoint) -> Spot | None:
        """The cell at a viewport coordinate."""
        place, row = self.place_at(point.x()), self.row_at(point.y())
        return Spot(row, place) if place is not None and 0 <= row < self.total_rows() else None

    def cell_rect(self, row: int, place: int) -> QRect:
        """Where a cell is in the viewport."""
        return QRect(self.edge_x(place), self.row_y(row), self.columns.width(place), self.row_height)

    def ensure_place(self, place: int) -> None:
        """Scroll sideways as little as needed to show a column wholly."""
        if place < self.columns.frozen_count:
            return
        bar = self.horizontalScrollBar()
        left = self.columns.left(place) - self.columns.frozen_width()
        width = self.columns.width(place)
        if left < bar.value() or width > self.page_width():
            bar.setValue(left)
        elif left + width > bar.value() + self.page_width():
            bar.setValue(left + width - self.page_width())

    def measure(self) -> None:
        """Row numbers, header and boxes take their room; called whenever one may need more or less."""
        self.gutter = self.painter.gutter_width(self.total_rows(), self.source.exact())
        head = self.header.sizeHint().height()
        boxes = 0 if self.filter_row.isHidden() else self.filter_row.sizeHint().height()
        if self.viewportMargins().top() != head + boxes:
            self.setViewportMargins(0, head + boxes, 0, 0)
        width = self.viewport().width()
        self.columns.fit(width - self.gutter)
        self.header.setGeometry(0, 0, width, head)
        self.filter_row.setGeometry(0, head, width, boxes)
        self.sync_sideways()
        self.filter_row.arrange()
        self.header.update()

    def show_filter_row(self, on: bool) -> None:
        """Show or hide the row of filter boxes."""
        self.filter_row.setVisible(on)
        self.measure()
        self.want()

    def open_filters(self, place: int | None = None) -> None:
        """Show the filter boxes and start typing into one: of this place, else of the cursor's."""
        current = self.selection.current
        self.show_filter_row(True)
        if len(self.columns):
            self.filter_row.edit(place if place is not None else current.place if current is not None else 0)

    # --- arranging columns -------------------------------------------------------------------------

    def set_column_width(self, column: int, width: int) -> None:
        """Resize one column."""
        self.fitting.settle(column)
        self.columns.set_width(column, width)
        self._arranged()

    def fit_columns(self, columns: Iterable[int]) -> None:
        """Make columns as wide as their header and what is loaded of them need."""
        self.fitting.fit(columns)
        self._arranged()

    def move_column(self, place: int, to: int) -> None:
        """Take a column to another place."""
        self._rearrange(self.columns.move, place, to)

    def hide_columns(self, columns: Iterable[int]) -> None:
        """Hide columns; one always stays."""
        self._rearrange(self.columns.hide, columns)

    def show_columns(self, columns: Iterable[int]) -> None:
        """Show hidden columns again."""
        self._rearrange(self.columns.show, columns)

    def freeze_columns(self, columns: Iterable[int], on: bool) -> None:
        """Keep columns at the left while the others scroll, or let them go."""
        self._rearrange(self.columns.freeze, columns, on)

    def _rearrange(self, change: Callable[..., None], *arguments: object) -> None:
        self.filter_row.finish()
        before = list(self.columns.places)
        change(*arguments)
        self.selection.rearrange(before, self.columns.places)
        self._arranged()

    def _arranged(self) -> None:
        self.measure()
        self.viewport().update()
        self.want()
        self.arranged.emit()

    # --- events ------------------------------------------------------------------------------------

    def paint_rows(self, painter: QPainter, first: int, last: int, y: int, area: QRect) -> None:
        if not self.total_rows() and self.source.loading():
            last = self.row_at(area.bottom())
        self.painter.rows(painter, first, last, y, area)

    def restyle(self) -> None:
        super().restyle()
        before = self.painter.texts.mono.advance
        self.painter = GridPainter(self)
        self.columns.scale(self.painter.texts.mono.advance / before)
        self.header.restyle()
        self.filter_row.restyle()
        self.measure()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.measure()
        self.want()

    def _scrolled(self, _: int) -> None:
        self.want()

    def _scrolled_sideways(self, _: int) -> None:
        self.header.update()
        self.filter_row.arrange()
        self.viewport().update()
        self.want()
