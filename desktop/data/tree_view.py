"""The list of the tree: painted lines, keyboard, single and double click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop.kit.theme import theme
from desktop.kit.turns import unturned
from desktop.kit.widgets.lists import show_cursor
from desktop.kit.widgets.paint import chosen_row
from desktop.kit.widgets.scroll import slim_bars

from .tree_model import (
    ENTRY,
    GroupLine,
    Line,
    RoutineLine,
    SchemaLine,
    TableLine,
    TreeModel,
    estimate_text,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QStyle

_ICONS = {"view": "view", "materialized view": "view", "function": "function", "trigger": "trigger"}


class TreeView(QListView):
    """`opened(line, keep)`: a table or routine was chosen (keep: by double click or Ctrl+Enter)."""

    opened = Signal(object, bool)
    unfolded = Signal(str)

    def __init__(self, model: TreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setModel(model)
        self.setItemDelegate(_Delegate(model, self))
        self.setUniformItemSizes(True)
        self.setAccessibleName("Tables")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        slim_bars(self)
        theme().changed.connect(self.scheduleDelayedItemsLayout)

    def current_line(self) -> Line | None:
        """The line under the cursor."""
        index = self.currentIndex()
        return self._model.line(index.row()) if index.isValid() else None

    def select_row(self, row: int) -> None:
        """Put the cursor on a row and bring it into view."""
        if row >= 0:
            self.setCurrentIndex(self._model.index(row))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The row one comes to is seen."""
        super().focusInEvent(event)
        show_cursor(self, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens a table in passing, or folds a heading."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self._act(index.row(), keep=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click keeps the tab."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._model.is_open(index.row()) is None:
            self._act(index.row(), keep=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Left and Right fold and unfold."""
        row = self.currentIndex().row()
        opened = self._model.is_open(row) if row >= 0 else None
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row >= 0:
            self._act(row, keep=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif event.key() == Qt.Key.Key_Right and opened is False or event.key() == Qt.Key.Key_Left and opened:
            self._act(row, keep=False)
        elif event.key() == Qt.Key.Key_Left and row >= 0:
            self._to_heading(row)
        else:
            super().keyPressEvent(event)

    def _act(self, row: int, *, keep: bool) -> None:
        if self._model.is_open(row) is None:
            self.opened.emit(self._model.line(row), keep)
            return
        top = self.verticalScrollBar().value()
        missing = self._model.toggle(row)
        self.select_row(row)
        self.verticalScrollBar().setValue(top)
        if missing:
            self.unfolded.emit(missing)

    def _to_heading(self, row: int) -> None:
        for above in range(row - 1, -1, -1):
            if self._model.is_open(above) is not None:
                self.select_row(above)
                return


class _Delegate(QStyledItemDelegate):
    def __init__(self, model: TreeModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, _: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, theme().metric("row"))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line: Line = index.data(ENTRY)
        area: QRect = option.rect
        state = option.state
        _background(painter, area, state)
        depth = 0 if isinstance(line, SchemaLine) or self._model.flat else 1
        left = area.left() + theme().scaled(10 + 16 * depth)
        if isinstance(line, RoutineLine):
            left += theme().scaled(16)
        left = _icon(painter, line, left, area)
        right = _note(painter, line, area)
        token = "dim" if _quiet(line) else "text"
        painter.setPen(theme().color(token))
        painter.setFont(theme().ui_font())
        box = QRect(left, area.top(), right - left - theme().scaled(6), area.height())
        text = QFontMetrics(theme().ui_font()).elidedText(
            unturned(_title(line).replace("\n", "⏎")), Qt.TextElideMode.ElideRight, box.width()
        )
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _background(painter: QPainter, area: QRect, state: QStyle.StateFlag) -> None:
    from PySide6.QtWidgets import QStyle  # noqa: PLC0415  # lazy: its names cost a start 6 ms

    if state & QStyle.StateFlag.State_Selected:
        chosen_row(painter, area, focused=bool(state & QStyle.StateFlag.State_Active))
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(area, theme().color("bg2"))


def _icon(painter: QPainter, line: Line, left: int, area: QRect) -> int:
    if isinstance(line, SchemaLine | GroupLine):
        name = "chevron-down" if line.open else "chevron-right"
    elif isinstance(line, TableLine):
        name = _ICONS.get(line.table.kind, "table")
    else:
        name = "trigger" if line.routine.kind == "trigger" else "function"
    size = theme().scaled(14)
    picture = theme().pixmap(name, 14, "dim")
    painter.drawPixmap(QPoint(left, area.top() + (area.height() - size) // 2), picture)
    return left + size + theme().scaled(6)


def _note(painter: QPainter, line: Line, area: QRect) -> int:
    """Paint the right-aligned note; returns where the title must end."""
    right = area.right() - theme().scaled(10)
    text = unturned(_note_text(line))
    if not text:
        return right
    font = theme().ui_font(0.88, figures=True)
    width = QFontMetrics(font).horizontalAdvance(text)
    if width > area.width() // 2:
        text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width() // 2)
        width = QFontMetrics(font).horizontalAdvance(text)
    painter.setFont(font)
    painter.setPen(theme().color("dim"))
    box = QRect(right - width, area.top(), width + 1, area.height())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    return right - width


def _note_text(line: Line) -> str:
    if isinstance(line, SchemaLine):
        return _schema_note(line)
    if isinstance(line, TableLine):
        if line.match:
            return f".{line.match}"
        return estimate_text(line.table.rows) if line.table.kind != "view" else "view"
    if isinstance(line, GroupLine):
        return f"{line.count:,}"
    return line.routine.table or ""


def _schema_note(line: SchemaLine) -> str:
    if not line.schema.loaded:
        return ""
    views = sum(1 for table in line.schema.tables if "view" in table.kind)
    tables = len(line.schema.tables) - views
    parts = [_plural(tables, "table")] if tables or not views else []
    if views:
        parts.append(_plural(views, "view"))
    return " · ".join(parts)


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def _quiet(line: Line) -> bool:
    if isinstance(line, TableLine):
        return "view" in line.table.kind
    return not isinstance(line, SchemaLine) or line.schema.system


def _title(line: Line) -> str:
    if isinstance(line, SchemaLine):
        return line.schema.name
    if isinstance(line, TableLine):
        return line.table.name
    if isinstance(line, GroupLine):
        return line.title
    return line.routine.name
