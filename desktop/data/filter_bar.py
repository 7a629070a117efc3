"""The row of controls over a table: its parts, the filters as chips, the condition, the SQL."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.grid.filters import chip_text
from desktop.kit.grid.grid import Grid
from desktop.kit.table_source import TableSource
from desktop.kit.theme import theme
from desktop.kit.widgets.buttons import Button, GuestButton, IconButton
from desktop.kit.widgets.chips import FilterChip
from desktop.kit.widgets.fields import TextField
from desktop.kit.widgets.layout import Surface, Toolbar
from desktop.kit.widgets.segments import SegmentedBar

# So many pixels a condition in force keeps, and one of several.
_ALONE, _AMONG = 180, 90


class FilterBar(QWidget):
    """Above the grid; the condition line opens below it on demand."""

    def __init__(self, context: Context, source: TableSource, grid: Grid, parts: tuple[str, ...]) -> None:
        super().__init__()
        self._context, self._source, self._grid = context, source, grid
        self._crowded = False
        self.parts = SegmentedBar(parts, "Parts of the table")
        self._chips = QWidget()
        self._chip_row = QHBoxLayout(self._chips)
        self._chip_row.setContentsMargins(theme().scaled(10), 0, 0, 0)
        self._chip_row.setSpacing(theme().scaled(6))
        self._chips.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._add = Button("+ filter")
        self._add.setToolTip("Filter boxes under the column names (Ctrl+F)")
        self._where_button = Button("WHERE")
        self._where_button.setToolTip("Filter by an SQL condition")
        self._sql = IconButton("copy", "Copy SQL")
        self._sql.setToolTip("Copy the query with this filter and order")
        bar = self.toolbar = Toolbar()
        bar.add(self.parts)
        bar.add(self._chips)
        bar.add(self._add, 4)
        bar.add(self._where_button)
        self._chart = GuestButton(context.verbs, "chart.draw", "chart", "Draw a chart")
        bar.add_right(self._chart)
        bar.add_right(self._sql)
        self.where = TextField("Condition", "status = 'open' AND amount > 100", mono=True)
        self._where_line = Surface("bg1", "bottom")
        line = QHBoxLayout(self._where_line)
        line.setContentsMargins(10, 4, 10, 4)
        line.addWidget(self.where)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self._where_line)
        self._where_line.hide()
        self._add.clicked.connect(self.show_filter_boxes)
        self._where_button.clicked.connect(self.show_where)
        self._sql.clicked.connect(self.copy_sql)
        self.where.returnPressed.connect(self._apply_where)
        source.reshaped.connect(self.refresh)
        self.refresh()

    def show_rows_tools(self, on: bool) -> None:
        """Filters belong to the rows alone."""
        for widget in (self._chips, self._add, self._where_button):
            widget.setVisible(on)
        self._show_icons(on)
        self._where_line.setVisible(on and bool(self._source.where()))

    def make_room(self, on: bool) -> None:
        """Edits are staged, whose buttons need the place; the palette still draws and copies the query."""
        self._crowded = on
        self._show_icons(not self._add.isHidden())

    def _show_icons(self, rows: bool) -> None:
        """What is done with the rows, where they are in sight and there is room."""
        self._chart.setVisible(rows and not self._crowded and "chart.draw" in self._context.verbs)
        self._sql.setVisible(rows and not self._crowded)

    def show_filter_boxes(self) -> None:
        """Open the boxes under the header."""
        self._grid.show_filter_row(True)

    def show_where(self) -> None:
        """Open the condition line and go there."""
        self._where_line.show()
        self.where.setText(self._source.where())
        self.where.setFocus()

    def copy_sql(self) -> None:
        """The query as shown, with literals, to the clipboard."""
        response = self._source.response()
        sql = response.shown_sql if response is not None else ""
        QGuiApplication.clipboard().setText(sql)
        self._context.notify.say("Copied the query." if sql else "There is no query yet.")

    def refresh(self) -> None:
        """Show the filters in force."""
        while (item := self._chip_row.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        filters, where = self._source.filters(), self._source.where()
        # One alone is read whole; several share the room that there is.
        least = _ALONE if len(filters) + bool(where) == 1 else _AMONG
        for number, condition in enumerate(filters):
            chip = FilterChip(chip_text(condition), least=least)
            chip.removed.connect(_Remove(self._source, number, chip).run)
            self._chip_row.addWidget(chip)
        if where:
            chip = FilterChip(where if len(where) < 40 else where[:38] + "…", least=least)
            chip.removed.connect(self._drop_where)
            self._chip_row.addWidget(chip)
        self._chips.setVisible(self._chip_row.count() > 0)

    def _apply_where(self) -> None:
        self._source.set_where(self.where.text().strip())
        self._grid.setFocus()

    def _drop_where(self) -> None:
        self._where_line.hide()
        self._source.set_where("")


class _Remove(QObject):
    """Removes one filter; lives as long as its chip."""

    def __init__(self, source: TableSource, number: int, owner: QWidget) -> None:
        super().__init__(owner)
        self._source, self._number = source, number

    def run(self) -> None:
        filters = self._source.filters()
        del filters[self._number]
        self._source.set_filters(filters)
