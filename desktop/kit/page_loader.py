"""Loads the pages a view wishes for: one request at a time, the newest wish's, into the page cache."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.api.client import Client
from desktop.kit.flow import Flow
from desktop.kit.page_cache import Origin, Page, Pages
from desktop.kit.page_landing import anchor_end, land, page_of, patched
from desktop.kit.page_plan import PAGE_ROWS, Fetch, Wish, plan
from desktop.kit.row_total import RowTotal
from desktop.kit.rows import LONG
from embedded_server.wire.data import PAGE, Column, PageRequest, PageResponse
from embedded_server.wire.problem import Problem

# How long rows of an order or filter that is no longer asked for stand in for the new ones.
LINGER_MS = 150
# The window's idea of the table is out of date: start over, once.
_STALE = {"data.bad_key", "data.unknown_column"}


class PageLoader(QObject):
    """`landed(first, last)`: rows arrived. `moved(delta)`: the wished rows have other numbers now.
    `opened`: the columns are known, or others than before. `troubled`: `problem` changed.
    """

    landed = Signal(LONG, LONG)
    moved = Signal(LONG)
    opened = Signal()
    troubled = Signal()

    def __init__(
        self, client: Client, request: Callable[..., PageRequest], total: RowTotal, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._request = request
        self._total = total
        self.view = uuid4().hex
        self.pages = Pages()
        self.columns: list[Column] = []
        self.key_columns: list[str] = []
        self.response: PageResponse | None = None
        self.problem: Problem | None = None
        self._index: dict[str, int] = {}
        self._lingering: list[Page] = []
        self._wish = Wish(0, PAGE_ROWS - 1, ())
        self._ahead = 1
        self._upwards = False
        self._fetch: Fetch | None = None
        self._flow: Flow | None = None
        self._again: Fetch | None = None
        self._healed = False
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.fetch_next)
        self._linger = QTimer(self, singleShot=True, interval=LINGER_MS)
        self._linger.timeout.connect(self._forget_lingering)

    # --- from the source ---------------------------------------------------------------------------

    def wish(self, wish: Wish) -> None:
        """These are wanted now."""
        if wish == self._wish and self.columns:
            return
        before = self._wish
        if wish.first != before.first:
            self._ahead = -1 if wish.first < before.first else 1
            screen = wish.last - wish.first + 1
            self._upwards = self._ahead < 0 and before.first - wish.last <= screen
        self._wish = wish
        self._soon.start()

    def wished(self) -> tuple[int, int]:
        """The first and last row that the view shows."""
        return self._wish.first, self._wish.last

    def lingering(self, row: int) -> Page | None:
        """A row of before, shown until the new ones arrive."""
        return next((page for page in self._lingering if page.first <= row < page.end), None)

    def restart(self) -> None:
        """Order or filters are others: from the first row on."""
        self._drop_all()
        self._linger.start()
        self._wish = self._wish.with_rows(0, self._wish.last - self._wish.first)
        self._soon.start()

    def refresh(self) -> None:
        """Fetch again what is shown, which stays on the screen until then."""
        page = self.pages.at(self._wish.first)
        again = None
        if page is not None:
            # The same keys lead to the same rows, also where their number is a guess.
            again = Fetch(page.origin, max(page.length, 1), tuple(page.cells), start=page.first, again=page)
        self._drop_all()
        self._again = again
        self._soon.start()

    def reopen(self) -> None:
        """The table may have other columns now: ask without naming any."""
        self._drop_all()
        self.columns, self._index = [], {}
        self._soon.start()

    def retry(self) -> None:
        """Ask again after a problem."""
        self._healed = False
        self._trouble(None)
        self._soon.start()

    def cancel(self) -> bool:
        """Give up the request under way; false if there is none."""
        if self._fetch is None:
            return False
        self._stop()
        self._trouble(Problem("job.cancelled", "Loading was cancelled"))
        return True

    def count_known(self) -> None:
        """The exact count has arrived: pages at the end take their place from it."""
        near = self._guess_is_near()
        self._shifted(anchor_end(self.pages, self._total), near)

    # --- fetching ----------------------------------------------------------------------------------

    def fetch_next(self) -> None:
        """Ask for what the wish lacks most; keep a request that still helps, cancel one that does not.

        While the server is away there are placeholders; the source refreshes when it is back.
        """
        if self.problem is not None or not self._client.online:
            return
        wanted = self._wanted()
        if self._fetch is not None:
            if wanted is None or self._fetch.covers(self._wish):
                return
            self._stop()
        if wanted is not None:
            self._fetch = wanted
            self._flow = Flow(self, self._load(wanted), self._failed)

    def _wanted(self) -> Fetch | None:
        if not self.columns:
            return Fetch(Origin(), PAGE_ROWS, (), start=0)
        if self._again is not None:
            return self._again
        total = self._total.rows or 0
        more = not self._total.exact
        wanted = plan(self.pages, self._wish, total, more=more, upwards=self._upwards)
        if wanted is not None:
            return wanted
        # All is there: one screen further in the direction of scrolling, so that it never waits.
        screen = self._wish.last - self._wish.first + 1
        step = self._ahead * screen
        first = max(0, self._wish.first + step)
        last = min(self._wish.last + step, total - 1)
        wish = self._wish.with_rows(first, last)
        return plan(self.pages, wish, total, more=False, upwards=self._upwards)

    async def _load(self, fetch: Fetch) -> None:
        origin = fetch.origin
        names = [self.columns[column].name for column in fetch.columns] if self.columns else None
        try:
            answer = await self._client.call(
                PAGE,
                self._request(
                    columns=names,
                    limit=fetch.limit,
                    after=origin.after,
                    row=origin.row,
                    last=origin.last,
                    view=self.view,
                    signature=self.response.signature if self.response is not None else "",
                ),
            )
        finally:
            # A newer request may be under way already.
            if self._fetch is fetch:
                self._fetch = None
        self._arrived(fetch, answer)

    def _arrived(self, fetch: Fetch, answer: PageResponse) -> None:
        before, self.response = self.response, answer
        self._again = None
        if self.columns and answer.changed:
            self.reopen()
            return
        if before is not None and before.epoch != answer.epoch:
            # Another server, or a new connection: what lies around may be of another time.
            self._lingering = list(self.pages)
            self.pages.clear()
            fetch = fetch._replace(beside=None)
        if not self.columns:
            self._open(answer)
        page = page_of(fetch, answer, self._index)
        if fetch.patch is not None:
            if not patched(self.pages, fetch, page):
                self.refresh()
                return
            page = fetch.patch
        else:
            near = self._guess_is_near() or fetch.beside is not None
            self._shifted(land(self.pages, self._total, fetch, answer, page), near)
        self._healed = False
        self.pages.evict(self._wish.first, self._wish.last)
        self._settle_lingering()
        self.landed.emit(page.first, max(page.first, page.end - 1))
        self._soon.start()

    def _open(self, answer: PageResponse) -> None:
        self.columns = [column for column in answer.columns if not column.hidden]
        self._index = {column.name: number for number, column in enumerate(self.columns)}
        self.key_columns = list(answer.row_key)
        self.opened.emit()

    def _shifted(self, delta: int, near: bool) -> None:
        if delta and near:
            self._wish = self._wish.with_rows(
                max(0, self._wish.first + delta), max(0, self._wish.last + delta)
            )
            self.moved.emit(delta)

    def _guess_is_near(self) -> bool:
        """Whether what is looked at are rows whose number is a guess."""
        first, last = self._wish.first - PAGE_ROWS, self._wish.last + PAGE_ROWS
        return any(not page.exact and page.first <= last and first < page.end for page in self.pages)

    def _failed(self, problem: Problem) -> None:
        self._again = None
        if problem.code == "server.lost" and not self._client.online:
            return
        if problem.code in _STALE and not self._healed and self.columns:
            self._healed = True
            self.reopen()
            return
        self._trouble(problem)

    # --- state -------------------------------------------------------------------------------------

    def _trouble(self, problem: Problem | None) -> None:
        if problem != self.problem:
            self.problem = problem
            self.troubled.emit()

    def _stop(self) -> None:
        flow, self._flow, self._fetch = self._flow, None, None
        if flow is not None:
            flow.cancel()

    def _drop_all(self) -> None:
        self._stop()
        self._linger.stop()
        self._lingering = list(self.pages) or self._lingering
        self.pages.clear()
        self._again = None
        self._trouble(None)

    def _settle_lingering(self) -> None:
        """What stood in for new rows goes as soon as all of the wished ones are here."""
        if self._lingering and plan(self.pages, self._wish, self._total.rows or 0, more=False) is None:
            self._forget_lingering()

    def _forget_lingering(self) -> None:
        if self._lingering:
            self._lingering = []
            self.landed.emit(self._wish.first, max(self._wish.first, self._wish.last))
