"""Small tables of facts (columns, indexes, keys): copyable, sortable by nothing, links where they lead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from desktop.kit.theme import styled, theme
from desktop.kit.turns import unturned

Index = QModelIndex | QPersistentModelIndex
WIDEST = 420
_SIDE = 6
_HEAD = """
QHeaderView { background: @bg2; border: 0; }
QHeaderView::section { background: @bg2; color: @dim; border: 0; border-right: 1px solid @line;
                       border-bottom: 1px solid @line; padding: 0 0 0 @6px; }
"""


class Fact(msgspec.Struct, frozen=True):
    """One cell: its text, the colour's token, whether it is a value (mono), what a click opens."""

    text: str
    token: str = "text"
    mono: bool = False
    open: Callable[[], object] | None = None


class _Model(QAbstractTableModel):
    def __init__(self, titles: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.titles = list(titles)
        self.rows: list[list[Fact]] = []

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        fact = self.rows[index.row()][index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return fact.text
        if role == Qt.ItemDataRole.UserRole:
            return fact
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def replace(self, rows: list[list[Fact]]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class FactTable(QTreeView):
    """As high as its rows; the page around it scrolls."""

    def __init__(self, name: str, titles: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(titles, self)
        self.setModel(self._model)
        self.setAccessibleName(name)
        self.setItemDelegate(_Delegate(self))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.header().setStretchLastSection(True)
        self.header().setHighlightSections(False)
        styled(self.header(), _HEAD)
        self.clicked.connect(self._open)
        theme().changed.connect(self._fit)

    def show_rows(self, rows: list[list[Fact]]) -> None:
        """Show these rows."""
        self._model.replace(rows)
        self._fit()

    def rows(self) -> list[list[Fact]]:
        """What is shown."""
        return self._model.rows

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the selected rows as TSV; Enter follows the first link of a row."""
        if event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted({index.row() for index in self.selectedIndexes()})
            lines = ["\t".join(fact.text for fact in self._model.rows[row]) for row in rows]
            QGuiApplication.clipboard().setText("\n".join(lines))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            links = [fact.open for fact in self._model.rows[self.currentIndex().row()] if fact.open]
            if links:
                links[0]()
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        link = self._model.rows[index.row()][index.column()].open
        if link is not None:
            link()

    def _fit(self) -> None:
        header_font = theme().ui_font(0.92, 600)
        self.header().setFont(header_font)
        self.header().setFixedHeight(theme().metric("row"))
        self.setFixedHeight((len(self._model.rows) + 1) * theme().metric("row") + 2)
        for column in range(len(self._model.titles)):
            self.setColumnWidth(column, self._width_of(column))

    def _width_of(self, column: int) -> int:
        ui, mono = QFontMetrics(theme().ui_font()), QFontMetrics(theme().mono_font())
        widths = [QFontMetrics(theme().ui_font(0.92, 600)).horizontalAdvance(self._model.titles[column])]
        for row in self._model.rows[:200]:
            fact = row[column]
            widths.append((mono if fact.mono else ui).horizontalAdvance(fact.text[:120]))
        return min(max(widths), theme().scaled(WIDEST)) + theme().scaled(24)


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40, theme().metric("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        fact: Fact = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, theme().color("select"))
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme().color("line"))
        font = theme().mono_font() if fact.mono else theme().ui_font()
        painter.setFont(font)
        painter.setPen(theme().color("link" if fact.open is not None else fact.token))
        side = theme().scaled(_SIDE)
        box = area.adjusted(side, 0, -side, 0)
        view = self.parent()  # not the option's: that lends it only for a moment
        if isinstance(view, QTreeView):
            # The last column may be wider than what is seen of it.
            box.setRight(min(box.right(), view.viewport().width() - side))
        line = unturned(fact.text.replace("\n", " "))
        text = QFontMetrics(font).elidedText(line, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)
