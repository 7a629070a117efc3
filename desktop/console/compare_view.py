"""Two results side by side as one table of what differs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.api.client import Client
from desktop.kit.grid.grid import Grid
from desktop.kit.theme import theme
from desktop.kit.widgets import Check, Choice, ElidedLabel, IconButton, Toolbar
from embedded_server.wire.console import Result

from .comparison import Comparison, candidates, compare
from .result_source import ResultSource

BY_PLACE = "row number"
# Up to this width the counts take a row of their own before they are cut.
_COUNTS = 280


class _Counts(ElidedLabel):
    """What differs in numbers, at a distance from the control before it."""

    def __init__(self) -> None:
        super().__init__("", "text")
        self.setContentsMargins(8, 0, 0, 0)

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        return QSize(min(hint.width(), theme().scaled(_COUNTS)), hint.height())


class CompareView(QWidget):
    """`closed`: it was put away. `said(text)`: for the status bar. `moved`: another row is current."""

    closed = Signal()
    said = Signal(str)
    moved = Signal()

    def __init__(self, client: Client, before: ResultSource, after: ResultSource, parent: QWidget) -> None:
        super().__init__(parent)
        self._client = client
        self._before, self._after = before.all_rows(), after.all_rows()
        self._dialect = after.dialect()
        self._keys = [*candidates(self._before, self._after), []]
        self._incomplete = before.more or after.more
        self.grid: Grid | None = None
        self.summary = _Counts()
        self.key = Choice("Rows are the same by")
        self.key.addItems([f"by {', '.join(key) or BY_PLACE}" for key in self._keys])
        self.equal = Check("Equal rows", "Show rows that are equal too")
        close = IconButton("close", "Close the comparison")
        bar = Toolbar()
        bar.add(self.key)
        bar.add(self.equal, 4)
        bar.add_right(self.summary)
        bar.add_right(close)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(bar)
        self.comparison = Comparison([])
        self.key.activated.connect(self._fill)
        self.equal.toggled.connect(self._fill)
        close.clicked.connect(self.closed)
        self._fill()

    def _fill(self, *_: object) -> None:
        key = self._keys[max(0, self.key.currentIndex())]
        found = compare(self._before, self._after, key, equal_rows=self.equal.isChecked())
        self.comparison = found
        note = " · not all rows were fetched" if self._incomplete else ""
        self.summary.setText(found.text() + note)
        result = Result(sql="", columns=found.columns, rows=found.block())
        source = ResultSource(self._client, result, "", self._dialect, 0, self)
        old, self.grid = self.grid, Grid(source)
        self.grid.setAccessibleName("Rows that differ")
        self.grid.said.connect(self.said)
        self.grid.current_changed.connect(self._moved)
        self._column.addWidget(self.grid, 1)
        source.announce()
        if old is not None:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.moved.emit()

    def _moved(self, *_: object) -> None:
        self.moved.emit()
