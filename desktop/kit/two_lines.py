"""Rows of two lines: what it is and a number at the right end, below it what is known of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ListView, RowDelegate, dot, elided

AnyIndex = QModelIndex | QPersistentModelIndex
_ROW = Qt.ItemDataRole.UserRole
_INDENT, _NARROW = 22, 190
_RIGHT = Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Row:
    """`short` is the text where there is little room. `badge` is the token of a dot before the text; `indent`
    levels to the right it stands; `thing` what the row stands for."""

    text: str
    number: str = ""
    below: str = ""
    below_right: str = ""
    token: str = "dim"
    badge: str = ""
    bold: bool = False
    mono: bool = True
    tip: str = ""
    indent: int = 0
    thing: Any = None
    short: str = ""


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: Sequence[Row] = ()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(filter(None, (row.text, row.number, row.below, row.below_right)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or row.text
        return row if role == _ROW else None

    def replace(self, rows: Sequence[Row]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class TwoLineList(ListView):
    """`moved(thing)`: the cursor is on another row. `opened(thing, keep)`: Enter, a click, a double click."""

    moved = Signal(object)
    opened = Signal(object, bool)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._rows = _Model(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(self._moved)

    def show_rows(self, rows: Sequence[Row], current: int = -1) -> None:
        """Other rows; the cursor goes to `current`."""
        self._rows.replace(rows)
        if 0 <= current < len(rows):
            self.setCurrentIndex(self._rows.index(current))

    def rows(self) -> Sequence[Row]:
        """What is shown."""
        return self._rows.rows

    def thing(self) -> Any:
        """What the row under the cursor stands for."""
        index = self.currentIndex()
        return self._rows.rows[index.row()].thing if index.isValid() else None

    def first(self) -> None:
        """Put the cursor on the first row and take the focus."""
        if self._rows.rows:
            if not self.currentIndex().isValid():
                self.setCurrentIndex(self._rows.index(0))
            self.setFocus()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens in passing."""
        super().mouseReleaseEvent(event)
        if self.indexAt(event.position().toPoint()).isValid():
            self._open(keep=False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click keeps what it opens."""
        super().mouseDoubleClickEvent(event)
        self._open(keep=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(keep=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        else:
            super().keyPressEvent(event)

    def _open(self, *, keep: bool) -> None:
        thing = self.thing()
        if thing is not None:
            self.opened.emit(thing, keep)

    def _moved(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self.moved.emit(self._rows.rows[current.row()].thing)


class _Delegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, theme().metric("row") + theme().metric("line") - theme().scaled(2))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: Row = index.data(_ROW)
        painter.save()
        self.paint_background(painter, option)
        edge = theme().scaled(12)
        area = option.rect.adjusted(edge + row.indent * theme().scaled(_INDENT), 0, -edge, 0)
        first = QRect(area.left(), area.top() + theme().scaled(1), area.width(), theme().metric("row"))
        second = QRect(area.left(), first.bottom() - theme().scaled(3), area.width(), theme().metric("line"))
        # With a large font in an ordinary pane a number would leave the text no room: it stands below.
        narrow = area.width() < theme().scaled(_NARROW) and not row.below_right
        above = replace(row, text=row.short or row.text, number="") if narrow else row
        self._paint_line(painter, first, above)
        painter.setFont(theme().ui_font(0.88, figures=True))
        painter.setPen(theme().color(row.token if narrow else "dim"))
        used = elided(painter, second, row.number if narrow else row.below_right, _RIGHT)
        painter.setPen(theme().color("dim"))
        painter.setFont(theme().ui_font(0.88))
        elided(painter, second.adjusted(0, 0, -used - theme().scaled(8), 0), row.below)
        painter.setPen(theme().color("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    def _paint_line(self, painter: QPainter, area: QRect, row: Row) -> None:
        painter.setFont(theme().mono_font())
        used = QFontMetrics(painter.font()).horizontalAdvance(row.number)
        painter.setPen(theme().color(row.token))
        elided(painter, area, row.number, _RIGHT)
        left = area.adjusted(0, 0, -used - theme().scaled(8), 0)
        if row.badge:
            size = theme().scaled(8)
            dot(painter, left.left(), left.top() + left.height() / 2, theme().color(row.badge), size)
            left = left.adjusted(size + theme().scaled(7), 0, 0, 0)
        weight = 600 if row.bold else 400
        painter.setFont(theme().mono_font(weight=weight) if row.mono else theme().ui_font(weight=weight))
        painter.setPen(theme().color("text"))
        elided(painter, left, row.text)
