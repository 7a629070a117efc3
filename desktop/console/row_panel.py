"""The inspector of a console tab: every field of the result's current row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.kit.grid.formats import Style, exact_text, show
from desktop.kit.theme import theme
from desktop.kit.widgets import ElidedLabel, FilterBox, KeyValue, KeyValueList, Paragraph, Surface, slim_bars
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

_TOKENS = {Style.NUMBER: "number", Style.NULL: "null", Style.EMPTY: "null"}
# With more fields than this a box to filter them appears.
_MANY = 12


class RowPanel(QScrollArea):
    """Follows the cursor of the result in front."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[KeyValue] = []
        self.setAccessibleName("Row")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        slim_bars(self)
        self.heading = ElidedLabel("", "dim", ratio=0.88, weight=600)
        self._hint = Paragraph("The row of the result under the cursor stands here.", "dim")
        self.filter = FilterBox("Filter fields")
        self.fields = KeyValueList("Fields of the row")
        self.filter.filtered.connect(self._fill)
        body = Surface("bg1")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(theme().scaled(6))
        inset = QVBoxLayout()
        inset.setContentsMargins(14, 0, 14, 0)
        inset.addWidget(self.heading)
        inset.addWidget(self._hint)
        inset.addWidget(self.filter)
        column.addLayout(inset)
        column.addWidget(self.fields)
        column.addStretch(1)
        self.setWidget(body)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No row is current."""
        self._show("NO ROW SELECTED", [])

    def show_row(self, number: int, columns: Sequence[Column], cells: Sequence[Cell]) -> None:
        """Show a row; `number` counts from 1."""
        rows = [_field(column, cell) for column, cell in zip(columns, cells, strict=True)]
        self._show(f"ROW {number:,}", rows)

    def _show(self, heading: str, rows: list[KeyValue]) -> None:
        self._rows = rows
        self.heading.setText(heading)
        self._hint.setVisible(not rows)
        self.filter.setVisible(len(rows) > _MANY)
        self._fill()

    def _fill(self, *_: object) -> None:
        wanted = self.filter.text().casefold() if not self.filter.isHidden() else ""
        self.fields.show_rows([row for row in self._rows if wanted in row.key.casefold()])


def _field(column: Column, cell: Cell) -> KeyValue:
    shown = show(cell, column)
    text = shown.text + (f"  {shown.suffix}" if shown.suffix else "")
    italic = shown.style in (Style.NULL, Style.EMPTY)
    return KeyValue(column.name, text, _TOKENS.get(shown.style, "text"), italic=italic, copy=exact_text(cell))
