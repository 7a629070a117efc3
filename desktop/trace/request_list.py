"""The list of requests: two lines each; what is selected stays where it stands while others arrive."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ListView, RowDelegate, elided
from embedded_server.wire.trace import TraceSummary

from .request_model import RequestModel
from .words import facts_text, is_outside, ms_text, status_text, status_token

AnyIndex = QModelIndex | QPersistentModelIndex


class RequestList(ListView):
    """`opened(summary, keep)` on a click, Enter or a double click; `menu_wanted(QPoint)` for its menu.

    `newer_changed(count)`: so many arrived above what is in sight.
    """

    opened = Signal(object, bool)
    menu_wanted = Signal(object)
    newer_changed = Signal(int)

    def __init__(self, model: RequestModel, parent: QWidget | None = None) -> None:
        super().__init__("Requests", parent)
        self._requests = model
        self._above = 0
        self.slow_ms = 200
        self.marked = ""
        self.setModel(model)
        self.setItemDelegate(RequestDelegate(self))
        model.rowsAboutToBeInserted.connect(self._about_to_insert)
        model.rowsInserted.connect(self._inserted)
        model.modelAboutToBeReset.connect(self._about_to_reset)
        model.modelReset.connect(self._reset)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self._double)
        self._pinned: tuple[int, bool] = (0, False)
        self._kept: tuple[str, int] = ("", 0)

    def current(self) -> TraceSummary | None:
        """The request that is selected."""
        row = self.currentIndex().row()
        return self._requests.request(row) if row >= 0 else None

    def pick(self, key: str) -> bool:
        """Select a request without opening it; whether it is in the list."""
        row = self._requests.row_of(key)
        if row >= 0:
            self.setCurrentIndex(self._requests.index(row))
        return row >= 0

    def to_newest(self) -> None:
        """Scroll to the top: from there new ones are seen as they come."""
        self.scrollToTop()
        self._scrolled(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; arrows only select."""
        request = self.current()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and request is not None:
            self.opened.emit(request, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the request under the pointer."""
        index = self.indexAt(event.pos())
        if index.isValid():
            self.setCurrentIndex(index)
            # In front, so that every verb of the menu means this one.
            self.opened.emit(self._requests.request(index.row()), False)
            self.menu_wanted.emit(event.globalPos())

    # --- standing still ----------------------------------------------------------------------------

    def _about_to_insert(self, _: QModelIndex, first: int, __: int) -> None:
        bar = self.verticalScrollBar()
        index = self.currentIndex()
        area = self.visualRect(index)
        seen = index.isValid() and self.viewport().rect().intersects(area)
        # At the very top the newest are watched, unless something selected would be pushed down.
        still = first == 0 and (bar.value() > 0 or seen)
        self._pinned = (bar.value(), still)

    def _inserted(self, _: QModelIndex, first: int, last: int) -> None:
        value, still = self._pinned
        if first != 0 or not still:
            return
        self._above += last - first + 1
        self.doItemsLayout()
        self.verticalScrollBar().setValue(value + (last - first + 1) * self.row_height())
        self._tell()

    def at_top(self) -> bool:
        """Whether the newest are in sight."""
        return self.verticalScrollBar().value() == 0

    def row_height(self) -> int:
        """Pixels of one request."""
        return self.itemDelegate().sizeHint(QStyleOptionViewItem(), QModelIndex()).height()

    def _about_to_reset(self) -> None:
        request = self.current()
        self._kept = (request.id if request is not None else "", self.visualRect(self.currentIndex()).top())

    def _reset(self) -> None:
        """The same request is selected again, at the same place if it was in sight."""
        key, top = self._kept
        if key and self.pick(key) and 0 <= top < self.viewport().height():
            self.doItemsLayout()
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + self.visualRect(self.currentIndex()).top() - top)
        self._above = 0
        self._tell()

    def _scrolled(self, value: int) -> None:
        rows = value // max(1, self.row_height())
        if rows < self._above:
            self._above = rows
            self._tell()

    def _tell(self) -> None:
        self.newer_changed.emit(self._above)

    def _clicked(self, index: QModelIndex) -> None:
        self.opened.emit(self._requests.request(index.row()), False)

    def _double(self, index: QModelIndex) -> None:
        self.opened.emit(self._requests.request(index.row()), True)


def shortened(target: str, metrics: QFontMetrics, width: int) -> str:
    """A path that fits: its end is cut, or its query, which tells less."""
    path, _, query = target.partition("?")
    if query and metrics.horizontalAdvance(f"{path}?…") <= width:
        return metrics.elidedText(target, Qt.TextElideMode.ElideRight, width)
    return metrics.elidedText(path, Qt.TextElideMode.ElideRight, width)


class RequestDelegate(RowDelegate):
    """Status, request and duration above; what it did below."""

    def __init__(self, view: RequestList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Both lines."""
        return QSize(theme().scaled(100), 2 * theme().metric("line") + theme().scaled(4))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Background, both lines, a line below."""
        request: TraceSummary = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        self.paint_background(painter, option)
        side = theme().scaled(12)
        area: QRect = option.rect.adjusted(side, theme().scaled(2), -side, -theme().scaled(2))
        half = area.height() // 2
        self._first(painter, request, QRect(area.left(), area.top(), area.width(), half))
        painter.setFont(theme().ui_font(0.88))
        painter.setPen(theme().color("dim"))
        below = QRect(area.left(), area.top() + half, area.width(), half)
        marked = "compared with · " if request.id == self._view.marked else ""
        kept = "kept · " if request.pinned else ""
        # Where a duration would leave the path no room it stands below, at the same end.
        used = self._duration(painter, request, below) if _narrow(area) else 0
        painter.setFont(theme().ui_font(0.88))
        painter.setPen(theme().color("dim"))
        elided(painter, below.adjusted(0, 0, -used, 0), marked + kept + facts_text(request))
        painter.setPen(theme().color("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()

    def _first(self, painter: QPainter, request: TraceSummary, area: QRect) -> None:
        used = 0 if _narrow(area) else self._duration(painter, request, area)
        bold = theme().mono_font(weight=700)
        painter.setFont(bold)
        token = "dim" if is_outside(request) else status_token(request.status)
        painter.setPen(theme().color(token))
        status = status_text(request.status)
        elided(painter, area, status)
        left = QFontMetrics(bold).horizontalAdvance("200") + theme().scaled(8)
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("text"))
        room = area.adjusted(left, 0, -used, 0)
        metrics = QFontMetrics(painter.font())
        method = f"{request.method} " if request.method else ""
        rest = room.width() - metrics.horizontalAdvance(method)
        # The id in the middle of a path tells requests of one route apart: it goes last.
        elided(painter, room, method + shortened(request.target, metrics, rest))

    def _duration(self, painter: QPainter, request: TraceSummary, area: QRect) -> int:
        """Paint it at the right end; the pixels it takes with the gap before it."""
        painter.setFont(theme().mono_font())
        slow = request.duration_ms > self._view.slow_ms
        painter.setPen(theme().color("warn" if slow else "dim"))
        used = elided(painter, area, ms_text(request.duration_ms), Qt.AlignmentFlag.AlignRight)
        return used + theme().scaled(8)


def _narrow(area: QRect) -> bool:
    """Whether a line has no room for a path and a duration: with a large font in an ordinary pane."""
    return area.width() < theme().scaled(190)
