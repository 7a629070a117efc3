"""How many rows: a guess at once, the exact number in the background, cancellable."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QElapsedTimer, QObject

from desktop.api.client import Client
from desktop.kit.flow import Flow
from embedded_server.wire.data import COUNT, CountRequest
from embedded_server.wire.problem import Problem


class RowTotal:
    """Asks `data.count`; `changed` is called whenever something is to be shown anew.

    `rows` null: nothing is known yet. `informed`: it comes from the database, not just from what was
    seen. `problem` is why the exact count failed; the estimate stays.
    """

    def __init__(self, client: Client, owner: QObject, changed: Callable[[], None]) -> None:
        self._client = client
        self._owner = owner
        self._changed = changed
        self._flows: list[Flow] = []
        self._clock = QElapsedTimer()
        self.rows: int | None = None
        self.exact = False
        self.informed = False
        self.counting = False
        self.problem: Problem | None = None
        self._least = 0

    def forget(self) -> None:
        """Other rows are shown now."""
        self.stop()
        self.rows, self.exact, self.problem = None, False, None
        self.informed, self._least = False, 0

    def known(self, rows: int, *, exact: bool) -> None:
        """A number from the database; a guess never replaces what was counted, nor what was seen."""
        if exact:
            self._least = min(self._least, rows)
        elif self.exact:
            return
        self.rows, self.exact, self.informed = max(rows, self._least), exact, True
        if exact and self.counting:
            self.stop()

    def at_least(self, rows: int, further: int) -> None:
        """So many rows were seen, and there are more: perhaps `further` ones."""
        self._least = max(self._least, rows)
        if self.rows is None or self.rows < rows:
            self.rows, self.exact = rows + further, False

    def doubt(self, rows: int) -> None:
        """There seem to be just so many rows."""
        self.rows, self.exact, self._least = rows, False, 0

    def start(self, request: CountRequest) -> None:
        """Estimate, unless something is known already, and count exactly."""
        self.stop()
        self.problem = None
        self.counting = True
        self._clock.start()
        if not self.informed:
            estimate = msgspec.structs.replace(request, exact=False, view=f"{request.view}.estimate")
            self._flows.append(Flow(self._owner, self._estimate(estimate), self._no_estimate))
        exact = msgspec.structs.replace(request, exact=True, view=f"{request.view}.count")
        self._flows.append(Flow(self._owner, self._count(exact), self._failed))
        self._changed()

    def stop(self) -> bool:
        """Stop counting; false if nothing was being counted."""
        flows, self._flows = self._flows, []
        counting, self.counting = self.counting, False
        for flow in flows:
            flow.cancel()
        if counting:
            self._changed()
        return counting

    def elapsed_ms(self) -> int:
        """How long the count has been running."""
        return self._clock.elapsed() if self.counting else 0

    async def _estimate(self, request: CountRequest) -> None:
        answer = await self._client.call(COUNT, request)
        if answer.count is not None:
            self.known(answer.count, exact=answer.exact)
            self._changed()

    def _no_estimate(self, problem: Problem) -> None:
        """The exact count says better what is wrong."""

    async def _count(self, request: CountRequest) -> None:
        try:
            answer = await self._client.call(COUNT, request)
        finally:
            self.counting = False
        if answer.count is not None:
            self.known(answer.count, exact=answer.exact)
        self._changed()

    def _failed(self, problem: Problem) -> None:
        self.problem = problem
        self._changed()
