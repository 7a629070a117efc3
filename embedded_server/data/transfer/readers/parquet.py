"""Parquet, read by DuckDB in its worker: every value as DuckDB's engine gives it."""

from __future__ import annotations

from collections.abc import Generator

from embedded_server.engines.base import Session, Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.data import Column
from embedded_server.wire.loading import ReadOptions
from embedded_server.wire.problem import ProblemError, problem

from .base import BATCH_ROWS, Batch, Source


def aside(path: str) -> Session:
    """A session on a database in memory, for work on a file."""
    target = Target("duckdb://", read_only=False, name=f"aside {path}")
    return engine_for(target.url).open(target)


class ParquetSource(Source):
    """A file of typed columns; `described` tells their types."""

    def __init__(self, path: str, options: ReadOptions) -> None:
        super().__init__(path, options)
        self._session = aside(path)
        try:
            with self._session.execute(self._select("*"), [path], cell_bytes=None) as reading:
                self.described: list[Column] = list(reading.columns)
            with self._session.execute(self._select("count(*)"), [path]) as reading:
                count = reading.block(1).columns[0][0]
        except ProblemError as error:
            self.close()
            detail = f"This is no Parquet file: {error.problem.detail}"
            raise problem("transfer.file", detail=detail) from error
        self.rows = count if isinstance(count, int) else 0
        self.columns = [column.name for column in self.described]

    def _select(self, what: str) -> str:
        return f"SELECT {what} FROM read_parquet(?)"

    def batches(self) -> Generator[Batch, None, None]:
        read = 0
        with self._session.execute(self._select("*"), [self.path], cell_bytes=None) as reading:
            while len(block := reading.block(BATCH_ROWS)):
                lines = range(read + 1, read + len(block) + 1)
                read += len(block)
                yield Batch(list(block.columns), lines, read, read / max(self.rows, 1))

    def close(self) -> None:
        self._session.close()
