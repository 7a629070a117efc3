"""Rows into a table: the fastest exact way of each database, and which row it was that did not go in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from embedded_server.engines.base import Fragment
from embedded_server.lanes import Lease
from embedded_server.wire.data import Column
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.scratch import Scratch
from embedded_server.wire.values import RowBlock

from . import staging

_POINT = "backlight_batch"
_VALUES_ROWS = 500
# Refusals of a row; anything else is the end of the import.
_OF_A_ROW = frozenset({"sql.error", "sql.params"})


class Sink:
    """One table. `told` hears the index and reason of each row that does not go in, and may raise to stop:
    rows before it are in by then."""

    def __init__(self, lease: Lease, table: str, columns: Sequence[Column]) -> None:
        self._lease, self._table, self._columns = lease, table, list(columns)
        # Without savepoints a refused row ends the transaction, and with it whatever went in before.
        self.has_savepoints = lease.engine.name != "duckdb"

    def insert(self, block: RowBlock) -> None:
        """All rows of a block. Raises what the database says."""
        session, name = self._lease.session, self._lease.engine.name
        if not len(block):
            return
        if session.insert_many(self._table, self._columns, block):
            return
        if name == "duckdb":
            self._staged(block)
        else:
            self._by_values(block)

    def put(self, block: RowBlock, told: Callable[[int, str], None]) -> int:
        """Insert what goes in, in order; how many rows did."""
        return self._some(block, 0, told)

    def _some(self, block: RowBlock, first: int, told: Callable[[int, str], None]) -> int:
        rows = len(block)
        if not rows:
            return 0
        try:
            with self._guarded():
                self.insert(block)
            return rows
        except ProblemError as error:
            if error.problem.code not in _OF_A_ROW:
                raise
            if rows == 1:
                told(first, reason_of(error))
                return 0
        half = rows // 2
        left = self._some(_slice(block, 0, half), first, told)
        return left + self._some(_slice(block, half, rows), first + half, told)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        """A part that is taken back by itself when it fails."""
        session = self._lease.session
        if not self.has_savepoints:
            yield
            return
        session.execute(f"SAVEPOINT {_POINT}").close()
        try:
            yield
        except ProblemError as error:
            if error.problem.code in _OF_A_ROW:
                session.execute(f"ROLLBACK TO SAVEPOINT {_POINT}").close()
            raise
        session.execute(f"RELEASE SAVEPOINT {_POINT}").close()

    def _by_values(self, block: RowBlock) -> None:
        grammar = self._lease.grammar
        names = ", ".join(grammar.name(column.name) for column in self._columns)
        rows = list(block.rows())
        for at in range(0, len(rows), _VALUES_ROWS):
            parts: list[str] = []
            params: list[object] = []
            for row in rows[at : at + _VALUES_ROWS]:
                values = [
                    Fragment(grammar.placeholder, (None,)) if cell is None else grammar.value(column, cell)
                    for column, cell in zip(self._columns, row, strict=True)
                ]
                parts.append("(" + ", ".join(value.sql for value in values) + ")")
                params += [param for value in values for param in value.params]
            sql = f"INSERT INTO {self._table} ({names}) VALUES {', '.join(parts)}"
            self._lease.session.execute(sql, params).close()

    def _staged(self, block: RowBlock) -> None:
        with Scratch("rows") as folder:
            path = folder / "rows.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                longest = staging.write_rows(file, block)
            sql = staging.insert(str(path), self._table, self._columns, longest)
            self._lease.session.execute(sql).close()


def apart(
    lease: Lease, sink: Sink, block: RowBlock, first: int, told: Callable[[int, str], None], *, keep: bool
) -> int:
    """Insert what goes in, each part in a transaction of its own, kept or only tried; how many rows did."""
    rows = len(block)
    session = lease.session
    if not rows:
        return 0
    session.begin()
    try:
        sink.insert(block)
        session.commit() if keep else session.rollback()
        return rows
    except ProblemError as error:
        session.rollback()
        if error.problem.code not in _OF_A_ROW:
            raise
        if rows == 1:
            told(first, reason_of(error))
            return 0
    half = rows // 2
    count = apart(lease, sink, _slice(block, 0, half), first, told, keep=keep)
    return count + apart(lease, sink, _slice(block, half, rows), first + half, told, keep=keep)


def reason_of(error: ProblemError) -> str:
    """The database's words in one line."""
    return " ".join((error.problem.detail or error.problem.title).split())


def _slice(block: RowBlock, first: int, end: int) -> RowBlock:
    return RowBlock([column[first:end] for column in block.columns])
