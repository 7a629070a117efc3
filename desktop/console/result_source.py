"""A console result as a row source: what came is kept, more is fetched when the end comes into view."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject

from desktop.api.client import Client
from desktop.kit.flow import Cancelled, Flow, Pause
from desktop.kit.rows import Block, LoadedValue, Progress, RowSource, Value
from embedded_server.wire.console import FETCH, FetchRequest, Result
from embedded_server.wire.data import Column
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.values import Cell, RowBlock, Truncated

from .comparison import Rows

_LOADED_AT_ONCE = 10_000
_SOON_MILLISECONDS = 20


class ResultSource(RowSource):
    """The rows of one statement.

    `session` names the console session that holds the rest; without a result id there is no more to fetch,
    although the database had `more`.
    """

    def __init__(
        self,
        client: Client,
        result: Result,
        session: str,
        dialect: str,
        limit: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._columns = [
            _with_kind(column, number, result.rows) for number, column in enumerate(result.columns)
        ]
        self._session, self._dialect, self._limit = session, dialect, limit
        self._result = result.result
        self._blocks: list[Block] = []
        self._firsts: list[int] = []
        self._rows = 0
        self._flow: Flow | None = None
        self._problem: Problem | None = None
        self.more = result.more
        # What it is the result of, so that it can be had again after a restart.
        self.sql = result.sql
        self._take(result.rows)

    # --- what the view asks --------------------------------------------------------------------------

    def columns(self) -> list[Column]:
        return self._columns

    def row_count(self) -> int:
        return self._rows

    def exact(self) -> bool:
        return not self.more

    def block(self, row: int) -> Block | None:
        place = bisect_right(self._firsts, row) - 1
        if place < 0 or row >= self._blocks[place].end:
            return None
        return self._blocks[place]

    def want(self, first: int, last: int, columns: list[int], spare: Sequence[int] = ()) -> None:
        if last >= self._rows - 1 and self.fetchable():
            self.fetch()

    def dialect(self) -> str:
        return self._dialect

    def problem(self) -> Problem | None:
        return self._problem

    def retry(self) -> None:
        self._problem = None
        self.troubled.emit()
        self.fetch()

    def value(self, row: int, column: int) -> Value | None:
        cell = self.cell(row, column)
        if isinstance(cell, Truncated):
            return LoadedValue(cell.prefix)
        return super().value(row, column)

    async def whole(self, row: int, column: int, cell: Truncated) -> str | bytes:
        raise problem(
            "data.unsupported",
            "Only the beginning of this value was fetched",
            f"{cell.size:,} {cell.unit}",
            "Open the row in its table to get all of it, or select a part with substr().",
        )

    def cancel(self) -> bool:
        flow, self._flow = self._flow, None
        if flow is None or flow.done:
            return False
        flow.cancel()
        return True

    def all_rows(self) -> Rows:
        """Everything that was fetched so far, column by column."""
        count = len(self._columns)
        cells: list[list[Cell]] = [[] for _ in range(count)]
        for block in self._blocks:
            for number in range(count):
                cells[number] += block.cells[number]
        return Rows(self._columns, cells)

    # --- fetching ------------------------------------------------------------------------------------

    def fetchable(self) -> bool:
        """Whether more rows can be had."""
        idle = self._flow is None or self._flow.done
        return self.more and bool(self._result) and idle and self._problem is None

    def fetching(self) -> bool:
        """Whether more rows are under way."""
        return self._flow is not None and not self._flow.done

    def fetch(self) -> None:
        """Get the next rows."""
        if self.fetchable():
            self._flow = Flow(self, self._fetch(), self._failed)

    def announce(self) -> None:
        """Tell a view that was just made of the rows that are here already."""
        if self._rows:
            self.arrived.emit(0, self._rows - 1)

    def release(self) -> None:
        """Another statement runs in the session: the rest is gone, what came stays."""
        self.cancel()
        self._result = ""
        self.counted.emit()

    def more_to_load(self) -> bool:
        return self.more and bool(self._result)

    async def load(self, most: int, progress: Progress) -> None:
        while self.fetching():
            await Pause(_SOON_MILLISECONDS)
        while self.more_to_load() and self._rows < most:
            await self._get(min(_LOADED_AT_ONCE, most - self._rows))
            progress(self._rows, 0)

    async def _fetch(self) -> None:
        try:
            await self._get(self._limit)
        except Cancelled:
            return

    async def _get(self, limit: int) -> None:
        try:
            answer = await self._client.call(FETCH, FetchRequest(self._session, self._result, limit))
        except ProblemError as error:
            if error.problem.code in ("console.result_closed", "console.unknown_session"):
                self.release()
                return
            raise
        first = self._rows
        self.more = answer.more
        self._take(answer.rows)
        self.counted.emit()
        if self._rows > first:
            self.arrived.emit(first, self._rows - 1)

    def _failed(self, trouble: Problem) -> None:
        self._problem = trouble
        self.troubled.emit()

    def _take(self, rows: RowBlock | None) -> None:
        if rows is None or not len(rows):
            return
        cells: dict[int, Sequence[Cell]] = dict(enumerate(rows.columns))
        self._firsts.append(self._rows)
        self._blocks.append(Block(self._rows, len(rows), cells))
        self._rows += len(rows)


def _with_kind(column: Column, number: int, rows: RowBlock | None) -> Column:
    """A column the database gives no type of is one of numbers if its first rows hold nothing else."""
    if column.kind != "other" or column.type or rows is None:
        return column
    known = {type(cell) for cell in rows.columns[number][:50]} - {type(None)}
    return msgspec.structs.replace(column, kind="number") if known and known <= {int, float} else column
