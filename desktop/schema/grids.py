"""A table that is typed into: arrows move, letters and F2 edit, Space ticks, Del drops."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import elided, focus_ring, rounded, slim_bars

from .cell_editor import CellEditor
from .models import CHECK, STATE, WRONG, AnyIndex, DraftModel, Suggest

_HEAD = """
QHeaderView { background: @bg2; border: 0; }
QHeaderView::section { background: @bg2; color: @dim; border: 0; border-right: 1px solid @line;
                       border-bottom: 1px solid @line; padding: 0 0 0 @8px; }
"""
_BODY = "QTableView { background: @bg1; border: 0; outline: 0; } "
_TOKENS = {"new": "ok", "changed": "accent", "gone": "error"}
_SIGNS = {"new": "+", "changed": "•", "gone": "−"}
_SIGN_WIDTH = 16


class DraftTable(QTableView):
    """`left(direction)`: the cursor wants out at the top (-1) or the bottom (1)."""

    left = Signal(int)

    def __init__(self, name: str, model: DraftModel, suggest: Suggest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setModel(model)
        self._draft_model = model
        self.setItemDelegate(_Delegate(self, suggest))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(
            triggers.DoubleClicked
            | triggers.EditKeyPressed
            | triggers.AnyKeyPressed
            | triggers.SelectedClicked
        )
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        slim_bars(self)
        styled(self, _BODY)
        styled(header, _HEAD)
        model.modelReset.connect(self._fit)
        theme().changed.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space ticks, Enter edits, Del drops; the arrows leave at the ends."""
        index = self.currentIndex()
        key = event.key()
        if self.state() == QAbstractItemView.State.EditingState:
            super().keyPressEvent(event)
            return
        if key == Qt.Key.Key_Space and index.isValid() and index.data(CHECK) is not None:
            self._draft_model.toggle(index)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid() and not event.modifiers():
            if index.data(CHECK) is not None:
                self._draft_model.toggle(index)
            else:
                self.edit(index)
        elif key == Qt.Key.Key_Up and (not index.isValid() or index.row() == 0):
            self.left.emit(-1)
        elif key == Qt.Key.Key_Down and (
            not index.isValid() or index.row() == self._draft_model.rowCount() - 1
        ):
            self.left.emit(1)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: Any) -> None:
        """A click ticks a box."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and index.data(CHECK) is not None:
            self._draft_model.toggle(index)

    def go(self, row: int, column: int = 0, *, edit: bool = False) -> None:
        """Put the cursor on a cell."""
        index = self._draft_model.index(row, column)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            if edit:
                self.edit(index)

    def current_row(self) -> int:
        """Where the cursor is, -1 for nowhere."""
        return self.currentIndex().row() if self.currentIndex().isValid() else -1

    def sizeHint(self) -> QSize:
        """As high as its rows, up to a limit."""
        rows = min(max(self._draft_model.rowCount(), 3), 14) + 1
        return QSize(theme().scaled(520), rows * theme().metric("row") + 4)

    def _fit(self) -> None:
        font = theme().ui_font(0.92, 600)
        self.horizontalHeader().setFont(font)
        self.horizontalHeader().setFixedHeight(theme().metric("row"))
        self.verticalHeader().setDefaultSectionSize(theme().metric("row"))
        metrics, titles = QFontMetrics(theme().mono_font()), QFontMetrics(font)
        for column in range(self._draft_model.columnCount()):
            title = str(self._draft_model.headerData(column, Qt.Orientation.Horizontal))
            widest = titles.horizontalAdvance(title)
            for row in range(min(self._draft_model.rowCount(), 200)):
                text = str(self._draft_model.index(row, column).data() or "")
                widest = max(widest, metrics.horizontalAdvance(text[:60]))
            low = theme().scaled(120 if column < 2 else 56)
            room = widest + theme().scaled(28 if column else 28 + _SIGN_WIDTH)
            high = theme().scaled(230 if column == 0 else 280)
            self.setColumnWidth(column, max(low, min(room, high)))
        self.updateGeometry()


class _Delegate(QStyledItemDelegate):
    def __init__(self, view: DraftTable, suggest: Suggest) -> None:
        super().__init__(view)
        self._view, self._suggest = view, suggest

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(40, theme().metric("row"))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> QWidget:
        name = str(index.model().headerData(index.column(), Qt.Orientation.Horizontal))
        return CellEditor(name, self._suggest(index), parent, self._view)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        area = QRect(option.rect)
        area.setWidth(max(area.width(), theme().scaled(160)))
        editor.setGeometry(area)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        area: QRect = QRect(option.rect)
        state, box = str(index.data(STATE)), index.data(CHECK)
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(area, theme().color("select" if selected else "bg1"))
        if state and not selected:
            tint = QColor(theme().color(_TOKENS[state]))
            tint.setAlphaF(0.12)
            painter.fillRect(area, tint)
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme().color("line"))
        painter.fillRect(QRect(area.right(), area.top(), 1, area.height()), theme().color("line"))
        if index.column() == 0:
            self._sign(painter, area, state)
        side = theme().scaled(8)
        inner = area.adjusted(side, 0, -side, 0)
        if box is not None:
            self._box(painter, inner, bool(box))
        else:
            inner = self._warning(painter, area, inner) if index.data(WRONG) else inner
            self._text(painter, inner, index, state)
        if self._view.currentIndex() == index and self._view.hasFocus():
            focus_ring(painter, area.adjusted(0, 0, -1, -1), 0)
        painter.restore()

    def _warning(self, painter: QPainter, area: QRect, inner: QRect) -> QRect:
        """A box and a sign; what is left for the text."""
        rounded(
            painter,
            area.adjusted(0, 0, -1, -1),
            theme().blend("error", "bg1", 0.16),
            theme().color("error"),
            0,
        )
        size = theme().scaled(14)
        place = inner.right() - size, area.top() + (area.height() - size) // 2
        painter.drawPixmap(*place, theme().pixmap("warning", 14, "error"))
        return inner.adjusted(0, 0, -size - theme().scaled(4), 0)

    def _sign(self, painter: QPainter, area: QRect, state: str) -> None:
        width = theme().scaled(_SIGN_WIDTH)
        if state:
            painter.setFont(theme().mono_font())
            painter.setPen(theme().color(_TOKENS[state]))
            place = QRect(area.left() + 2, area.top(), width, area.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), _SIGNS[state])
        area.setLeft(area.left() + width - theme().scaled(4))

    def _text(self, painter: QPainter, area: QRect, index: AnyIndex, state: str) -> None:
        text = str(index.data() or "")
        font = theme().mono_font()
        if state == "gone":
            font.setStrikeOut(True)
        hint = not text and index.column() == 0
        painter.setFont(theme().ui_font() if hint else font)
        painter.setPen(theme().color("faint" if hint else "dim" if state == "gone" else "text"))
        elided(painter, area, "type a name" if hint else text.replace("\n", " "))

    def _box(self, painter: QPainter, area: QRect, on: bool) -> None:
        size = theme().scaled(14)
        box = QRect(area.left(), area.top() + (area.height() - size) // 2, size, size)
        token = "accent" if on else "bg2"
        rounded(
            painter, box, theme().color(token), theme().color("accent" if on else "faint"), theme().scaled(3)
        )
        if on:
            tick = theme().pixmap("check", 10, "accent_text")
            painter.drawPixmap(box.x() + theme().scaled(2), box.y() + theme().scaled(2), tick)
