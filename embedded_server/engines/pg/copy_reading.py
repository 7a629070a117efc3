"""Reading all rows of a query as lines that the server writes: nothing is done for each cell here."""

from __future__ import annotations

from collections.abc import Sequence

from embedded_server.engines.base import Reading
from embedded_server.wire.data import Column
from embedded_server.wire.values import LineBlock, RowBlock

from .channel import Channel
from .copy_out import CopyOut
from .copying import copied_rows
from .grammar import CUT_MARK, PostgresGrammar
from .placeholders import Statement
from .rows import Finisher, restoring, shortening

_grammar = PostgresGrammar()


class CopyReading(Reading):
    """Rows of a query without parameters whose cells are bare columns, or what `Grammar.cell` wrote; none of
    `columns` is binary."""

    def __init__(
        self, channel: Channel, statement: Statement, columns: Sequence[Column], cell_bytes: int
    ) -> None:
        self.columns = list(columns)
        self._most = cell_bytes
        self._cuts = CUT_MARK in statement.sql
        self._copy = CopyOut(channel, copied_rows(statement))

    def block(self, rows: int) -> RowBlock:
        block = LineBlock(self._copy.lines(rows), len(self.columns))
        # A value that is or was too long makes its line longer than that.
        return block if self._copy.longest <= self._most else self._finished(block)

    def _finished(self, block: RowBlock) -> RowBlock:
        pairs = zip(self.columns, block.columns, strict=True)
        return RowBlock([self._finisher(column)(cells) for column, cells in pairs])

    def _finisher(self, column: Column) -> Finisher:
        was_cut = self._cuts and _grammar.cell(column, self._most).sql != _grammar.name(column.name)
        return restoring(self._most) if was_cut else shortening(self._most)

    def close(self) -> None:
        self._copy.close()
