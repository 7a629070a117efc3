"""The rows of a timeline as a model of two levels: what they are stands in Python, nothing of it in Qt.

Items of Qt's own model crashed now and then when a tab was closed, in what the bindings record of each.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from .timeline_rows import Row
from .words import THIN, ms_text

AnyIndex = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole + 1
# An index of the second level carries the place of the row above it, plus one.
_TOP = 0


class TimelineModel(QAbstractItemModel):
    """The request first, then what it caused; rows of several statements have these below them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.tops: list[Row] = []

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self.tops = list(rows)
        self.endResetModel()

    def below(self, at: int) -> Sequence[Row]:
        """The rows under one of the first level; the request's own are beside it."""
        top = self.tops[at]
        return () if top.kind == "request" else top.children

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _TOP)

    def parent(self, index: AnyIndex) -> QModelIndex:  # type: ignore[override]
        above = index.internalId() if index.isValid() else _TOP
        return self.createIndex(above - 1, 0, _TOP) if above != _TOP else QModelIndex()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self.tops)
        return len(self.below(parent.row())) if parent.internalId() == _TOP else 0

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._row(index)
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(row)
        return tip(row) if role == Qt.ItemDataRole.ToolTipRole else None

    def _row(self, index: AnyIndex) -> Row:
        above = index.internalId()
        return self.tops[index.row()] if above == _TOP else self.below(above - 1)[index.row()]


def spoken(row: Row) -> str:
    """A row for a screen reader."""
    if row.duration is None:
        return f"{row.text()}, at {ms_text(row.start())}".replace(THIN, " ")
    return f"{row.text()}, {ms_text(row.duration)} from {ms_text(row.start())}".replace(THIN, " ")


def tip(row: Row) -> str:
    """What hovering tells: the whole text, when, how long, why."""
    lines = [row.text(), f"begins at {ms_text(row.start())}"]
    if row.duration is not None:
        lines[-1] += f", takes {ms_text(row.duration)}"
    return "\n".join([*lines, *([row.note] if row.note else [])])
