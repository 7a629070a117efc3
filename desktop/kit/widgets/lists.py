"""Lists and trees as the design draws them: 24 px rows, icon, text, a dim word at the right end.

Models give the roles below; `RowDelegate` paints a row in one pass. The views are Qt's own, so keyboard,
type-to-find and screen readers work as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from desktop.kit.theme import theme
from desktop.kit.turns import unturned

from .paint import chosen_row
from .scroll import slim_bars

# The icon of a row without one whose text is to stand under its neighbours'.
BLANK = "blank"
AnyIndex = QModelIndex | QPersistentModelIndex


class Role(IntEnum):
    """What a row shows besides its text (DisplayRole)."""

    ICON = Qt.ItemDataRole.UserRole + 100  # name of an icon of the set
    DETAIL = Qt.ItemDataRole.UserRole + 101  # dim text at the right end
    DIM = Qt.ItemDataRole.UserRole + 102  # bool: the whole row is secondary
    MATCH = Qt.ItemDataRole.UserRole + 103  # positions of the text's characters to mark
    NOTE = Qt.ItemDataRole.UserRole + 104  # dim text after the text
    BADGE = Qt.ItemDataRole.UserRole + 105  # token of a dot before the text
    MONO = Qt.ItemDataRole.UserRole + 106  # bool: the text is a value


class RowDelegate(QStyledItemDelegate):
    """Paints a row from `Role`s."""

    def __init__(self, parent: QWidget | None = None, *, padding: int = 8, height: str = "row") -> None:
        super().__init__(parent)
        self._padding = padding
        self._height = height
        self._in_list = isinstance(parent, QListView)

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """All rows are equally high; in a tree as wide as the text wants, in a list as the list is."""
        if self._in_list:
            return QSize(0, theme().metric(self._height))
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        width = QFontMetrics(theme().ui_font()).horizontalAdvance(text) + theme().scaled(48)
        return QSize(width, theme().metric(self._height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Background, icon, text, note, detail."""
        painter.save()
        area = option.rect
        self.paint_background(painter, option)
        left = area.left() + theme().scaled(self._padding)
        right = area.right() - theme().scaled(self._padding)
        left = self._paint_icon(painter, index, left, area)
        right = self._paint_detail(painter, index, left, right, area)
        self._paint_text(painter, index, QRect(left, area.top(), right - left, area.height()))
        painter.restore()

    def paint_background(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        """Selection, with a bar at its left edge where the focus is, or the row under the pointer."""
        from PySide6.QtWidgets import QStyle  # noqa: PLC0415  # lazy: its names cost a start 6 ms

        area = option.rect
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            # Qt takes this state for the window in front and the view that has its focus.
            chosen_row(painter, area, focused=bool(state & QStyle.StateFlag.State_Active))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, theme().color("hover"))

    def _paint_icon(self, painter: QPainter, index: AnyIndex, left: int, area: QRect) -> int:
        badge = index.data(Role.BADGE)
        if badge:
            size = theme().scaled(8)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color(badge))
            painter.drawEllipse(left, area.top() + (area.height() - size) // 2, size, size)
            left += size + theme().scaled(7)
        name = index.data(Role.ICON)
        if not name:
            return left
        size = theme().scaled(14)
        if name == BLANK:
            return left + size + theme().scaled(7)
        picture = theme().pixmap(name, 14, "faint" if index.data(Role.DIM) else "dim")
        painter.drawPixmap(left, area.top() + (area.height() - size) // 2, picture)
        return left + size + theme().scaled(7)

    def _paint_detail(self, painter: QPainter, index: AnyIndex, left: int, right: int, area: QRect) -> int:
        detail = index.data(Role.DETAIL)
        if not detail:
            return right
        detail = unturned(detail)
        font = theme().ui_font(0.88, figures=True)
        metrics = QFontMetrics(font)
        # The text keeps at least half of the row.
        width = min(metrics.horizontalAdvance(detail) + 2, max(0, (right - left) // 2))
        shown = metrics.elidedText(detail, Qt.TextElideMode.ElideRight, width)
        painter.setFont(font)
        painter.setPen(theme().color("dim"))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRect(right - width, area.top(), width, area.height()), flags, shown)
        return right - width - theme().scaled(8)

    def _paint_text(self, painter: QPainter, index: AnyIndex, area: QRect) -> None:
        given = str(index.data(Qt.ItemDataRole.DisplayRole) or "").replace("\n", " ")
        text = unturned(given)
        font = theme().mono_font() if index.data(Role.MONO) else theme().ui_font()
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.setFont(font)
        painter.setPen(theme().color("dim" if index.data(Role.DIM) else "text"))
        painter.drawText(area, _LEFT, shown)
        matches = index.data(Role.MATCH)
        if matches and text == given:
            _paint_matches(painter, area, shown, matches, font)
        note = index.data(Role.NOTE)
        used = metrics.horizontalAdvance(shown) + theme().scaled(8)
        if note and used < area.width():
            painter.setFont(theme().ui_font(0.88))
            painter.setPen(theme().color("dim"))
            rest = area.adjusted(used, 0, 0, 0)
            small = QFontMetrics(painter.font())
            painter.drawText(
                rest, _LEFT, small.elidedText(unturned(note), Qt.TextElideMode.ElideRight, rest.width())
            )


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


def _paint_matches(painter: QPainter, area: QRect, text: str, matches: Sequence[int], font: QFont) -> None:
    """The found characters once more in the accent colour, exactly over themselves."""
    metrics = QFontMetrics(font)
    painter.setPen(theme().color("accent"))
    for position in matches:
        if position < len(text) and text[position] != "…":
            x = metrics.horizontalAdvance(text[:position])
            painter.drawText(area.adjusted(x, 0, 0, 0), _LEFT, text[position])


def show_cursor(view: QAbstractItemView, event: QFocusEvent) -> None:
    """By the keyboard one comes to a row: Qt selects one only when the cursor moves."""
    index, selection, model = view.currentIndex(), view.selectionModel(), view.model()
    by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
    if not by_key or model is None or selection.hasSelection():
        return
    index = index if index.isValid() else model.index(0, 0, view.rootIndex())
    if index.isValid():
        selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)


class ListView(QListView):
    """A list without a frame; `name` is its accessible name."""

    def __init__(self, name: str, parent: QWidget | None = None, *, background: str = "bg1") -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setUniformItemSizes(True)
        # What does not fit in a row ends in an ellipsis; what stands at its end stays in sight.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._background = background
        prepare(self, background)
        # Qt itself asks for more by the scroll bar that the view was born with.
        self.verticalScrollBar().valueChanged.connect(self._scrolled_to)
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        prepare(self, self._background)
        self.scheduleDelayedItemsLayout()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The row one comes to is seen."""
        super().focusInEvent(event)
        show_cursor(self, event)

    def _scrolled_to(self, value: int) -> None:
        model, root = self.model(), self.rootIndex()
        near = self.verticalScrollBar().maximum() - value < 2 * self.viewport().height()
        if near and model is not None and model.canFetchMore(root):
            model.fetchMore(root)


class TreeView(QTreeView):
    """A tree without a frame and header; branches open by chevrons."""

    def __init__(self, name: str, parent: QWidget | None = None, *, background: str = "bg1") -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(True)
        self._background = background
        self.setItemDelegate(RowDelegate(self, padding=4))
        self.restyle()
        theme().changed.connect(self.restyle)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The row one comes to is seen."""
        super().focusInEvent(event)
        show_cursor(self, event)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        prepare(self, self._background)
        self.setIndentation(theme().scaled(14))
        self.scheduleDelayedItemsLayout()

    def drawBranches(self, painter: QPainter, rect: QRect, index: AnyIndex) -> None:
        """A chevron before what can be opened, on the row's own background."""
        if self.selectionModel() is not None and self.selectionModel().isSelected(index):
            chosen_row(painter, rect, focused=self.hasFocus() and self.isActiveWindow())
        if not self.model().hasChildren(index):
            return
        size = theme().scaled(12)
        picture = theme().pixmap("chevron-down" if self.isExpanded(index) else "chevron-right", 12, "dim")
        left = rect.right() - size + theme().scaled(2)
        painter.drawPixmap(left, rect.top() + (rect.height() - size) // 2, picture)


def prepare(view: QAbstractItemView, background: str) -> None:
    """Give a view the common manners: no frame, whole rows, pixel scrolling, the row delegate."""
    slim_bars(view, background)
    view.setFrameShape(QAbstractItemView.Shape.NoFrame)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setTextElideMode(Qt.TextElideMode.ElideRight)
    view.setMouseTracking(True)
    palette = view.palette()
    palette.setColor(QPalette.ColorRole.Base, theme().color(background))
    view.setPalette(palette)
    if not isinstance(view.itemDelegate(), RowDelegate):
        view.setItemDelegate(RowDelegate(view))
