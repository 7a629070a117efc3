"""The rows of a log in the window: a few thousand at hand, the rest asked of the server when it is seen."""

from __future__ import annotations

from collections import OrderedDict

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.rows import LONG
from embedded_server.wire.logs import (
    FIND,
    OPEN,
    ROWS,
    STATE,
    FormatScore,
    LogRow,
    LogState,
    OpenLogRequest,
    OpenLogResponse,
    RowsRequest,
    SearchRequest,
    StateRequest,
)
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import Event

from .query import Query

KEPT = 4000
PAGE = 200
VIEW = "window"


class LogRows(QObject):
    """Lines by place. `changed`: rows or their number are others; `moved(delta)`: places shifted by so much;
    `told`: the state of the log or of the search is another; `troubled(problem)`."""

    changed = Signal()
    moved = Signal(LONG)
    told = Signal()
    troubled = Signal(object)

    def __init__(self, context: Context, source: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.source = source
        self.state: LogState | None = None
        self.formats: list[FormatScore] = []
        self.query = Query()
        self.hits, self.searched = 0, True
        # Why the server did not take the pattern.
        self.refused: Problem | None = None
        self._rows: OrderedDict[int, LogRow] = OrderedDict()
        self._tail: list[LogRow] = []
        self._wanted: tuple[int, int] | None = None
        self._fetch: Flow | None = None
        self._search: Flow | None = None
        context.events.happened.connect(self._happened)
        context.events.reset.connect(self.reload)

    # --- opening -----------------------------------------------------------------------------------

    def load(self) -> None:
        """Open the log: both ends are there with the first answer."""
        self._context.flow(self, self._opened())

    def reload(self) -> None:
        """Begin anew, after the server was."""
        self._rows.clear()
        self.load()

    async def _opened(self) -> None:
        try:
            if self.source.startswith("command:"):
                self._take(await self._context.api.call(STATE, StateRequest(self.source)))
                self.changed.emit()
                return
            answer = await self._context.api.call(OPEN, OpenLogRequest(path=self.source))
        except ProblemError as error:
            self.troubled.emit(error.problem)
            return
        self._show_ends(answer)

    def _show_ends(self, answer: OpenLogResponse) -> None:
        self.source = answer.state.source
        self.formats = answer.formats
        self.state = answer.state
        self._keep(answer.head)
        known = [row for row in answer.tail if row.row >= 0]
        self._keep(known)
        self._tail = [] if known else answer.tail
        self.changed.emit()
        self.told.emit()
        if self.query.anything():
            self.find(self.query)

    # --- rows --------------------------------------------------------------------------------------

    def filtered(self) -> bool:
        """Whether only hits are shown."""
        return self.query.narrows()

    def total(self) -> int:
        """Rows of what is shown, as far as known."""
        if self.filtered():
            return self.hits
        return 0 if self.state is None else max(self.state.count + self.state.earlier, len(self._tail))

    def exact(self) -> bool:
        """Whether `total` is exact."""
        if self.filtered():
            return self.searched
        return self.state is not None and self.state.exact

    def row(self, place: int) -> LogRow | None:
        """A row at hand; the end of the log is, before anything is indexed."""
        found = self._rows.get(place)
        if found is None and self._tail and not self.filtered():
            from_end = place - (self.total() - len(self._tail))
            if 0 <= from_end < len(self._tail):
                return self._tail[from_end]
        return found

    def want(self, first: int, last: int) -> None:
        """These places are seen: fetch what is missing. Only the newest wish counts."""
        missing = [
            place for place in range(max(0, first), min(last, self.total() - 1) + 1) if not self.row(place)
        ]
        if not missing:
            self._wanted = None
            return
        self._wanted = (missing[0], missing[-1])
        if self._fetch is None or self._fetch.done:
            self._fetch = Flow(self, self._fetching(), self.troubled.emit)

    async def _fetching(self) -> None:
        while self._wanted is not None:
            first, last = self._wanted
            self._wanted = None
            query = self.query
            start = max(0, first - (PAGE - (last - first)) // 2) if last - first < PAGE else first
            request = RowsRequest(source=self.source, row=start, limit=PAGE, view=self._view(), earlier=True)
            try:
                answer = await self._context.api.call(ROWS, request)
            except Cancelled:
                continue
            except ProblemError as error:
                if error.problem.code not in ("logs.view", "logs.lost", "logs.closed"):
                    raise
                return
            if query == self.query:
                self._keep(answer.rows)
                self.changed.emit()

    def _view(self) -> str:
        return VIEW if self.filtered() else ""

    def _keep(self, rows: list[LogRow]) -> None:
        for row in rows:
            if row.row >= 0:
                self._rows[row.row] = row
                self._rows.move_to_end(row.row)
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)

    # --- growth ------------------------------------------------------------------------------------

    def _happened(self, event: Event) -> None:
        if event.data.get("source") != self.source:
            return
        if event.kind == "logs.grown":
            self._take(msgspec.convert(event.data["state"], LogState))
        elif event.kind == "logs.hits" and event.data.get("view") == VIEW:
            self._hit(event.data["count"], event.data["done"])

    def _take(self, state: LogState) -> None:
        old, self.state = self.state, state
        total = self.total()
        if old is not None and (state.files != old.files or state.count < old.count and old.exact):
            # Another file: what was kept under a number may be another line now.
            self._rows.clear()
        elif old is not None and state.size != old.size:
            # A last line that had no line feed yet has grown; every other row stays at hand.
            for place, row in list(self._rows.items()):
                if row.file == 0 and row.offset + row.bytes >= old.size:
                    del self._rows[place]
        if old is None or state.format != old.format:
            self._rows.clear()
        if state.exact and self._tail:
            self._settle(total)
        self.changed.emit()
        self.told.emit()

    def _settle(self, total: int) -> None:
        """The numbers of the end are known now."""
        tail, self._tail = self._tail, []
        if self.state is not None and tail[-1].offset + tail[-1].bytes + 1 >= self.state.size:
            first = total - len(tail)
            self._keep(
                [
                    msgspec.structs.replace(row, row=first + n, line=first + n + 1)
                    for n, row in enumerate(tail)
                ]
            )

    def _hit(self, count: int, done: bool) -> None:
        if self.filtered() and count <= self.hits:
            self._rows.clear()
        if self.filtered():
            self._rows.pop(self.hits - 1, None)
        self.hits, self.searched = count, done
        if self.filtered():
            self.changed.emit()
        self.told.emit()

    # --- searching ---------------------------------------------------------------------------------

    def find(self, query: Query) -> None:
        """Search; with a query that narrows, only the hits are rows from now on."""
        before = self.filtered()
        self.query = query
        if before or query.narrows():
            self._rows.clear()
        self.hits, self.searched, self.refused = 0, not query.anything(), None
        if self._search is not None:
            self._search.cancel()
        self._search = Flow(self, self._finding(query), self._refused)
        self.changed.emit()
        self.told.emit()

    async def _finding(self, query: Query) -> None:
        request = SearchRequest(
            source=self.source,
            pattern=query.pattern,
            literal=query.literal,
            ignore_case=query.ignore_case,
            levels=query.levels(),
            since=query.since,
            until=query.until,
            view=VIEW,
            earlier=True,
        )
        answer = await self._context.api.call(FIND, request)
        if query == self.query:
            self.hits, self.searched = max(self.hits, answer.count), answer.done or self.searched
            self.told.emit()

    def _refused(self, problem: Problem) -> None:
        self.searched = True
        if problem.code == "logs.pattern":
            self.refused = problem
        else:
            self.troubled.emit(problem)
        self.told.emit()
