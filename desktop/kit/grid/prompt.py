"""Small boxes over the grid's upper right corner: go to a row, find a column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from desktop.kit.grid.formats import count_text
from desktop.kit.theme import theme
from desktop.kit.widgets.fields import TextField
from desktop.kit.widgets.lists import ListView
from desktop.kit.widgets.paint import rounded
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.fuzzy import Names

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid

_MOST_FOUND = 200
_LINES = 8
_STAY = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
_ROW = re.compile(r"\s*~?([\d,. _']+)(%?)\s*\Z")


class Prompt(QFrame):
    """A box with one field. Enter accepts, Esc closes; it goes when the focus leaves it."""

    closed = Signal()

    def __init__(self, grid: Grid, title: str, hint: str) -> None:
        super().__init__(grid)
        self.grid = grid
        self.field = TextField(title, hint, self, mono=True)
        self.column = QVBoxLayout(self)
        margin = theme().scaled(8)
        self.column.setContentsMargins(margin, margin, margin, margin)
        self.column.setSpacing(theme().scaled(6))
        self.column.addWidget(self.field)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self.typed)

    def typed(self, text: str) -> None:
        """The text changed."""

    def accept(self) -> bool:
        """Enter: act on the text; false keeps the box open."""
        return True

    def arrange(self) -> None:
        """Take the place in the corner."""
        area = self.grid.viewport().geometry()
        margin = theme().scaled(8)
        width = min(theme().scaled(320), area.width() - 2 * margin)
        self.resize(width, self.sizeHint().height())
        self.move(area.right() - width - margin, area.top() + margin)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in _STAY:
                self.closed.emit()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self.key(event)
        return super().eventFilter(watched, event)

    def key(self, event: QKeyEvent) -> bool:
        """Enter and Esc; the rest is typing."""
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape or (key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.accept()):
            self.closed.emit()
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, self.rect(), theme().color("bg2"), theme().color("faint"))
        painter.end()


class GoToRow(Prompt):
    """`51,844`, `50%`, `end`."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid, "Go to row", "Row number, 50%, or end")
        source = grid.source
        self.note = ElidedLabel(
            f"of {count_text(source.row_count(), source.exact())} rows", "dim", ratio=0.88
        )
        self.column.addWidget(self.note)

    def accept(self) -> bool:
        row = row_meant(self.field.text(), self.grid.total_rows())
        if row is None:
            self.note.setText("Type a row number, a percentage such as 50%, or end")
            self.note.set_token("error")
            return False
        self.grid.go_to_row(row)
        return True


def row_meant(text: str, rows: int) -> int | None:
    """The 0-based row a person means, or null for nonsense."""
    if text.strip().casefold() in ("end", "last"):
        return rows - 1
    match = _ROW.match(text)
    if match is None:
        return None
    if match[2]:
        try:
            return max(0, min(rows - 1, int(float(match[1].strip().replace(",", ".")) * (rows - 1) / 100)))
        except ValueError:
            return None
    digits = re.sub(r"\D", "", match[1])
    return max(0, int(digits) - 1) if digits else None


class FindColumn(Prompt):
    """Column names while typing; Up and Down choose, Enter goes there."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid, "Find column", "Column name")
        names = [(column.name, index) for index, column in enumerate(grid.columns.columns)]
        self._all = [index for _, index in names]
        self._names = Names(names)
        self.found: list[int] = []
        self._model = QStringListModel(self)
        self.list = ListView("Columns found", self, background="bg2")
        self.list.setModel(self._model)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._clicked)
        self.list.setFixedHeight(min(_LINES, max(1, len(names))) * theme().metric("row"))
        self.none = QLabel("No such column", self)
        self.none.setFont(theme().ui_font())
        self.column.addWidget(self.list)
        self.column.addWidget(self.none)
        self.typed("")

    def typed(self, text: str) -> None:
        if text.strip():
            self.found = [index for _, index in self._names.find(text, _MOST_FOUND)]
        else:
            self.found = self._all[:_MOST_FOUND]
        columns = self.grid.columns
        hidden = set(columns.hidden())
        self._model.setStringList(
            [columns.columns[index].name + (" (hidden)" if index in hidden else "") for index in self.found]
        )
        self.none.setVisible(not self.found)
        self.list.setVisible(bool(self.found))
        self._choose(0)

    def key(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            return super().key(event)
        self._choose(self.list.currentIndex().row() + step)
        return True

    def accept(self) -> bool:
        chosen = self.list.currentIndex().row()
        if not 0 <= chosen < len(self.found):
            return False
        self._go(self.found[chosen])
        return True

    def _choose(self, number: int) -> None:
        if self.found:
            self.list.setCurrentIndex(self._model.index(max(0, min(number, len(self.found) - 1)), 0))

    def _clicked(self) -> None:
        if self.accept():
            self.closed.emit()
            self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self, column: int) -> None:
        grid = self.grid
        if column in grid.columns.hidden():
            grid.show_columns([column])
        grid.go_to_column(column)
