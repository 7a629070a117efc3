"""The segment Routes: what an application offers, what of it was called, and how it did."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QStyleOptionViewItem, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    FilterBox,
    InlineProblem,
    ListView,
    Offer,
    RowDelegate,
    elided,
)
from desktop.settings import SLOW_REQUEST
from embedded_server.wire.problem import Problem
from embedded_server.wire.trace import ROUTES, RouteRow, RoutesRequest

from .feed import Feed
from .words import ms_text, plural

AnyIndex = QModelIndex | QPersistentModelIndex
# Figures follow the requests, but not each of them.
SETTLE_MILLISECONDS = 1000


class RoutesModel(QAbstractListModel):
    """Those routes that pass the filter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._all: list[RouteRow] = []
        self._shown: list[RouteRow] = []
        self._words: list[str] = []

    @property
    def hidden(self) -> int:
        """How many the filter left out."""
        return len(self._all) - len(self._shown)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        route = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return route_text(route)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{route_text(route)}, {facts_text(route)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            place = f"{route.file}:{route.line}" if route.file else "its function is not known"
            return f"{route_text(route)}\n{route.endpoint}\n{place}"
        return route if role == Qt.ItemDataRole.UserRole else None

    def route(self, row: int) -> RouteRow:
        """One route."""
        return self._shown[row]

    def show_routes(self, routes: list[RouteRow]) -> None:
        """Show other figures."""
        if routes != self._all:
            self._all = routes
            self._apply()

    def set_filter(self, text: str) -> None:
        """Words that must all occur; `called` and `uncalled` are words of their own."""
        self._words = text.casefold().split()
        self._apply()

    def _apply(self) -> None:
        self.beginResetModel()
        self._shown = [route for route in self._all if all(_passes(route, word) for word in self._words)]
        self.endResetModel()


def _passes(route: RouteRow, word: str) -> bool:
    if word in ("called", "uncalled"):
        return bool(route.calls) == (word == "called")
    return word in f"{route_text(route)} {route.endpoint} {route.app}".casefold()


class RoutesPane(QWidget):
    """`wanted(filter text)`: show the requests of a route."""

    wanted = Signal(str)

    def __init__(self, context: Context, feed: Feed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._flow: Flow | None = None
        self.model = RoutesModel(self)
        self.filter = FilterBox("path, called, uncalled", "Filter routes")
        self.list = RouteList(self.model)
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._problem = QWidget()
        QVBoxLayout(self._problem).setContentsMargins(8, 8, 8, 8)
        self._empty = EmptyState("No routes yet", "They appear when an application is connected.", "requests")
        self._reading = EmptyState("Reading routes…")
        self._stack = QStackedWidget()
        for page in (self._reading, self.list, self._empty, self._problem):
            self._stack.addWidget(page)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MILLISECONDS)
        self._settle.timeout.connect(self.reload)
        self._stale = True
        self._lay_out()
        self.filter.filtered.connect(self._filtered)
        self.filter.left.connect(self._enter_list)
        self.list.chosen.connect(self._chosen)
        feed.arrived.connect(self._arrived)
        feed.removed.connect(self._arrived)
        feed.reset.connect(self._arrived)
        context.settings.changed.connect(self._setting)
        self._setting(SLOW_REQUEST.key)

    def reload(self) -> None:
        """Read the figures anew; the list stays until they are there."""
        self._stale = False
        if self._flow is not None:
            self._flow.cancel()
        self._flow = Flow(self, self._load(), self._failed)

    def showEvent(self, event: QShowEvent) -> None:
        """What came unseen is read now."""
        super().showEvent(event)
        if self._stale:
            self.reload()

    async def _load(self) -> None:
        answer = await self._context.api.call(ROUTES, RoutesRequest())
        current = self.list.currentIndex().row()
        key = route_text(self.model.route(current)) if current >= 0 else ""
        self.model.show_routes(answer.rows)
        self._stack.setCurrentWidget(self.list if answer.rows else self._empty)
        for row in range(self.model.rowCount()):
            if route_text(self.model.route(row)) == key:
                self.list.setCurrentIndex(self.model.index(row))
        self._tell()

    def _failed(self, problem: Problem) -> None:
        layout = self._problem.layout()
        assert layout is not None
        while (item := layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        layout.addWidget(InlineProblem(problem, (Offer("Try again", self.reload),), closable=False))
        layout.addWidget(QWidget())
        self._stack.setCurrentWidget(self._problem)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(8, 7, 8, 7)
        top.addWidget(self.filter)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 2, 10, 4)
        foot.addWidget(self._note)
        column.addLayout(foot)

    def _arrived(self, *_: object) -> None:
        self._stale = True
        if self.isVisible() and not self._settle.isActive():
            self._settle.start()

    def _filtered(self, text: str) -> None:
        self.model.set_filter(text)
        self._tell()

    def _tell(self) -> None:
        hidden = self.model.hidden
        self._note.setText(f"{hidden:,} hidden by the filter" if hidden else "")
        self._note.setVisible(bool(hidden))

    def _enter_list(self) -> None:
        self.list.setFocus()
        if self.model.rowCount() and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _chosen(self, route: RouteRow) -> None:
        quoted = f'"{route.rule}"' if " " in route.rule else route.rule
        self.wanted.emit(f"route:{quoted}")

    def _setting(self, key: str) -> None:
        if key == SLOW_REQUEST.key:
            self.list.slow_ms = self._context.settings.get(SLOW_REQUEST)
            self.list.viewport().update()


class RouteList(ListView):
    """`chosen(route)` on a click or Enter."""

    chosen = Signal(object)

    def __init__(self, model: RoutesModel, parent: QWidget | None = None) -> None:
        super().__init__("Routes", parent)
        self._routes = model
        self.slow_ms = 200
        self.setModel(model)
        self.setItemDelegate(_Delegate(self))
        self.clicked.connect(self._choose)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows the requests of the current route."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._choose(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._routes.route(index.row()))


class _Delegate(RowDelegate):
    def __init__(self, view: RouteList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(theme().scaled(100), 2 * theme().metric("line") + theme().scaled(4))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        route: RouteRow = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        self.paint_background(painter, option)
        side = theme().scaled(12)
        area: QRect = option.rect.adjusted(side, theme().scaled(2), -side, -theme().scaled(2))
        half = area.height() // 2
        above = QRect(area.left(), area.top(), area.width(), half)
        painter.setFont(theme().mono_font())
        median = ms_text(route.p50_ms) if route.calls else ""
        painter.setPen(theme().color("warn" if route.p50_ms > self._view.slow_ms else "dim"))
        elided(painter, above, median, Qt.AlignmentFlag.AlignRight)
        width = QFontMetrics(painter.font()).horizontalAdvance(median) + theme().scaled(8)
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("text" if route.calls else "dim"))
        elided(painter, above.adjusted(0, 0, -width, 0), route_text(route))
        painter.setFont(theme().ui_font(0.88))
        painter.setPen(theme().color("error" if route.errors else "dim"))
        elided(painter, QRect(area.left(), area.top() + half, area.width(), half), facts_text(route))
        painter.setPen(theme().color("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()


def route_text(route: RouteRow) -> str:
    """`GET POST /login`; the methods that every route has are left out."""
    methods = [method for method in route.methods if method not in ("HEAD", "OPTIONS")]
    return " ".join([*methods, route.rule])


def facts_text(route: RouteRow) -> str:
    """`12 calls · p50 42 ms · 21 statements · N+1`, or that it was never called."""
    if not route.calls:
        return "never called" + ("" if route.declared else " · not declared")
    parts = [plural(route.calls, "call"), f"{route.statements:,.0f} statements"]
    if route.errors:
        parts.append(plural(route.errors, "error"))
    return " · ".join([*parts, *(mark for mark in route.marks if mark != "error")])
