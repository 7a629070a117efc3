"""Where a chart's rows come from: a table read as a stream, or rows that are here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec
from shiboken6 import isValid

from desktop.api.client import Client
from desktop.kit.flow import Pause
from desktop.kit.grid.copy_as import unique
from desktop.kit.grid.picked import Picked
from embedded_server.wire.data import PAGE, Column, Filter, PageRequest
from embedded_server.wire.problem import problem
from embedded_server.wire.refs import ChartRef
from embedded_server.wire.rows import ROWS, RowsBlock, RowsRequest
from embedded_server.wire.values import Cell, RowBlock

from . import keeping
from .keeping import Kept
from .pieces import SLICE, Held
from .plot import rows_text

# Two columns of so many rows are some 100 MB; of longer tables the first ones are drawn, and that is said.
MOST_ROWS = 2_000_000
# A result's rows stay with it, as objects.
MOST_LOADED = 200_000
SAMPLE = 200

Told = Callable[[int, int], None]
"""Told how many rows are read, and of how many (0: not known)."""


class Feed(Protocol):
    """Rows for a chart. `columns` have names of their own, `sample` holds the first cells of each."""

    columns: list[Column]
    sample: list[Sequence[Cell]]
    about: str

    async def begin(self) -> None:
        """Find out the columns. Raises ProblemError."""

    async def read(self, names: list[str], told: Told) -> Held:
        """All rows of some columns. Raises ProblemError."""

    def loadable(self) -> bool:
        """Whether `load` brings rows that were not loaded where they come from."""

    async def load(self, told: Told) -> None:
        """Have them loaded; `read` gives them then. Raises ProblemError."""


class TableFeed:
    """The rows of a table as they are filtered, read each time by one statement."""

    def __init__(self, client: Client, ref: ChartRef) -> None:
        self._client, self._ref = client, ref
        self.columns: list[Column] = []
        self.sample: list[Sequence[Cell]] = []
        self.about = f"{ref.table}, filtered" if ref.filters or ref.where else ref.table
        self._count = 0

    def _filters(self) -> list[Filter]:
        return msgspec.convert(self._ref.filters, list[Filter])

    def loadable(self) -> bool:
        """A table is read to its end, or as far as fits."""
        return False

    async def load(self, told: Told) -> None:
        """There is nothing to load."""

    async def begin(self) -> None:
        """The first rows tell the columns."""
        ref = self._ref
        request = PageRequest(
            connection=ref.connection,
            table=ref.table,
            schema=ref.schema,
            filters=self._filters(),
            where=ref.where,
            limit=SAMPLE,
        )
        answer = await self._client.call(PAGE, request)
        shown = [place for place, column in enumerate(answer.columns) if not column.hidden]
        self.columns = [answer.columns[place] for place in shown]
        self.sample = [answer.rows.columns[place] for place in shown]
        self._count = answer.count or 0

    async def read(self, names: list[str], told: Told) -> Held:
        """One stream; its blocks are packed as they come."""
        held, ref = Held(), self._ref
        places: list[int] = []

        def take(block: RowsBlock) -> None:
            if block.columns:
                found = [column.name for column in block.columns]
                places.extend(found.index(name) for name in names)
            held.add(names, [block.rows.columns[place] for place in places])
            told(held.rows, max(self._count, held.rows) if self._count else 0)

        request = RowsRequest(
            connection=ref.connection,
            table=ref.table,
            schema=ref.schema,
            columns=names,
            filters=self._filters(),
            where=ref.where,
            limit=MOST_ROWS + 1,
        )
        await self._client.frames(ROWS, request, take)
        if held.rows > MOST_ROWS:
            held.cut(MOST_ROWS)
        return held


class RowsFeed:
    """Rows that were selected or fetched: taken once, kept on disk for the tab's next life."""

    def __init__(self, folder: Path, ref: ChartRef, picked: Picked | None, about: str) -> None:
        self._folder, self._ref, self._picked = folder, ref, picked
        self.columns: list[Column] = []
        self.sample: list[Sequence[Cell]] = []
        self.about = about
        self._cells: list[Sequence[Cell]] = []
        self._more = False
        # Where further rows of the result can be had, as long as it is there.
        self._rest: Picked | None = None

    def loadable(self) -> bool:
        """Whether the rows that are missing can be fetched."""
        rest = self._rest
        return rest is not None and isValid(rest.source) and rest.source.more_to_load()

    async def load(self, told: Told) -> None:
        """Fetch the rows that are missing, and take all of them anew. Raises ProblemError."""
        rest = self._rest
        if rest is not None and self.loadable():
            await rest.source.load(MOST_LOADED, told)
            await self._take(rest)

    async def begin(self) -> None:
        """Take them from the grid, or from the disk."""
        if self._cells:
            return
        picked, self._picked = self._picked, None
        if picked is None:
            self._fetch()
        else:
            await self._take(picked)
        self.sample = [cells[:SAMPLE] for cells in self._cells]

    async def _take(self, picked: Picked) -> None:
        heads = picked.heads()
        names = unique(column.name or "column" for column in heads)
        self.columns = [
            msgspec.structs.replace(column, name=name) for column, name in zip(heads, names, strict=True)
        ]
        self._more = picked.whole and not picked.source.exact()
        self._rest = picked if self._more else None
        if picked.whole:
            self._cells = list(picked.at_hand())
        elif picked.too_many():
            raise problem(
                "data.unsupported",
                f"{picked.rows:,} selected rows are too many to draw",
                hint="Filter the rows instead, and draw all of them.",
            )
        else:
            self._cells = list(await picked.read(_unheard))
        columns: list[Sequence[Cell]] = []
        for cells in self._cells:
            columns.append(cells[:])
            await Pause()
        kept = Kept(self.columns, RowBlock(columns), self.about, self._more)
        await keeping.keep(self._folder, self._ref.rows, kept)

    def _fetch(self) -> None:
        kept = keeping.fetch(self._folder, self._ref.rows)
        if kept is None:
            raise problem(
                "data.unsupported",
                "The rows of this chart are gone",
                "They came from a selection or a result, and were too many to be kept or too old.",
                "Run the query again and draw it anew.",
            )
        self.columns, self._cells = kept.columns, list(kept.rows.columns)
        self.about, self._more = kept.about, kept.more

    async def read(self, names: list[str], told: Told) -> Held:
        """Packed in slices."""
        held = Held(more=self._more)
        known = [column.name for column in self.columns]
        columns = [self._cells[known.index(name)] for name in names]
        count = len(columns[0]) if columns else 0
        for start in range(0, count, SLICE):
            held.add(names, [cells[start : start + SLICE] for cells in columns])
            told(held.rows, count)
            await Pause()
        return held


def _unheard(_: int, __: int) -> None:
    """Nobody is told how far it is."""


def more_text(held: Held, table: bool) -> str:
    """What is said when there are rows that are not drawn."""
    if not held.more:
        return ""
    if table:
        return f"only the first {rows_text(held.rows)} are drawn, as many as fit"
    return f"only the {rows_text(held.rows)} that were loaded are drawn; there are more"
