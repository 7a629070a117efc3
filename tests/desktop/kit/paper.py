"""A client whose server is a formula: tables of any length, answered when the test says so.

It keeps the contract of `data.page`, `data.count` and `data.cell`; row `n` has the key `3 n + 1`. With
`error` it guesses where a row number leads, as the real one does in an unevenly filled table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.api.client import Client
from desktop.kit.flow import Cancelled, Waiter
from embedded_server.wire.data import Column, CountRequest, CountResponse, PageRequest, PageResponse
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.rows import RowsBlock
from embedded_server.wire.values import Cell, RowBlock


def key_of(row: int) -> int:
    return 3 * row + 1


def row_of(key: int) -> int:
    return (key - 1) // 3


class Call(Waiter[Any]):
    """A call that waits for the test; `given_up` once the window cancelled it."""

    def __init__(self, name: str, request: Any) -> None:
        super().__init__()
        self.name, self.request, self.given_up = name, request, False

    def cancel(self) -> None:
        if not self.settled:
            self.given_up = True
            self.reject(Cancelled())


class PaperClient(Client):
    """Answers from `rows` rows; `answer` answers what is waiting, `auto` answers at once."""

    def __init__(self, rows: int, width: int = 3, *, error: int = 0, auto: bool = True) -> None:
        super().__init__()
        self.rows, self.width, self.error, self.auto = rows, width, error, auto
        self.key_hidden = False
        self.estimate: int | None = None
        self.page_most = 10_000
        self.epoch = "1"
        self.up = True
        self.calls: list[Call] = []
        self.troubles: dict[str, Problem] = {}
        self.value: Callable[[int, int], Cell] = lambda row, column: f"r{row}c{column}"

    # --- the client ------------------------------------------------------------------------------

    @property
    def online(self) -> bool:
        return self.up

    def come_back(self) -> None:
        """The server is there again."""
        self.up = True
        self.online_changed.emit(True)

    def call(self, endpoint, request):
        call = Call(endpoint.name, request)
        self.calls.append(call)
        if self.auto:
            self.settle(call)
        return call

    def frames(self, endpoint, request, hear):
        """Blocks of 700 rows, then the end."""
        call = Call(endpoint.name, request)
        self.calls.append(call)
        first = self._place(PageRequest(connection="c", table="t", after=request.after))[0]
        indexes = self._indexes(request.columns)
        end = min(self.rows, first + request.limit)
        for start in range(first, end, 700):
            rows = range(start, min(start + 700, end))
            cells = [[self._cell(row, index) for row in rows] for index in indexes]
            named = [self.column(index) for index in indexes] if start == first else []
            hear(RowsBlock(columns=named, rows=RowBlock(cells)))
        last = RowsBlock(rows=RowBlock([[] for _ in indexes]), last=True)
        hear(last)
        call.resolve(last)
        return call

    @property
    def waiting(self) -> list[Call]:
        return [call for call in self.calls if not call.settled]

    def pages(self) -> list[PageRequest]:
        """Every page that was asked for, in order."""
        return [call.request for call in self.calls if call.name == "data.page"]

    def answer(self) -> None:
        """Answer everything that waits."""
        for call in self.waiting:
            self.settle(call)

    def settle(self, call: Call) -> None:
        """Answer one call."""
        trouble = self.troubles.get(call.name)
        if trouble is not None:
            call.reject(ProblemError(trouble))
        elif call.name == "data.page":
            call.resolve(self.page(call.request))
        elif call.name == "data.count":
            call.resolve(self.count(call.request))
        else:
            raise AssertionError(call.name)

    # --- the server ------------------------------------------------------------------------------

    def count(self, request: CountRequest) -> CountResponse:
        if request.exact:
            return CountResponse(self.rows, True, "counted")
        return CountResponse(self.estimate, False, "estimated")

    def column(self, index: int) -> Column:
        if index == 0:
            return Column("id", "bigint", "number", key=1, hidden=self.key_hidden)
        return Column(f"c{index}", "text", "text")

    def page(self, request: PageRequest) -> PageResponse:
        first, claimed, exact = self._place(request)
        limit = min(request.limit, self.page_most)
        if request.last or (request.after or "").startswith("b"):
            end = first
            limit = min(limit, end)
            first = end - limit
            claimed = max(claimed - limit, 1)
            if first == 0:
                claimed, exact = 0, True
            elif exact:
                claimed = first
        end = min(self.rows, first + limit)
        indexes = self._indexes(request.columns)
        chosen = [self.column(index) for index in indexes]
        if 0 not in indexes:
            indexes, chosen = [*indexes, 0], [*chosen, Column("id", "bigint", "number", key=1, hidden=True)]
        cells = [[self._cell(row, index) for row in range(first, end)] for index in indexes]
        before, behind = claimed, claimed + end - first
        return PageResponse(
            columns=chosen,
            rows=RowBlock(cells),
            row=claimed,
            row_exact=exact,
            next=f"f{end}:{behind}:{int(exact)}" if end < self.rows else None,
            prev=f"b{first}:{before}:{int(exact)}" if first > 0 else None,
            row_key=["id"],
            epoch=self.epoch,
        )

    def _place(self, request: PageRequest) -> tuple[int, int, bool]:
        if request.after is not None:
            true, claimed, exact = request.after[1:].split(":")
            return int(true), int(claimed), exact == "1"
        if request.last:
            return self.rows, self.estimate or self.rows, self.error == 0
        row = request.row or 0
        if not row:
            return 0, 0, True
        if row >= self.rows:
            return max(0, self.rows - request.limit), max(0, self.rows - request.limit), True
        return max(1, min(self.rows - 1, row + self.error)), row, self.error == 0

    def _indexes(self, names: list[str] | None) -> list[int]:
        if names is None:
            return list(range(1 if self.key_hidden else 0, self.width))
        return [0 if name == "id" else int(name[1:]) for name in names]

    def _cell(self, row: int, index: int) -> Cell:
        return key_of(row) if index == 0 else self.value(row, index)
