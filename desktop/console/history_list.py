"""Past statements as a list: newest first, further pages while scrolling."""

from __future__ import annotations

from datetime import datetime

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
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from desktop.api.client import Client
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.names import short_name
from desktop.kit.theme import theme
from desktop.kit.widgets import RowDelegate, elided
from embedded_server.wire.console import HISTORY, HistoryEntry, HistoryRequest
from embedded_server.wire.problem import Problem, ProblemError

from .messages import rows_text, time_text

AnyIndex = QModelIndex | QPersistentModelIndex
PAGE = 100


class HistoryModel(QAbstractListModel):
    """`loaded`: a first page is there, or `problem` tells why not."""

    loaded = Signal()

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._entries: list[HistoryEntry] = []
        self._next: int | None = None
        self._query = ""
        self._flow: Flow | None = None
        self.problem: Problem | None = None

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(entry.sql.split())[:300]
        if role == Qt.ItemDataRole.ToolTipRole:
            return entry.sql if len(entry.sql) < 2000 else entry.sql[:2000] + "…"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.sql[:300]}, {facts(entry)}"
        return entry if role == Qt.ItemDataRole.UserRole else None

    def entry(self, row: int) -> HistoryEntry:
        """A past statement."""
        return self._entries[row]

    def query(self) -> str:
        """The filter in force."""
        return self._query

    def load(self, query: str) -> None:
        """Show what passes a filter; the list stays until the answer is there."""
        if self._flow is not None:
            self._flow.cancel()
        self._query = query
        self._flow = Flow(self, self._load(), self._failed)

    def canFetchMore(self, parent: AnyIndex) -> bool:
        return self._next is not None and (self._flow is None or self._flow.done)

    def fetchMore(self, parent: AnyIndex) -> None:
        self._flow = Flow(self, self._more(), self._failed)

    async def _load(self) -> None:
        try:
            answer = await self._client.call(HISTORY, HistoryRequest(query=self._query, limit=PAGE))
        except Cancelled:
            return
        except ProblemError as error:
            self._failed(error.problem)
            return
        self.problem = None
        self._next = answer.next
        if answer.statements != self._entries:
            self.beginResetModel()
            self._entries = answer.statements
            self.endResetModel()
        self.loaded.emit()

    async def _more(self) -> None:
        request = HistoryRequest(query=self._query, limit=PAGE, before=self._next)
        answer = await self._client.call(HISTORY, request)
        self._next = answer.next
        first = len(self._entries)
        if answer.statements:
            self.beginInsertRows(QModelIndex(), first, first + len(answer.statements) - 1)
            self._entries = [*self._entries, *answer.statements]
            self.endInsertRows()

    def _failed(self, problem: Problem) -> None:
        self.problem = problem
        self.loaded.emit()


class HistoryDelegate(RowDelegate):
    """Two lines: the statement, below it when, where, how many rows, how long or why not."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Both lines."""
        return QSize(theme().scaled(100), 2 * theme().metric("line") + theme().scaled(8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Background, statement, facts."""
        entry: HistoryEntry = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        self.paint_background(painter, option)
        side = theme().scaled(12)
        area: QRect = option.rect.adjusted(side, theme().scaled(4), -side, -theme().scaled(4))
        half = area.height() // 2
        painter.setFont(theme().mono_font())
        painter.setPen(theme().color("text"))
        elided(painter, QRect(area.left(), area.top(), area.width(), half), index.data())
        painter.setFont(theme().ui_font(0.88))
        painter.setPen(theme().color("error" if entry.error else "dim"))
        elided(painter, QRect(area.left(), area.top() + half, area.width(), half), facts(entry))
        painter.setPen(theme().color("line"))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        painter.restore()


def facts(entry: HistoryEntry) -> str:
    """When, where, rows, time, error."""
    connection = short_name(entry.connection)
    parts = [when(entry.at), connection]
    if entry.error:
        parts.append(entry.error.split("\n", 1)[0])
    else:
        parts += [rows_text(entry.count)] if entry.count is not None else []
        parts.append(time_text(entry.elapsed_ms))
    return " · ".join(parts)


def when(at: str, now: datetime | None = None) -> str:
    """A UTC time as this machine's clock shows it: the time today, else the day too."""
    try:
        moment = datetime.fromisoformat(at).astimezone()
    except ValueError:
        return at
    today = (now or datetime.now().astimezone()).date()
    if moment.date() == today:
        return moment.strftime("%H:%M:%S")
    return moment.strftime("%d %b %H:%M" if moment.year == today.year else "%d %b %Y")
