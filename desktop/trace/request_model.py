"""The requests as a model: newest first, older pages while scrolling, new ones put in as they come."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.api.client import Client
from desktop.kit.flow import Cancelled, Flow
from embedded_server.wire.problem import Problem
from embedded_server.wire.trace import LIST, ListRequest, TraceSummary

from .words import request_text, spoken

AnyIndex = QModelIndex | QPersistentModelIndex
PAGE = 200
# Ids are asked for in portions when a filter has to judge what arrived.
PORTION = 200
# In more places than this at once the list is put in order as a whole.
MOST_RUNS = 4
# More than so many go at once.
MOST_REMOVED = 100


class RequestModel(QAbstractListModel):
    """`loaded`: a first page is there or `problem` tells why not. `told`: what is hidden changed."""

    loaded = Signal()
    told = Signal()

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._requests: list[TraceSummary] = []
        self._ids: set[str] = set()
        self._next = ""
        self._filter = ""
        self._flow: Flow | None = None
        self._more: Flow | None = None
        self._stale = False
        # What arrived since the list was asked for: its answer may be from before that.
        self._late: list[TraceSummary] = []
        self.total = 0
        self.hidden: int | None = None
        self.problem: Problem | None = None
        self.ready = False

    # --- as a model --------------------------------------------------------------------------------

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._requests)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        request = self._requests[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return request_text(request)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return spoken(request)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{request_text(request)}\n{request.route or request.host}"
        return request if role == Qt.ItemDataRole.UserRole else None

    def request(self, row: int) -> TraceSummary:
        """One request."""
        return self._requests[row]

    def row_of(self, key: str) -> int:
        """Where a request stands, -1 if it is not among those read so far."""
        if key not in self._ids:
            return -1
        return next((row for row, request in enumerate(self._requests) if request.id == key), -1)

    def canFetchMore(self, parent: AnyIndex) -> bool:
        return bool(self._next) and (self._more is None or self._more.done)

    def fetchMore(self, parent: AnyIndex) -> None:
        self._more = Flow(self, self._older(), self._failed)

    # --- reading -----------------------------------------------------------------------------------

    def filter(self) -> str:
        """The filter in force."""
        return self._filter

    def load(self, text: str) -> None:
        """Show what passes a filter; the list stays until the answer is there."""
        for flow in (self._flow, self._more):
            if flow is not None:
                flow.cancel()
        self._filter = text
        self._flow = Flow(self, self._read(), self._failed)

    def arrived(self, fresh: list[TraceSummary]) -> None:
        """Requests came, oldest first: at once without a filter, else what the server lets through."""
        self.total += sum(1 for request in fresh if request.id not in self._ids)
        if not self._filter.strip():
            shown = [request for request in reversed(fresh) if request.source != "run"]
            self._late += shown
            self._put(shown)
            self.told.emit()
        elif self._flow is None or self._flow.done:
            self._flow = Flow(self, self._newest(), self._failed)
        else:
            self._stale = True

    def removed(self, gone: list[str]) -> None:
        """Requests were deleted."""
        if len(gone) > MOST_REMOVED:
            self._remove_all(set(gone))
        else:
            for key in gone:
                self._remove(key)
        self.total = max(0, self.total - len(gone))
        self.told.emit()

    def _remove(self, key: str) -> None:
        row = self.row_of(key)
        if row >= 0:
            self.beginRemoveRows(QModelIndex(), row, row)
            self._ids.discard(self._requests.pop(row).id)
            self.endRemoveRows()

    def _remove_all(self, gone: set[str]) -> None:
        """Very many: each by itself would be looked for among all."""
        self.beginResetModel()
        self._requests = [request for request in self._requests if request.id not in gone]
        self._ids -= gone
        self.endResetModel()

    async def _read(self) -> None:
        self._stale = False
        await self._load()
        if self._stale:
            await self._newest()

    async def _load(self) -> None:
        self._late = []
        try:
            answer = await self._client.call(LIST, ListRequest(filter=without_runs(self._filter), limit=PAGE))
        except Cancelled:
            return
        self.problem, self.ready = None, True
        self._next, self.total, self.hidden = answer.next, answer.total, answer.hidden
        if answer.requests != self._requests:
            self.beginResetModel()
            self._requests = answer.requests
            self._ids = {request.id for request in self._requests}
            self.endResetModel()
        self._put(self._late)
        self._late = []
        self.loaded.emit()
        self.told.emit()

    async def _older(self) -> None:
        request = ListRequest(filter=without_runs(self._filter), limit=PAGE, before=self._next)
        answer = await self._client.call(LIST, request)
        self._next, self.total = answer.next, answer.total
        older = [found for found in answer.requests if found.id not in self._ids]
        if older:
            first = len(self._requests)
            self.beginInsertRows(QModelIndex(), first, first + len(older) - 1)
            self._requests += older
            self._ids.update(found.id for found in older)
            self.endInsertRows()
        self.told.emit()

    async def _newest(self) -> None:
        """What the filter lets through of what arrived; a flood is read anew."""
        self._stale = True
        while self._stale:
            self._stale = False
            answer = await self._client.call(
                LIST, ListRequest(filter=without_runs(self._filter), limit=PORTION)
            )
            self.total = answer.total
            if answer.hidden is not None:
                self.hidden = answer.hidden
            if answer.requests and self._requests and answer.requests[-1].id not in self._ids and answer.next:
                await self._load()
            else:
                self._put(answer.requests)
            self.told.emit()

    def _put(self, newest: list[TraceSummary]) -> None:
        """Put requests where they belong by their begin: those that took long come after younger ones."""
        fresh = sorted((one for one in newest if one.id not in self._ids), key=_age, reverse=True)
        if not fresh:
            return
        self._ids.update(request.id for request in fresh)
        runs = self._runs(fresh)
        if len(runs) > MOST_RUNS:
            self.beginResetModel()
            self._requests = sorted([*self._requests, *fresh], key=_age, reverse=True)
            self.endResetModel()
        else:
            # From below, so that the places above stay right.
            for row, run in reversed(runs):
                self.beginInsertRows(QModelIndex(), row, row + len(run) - 1)
                self._requests[row:row] = run
                self.endInsertRows()
        if not self.ready:
            self.ready = True
            self.loaded.emit()

    def _runs(self, fresh: list[TraceSummary]) -> list[tuple[int, list[TraceSummary]]]:
        """Where to insert what, the newest first; neighbours go together."""
        runs: list[tuple[int, list[TraceSummary]]] = []
        row = 0
        for request in fresh:
            while row < len(self._requests) and _age(self._requests[row]) > _age(request):
                row += 1
            if runs and runs[-1][0] == row:
                runs[-1][1].append(request)
            else:
                runs.append((row, [request]))
        return runs

    def _failed(self, problem: Problem) -> None:
        self.problem = problem
        self.loaded.emit()


def without_runs(text: str) -> str:
    """Replays come twenty at a time and stand with what they replay: only who asks for them sees them."""
    asked = any(word in text for word in ("source:", "run:", "origin:"))
    return text if asked else f"{text} -source:run".strip()


def _age(request: TraceSummary) -> tuple[str, str]:
    return request.at, request.id
