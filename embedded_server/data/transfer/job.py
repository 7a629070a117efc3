"""The work of one export: rows from a session through a writer into a file."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from embedded_server.engines.base import CsvLayout, Grammar, Params, Reading, Session
from embedded_server.wire.data import Column
from embedded_server.wire.transfer import ExportEvent, Format, TextOptions
from embedded_server.wire.values import RowBlock

from .losses import Losses
from .output import Output
from .writers import Making, Writer, writer_for

# Rows that are read and written at once, and how many bytes they may weigh about.
ROWS = 2000
BLOCK_BYTES = 4 << 20
TELL_SECONDS = 0.25
# Of these types a text does not say all.
_UNSAID = {
    "UNION(": "Of which member of the UNION it is is not written; it comes back as one that reads its text.",
    "VARIANT": "Of which type the VARIANT's value is is not written; it comes back as a text.",
}


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is read (`sql` with `params`, or the rows `given`), what of it (`columns`; empty: what the result
    has), and where it goes. `temporary` "" writes nothing. `look` ends it after so many rows, 0 never."""

    sql: str
    params: Params | None
    # The same without parameters, for a database that can write the file itself as `layout` says.
    copied: str
    layout: CsvLayout | None
    given: RowBlock | None
    columns: list[Column]
    format: Format
    options: TextOptions
    temporary: str
    table: str
    stored: bool
    allow_loss: bool
    look: int = 0


@dataclass
class GivenReading(Reading):
    """Rows that are at hand, read like those of a statement."""

    rows: RowBlock
    columns: list[Column] = field(default_factory=list)
    at: int = 0

    def block(self, rows: int) -> RowBlock:
        first, self.at = self.at, self.at + rows
        return RowBlock([column[first : self.at] for column in self.rows.columns])

    def close(self) -> None:
        """There is nothing to give up."""


class Run:
    """The work of a job on a session."""

    def __init__(self, job: Job, session: Session | None, grammar: Grammar, heed: Callable[[], None]) -> None:
        # A session is needed for anything but rows that are given.
        self._job, self._session, self._grammar, self._heed = job, session, grammar, heed
        self._begun = time.monotonic()
        self._told = self._begun
        self.rows = 0
        self.complete = True
        self._output = Output(Path(job.temporary)) if job.temporary else None
        self._written = 0

    def events(self) -> Generator[ExportEvent, None, None]:
        """Do it; a few events a second, the last one when the file is complete and on disk."""
        try:
            copied = self._copied()
            yield from self._read() if copied is None else self._copy(copied)
        finally:
            if self._output is not None:
                self._output.close()

    def put(self, data: bytes) -> None:
        """Bytes of the file."""
        if self._output is not None:
            self._output.put(data)
        self._written += len(data)

    def _copied(self) -> Iterator[tuple[bytes, int]] | None:
        job = self._job
        if self._session is None or job.layout is None or not job.copied:
            return None
        return self._session.copy_out(job.copied, job.layout)

    def _copy(self, pieces: Iterator[tuple[bytes, int]]) -> Iterator[ExportEvent]:
        job = self._job
        losses = Losses(job.columns, tolerated=True)
        yield self._event(job.columns, losses)
        header = int(job.layout is not None and job.layout.header)
        with contextlib.closing(pieces):  # type: ignore[type-var]
            for data, count in pieces:
                self.put(data)
                self.rows += count - header
                header = 0
                if self._is_time():
                    yield self._event(job.columns, losses)
        yield self._finish(job.columns, losses, [])

    def _read(self) -> Iterator[ExportEvent]:
        job = self._job
        with self._reading() as reading:
            columns = job.columns or reading.columns
            losses = Losses(columns, tolerated=job.allow_loss)
            making = self._making(columns, losses)
            writer = writer_for(making)
            with contextlib.closing(writer):
                writer.begin()
                yield self._event(columns, losses)
                size = ROWS
                while len(block := self._grammar.decode(columns, reading.block(self._next(size)))):
                    self._write(writer, losses, block)
                    size = self._fitting(size)
                    if self._is_enough():
                        break
                    if self._is_time():
                        yield self._event(columns, losses)
                writer.end()
        yield self._finish(columns, losses, writer.notes)

    def _making(self, columns: list[Column], losses: Losses) -> Making:
        job = self._job
        return Making(
            format=job.format,
            columns=columns,
            options=job.options,
            grammar=self._grammar,
            table=job.table,
            losses=losses,
            put=self.put,
            stored=job.stored,
            path=job.temporary,
            wrote=self._wrote,
            heed=self._heed,
        )

    def _wrote(self, size: int) -> None:
        self._written = size

    def _finish(self, columns: list[Column], losses: Losses, notes: list[str]) -> ExportEvent:
        if self._output is not None:
            self._output.finish()
        return self._event(columns, losses, done=True, notes=notes)

    def _is_time(self) -> bool:
        return time.monotonic() - self._told > TELL_SECONDS

    def _reading(self) -> Reading:
        job = self._job
        if job.given is not None:
            return GivenReading(job.given, job.columns)
        assert self._session is not None
        return self._session.execute(job.sql, job.params, cell_bytes=None)

    def _write(self, writer: Writer, losses: Losses, block: RowBlock) -> None:
        losses.first = self.rows + 1
        _note_unsaid(writer.making.columns, losses, block)
        writer.block(block)
        self.rows += len(block)

    def _next(self, size: int) -> int:
        return min(size, self._job.look - self.rows) if self._job.look else size

    def _fitting(self, size: int) -> int:
        """So many rows at once that they weigh about what a block may."""
        each = self._written / max(self.rows, 1)
        return max(1, min(ROWS, int(BLOCK_BYTES / each))) if each else size

    def _is_enough(self) -> bool:
        if self._job.look and self.rows >= self._job.look:
            self.complete = False
            return True
        return False

    def _event(
        self, columns: list[Column], losses: Losses, *, done: bool = False, notes: list[str] | None = None
    ) -> ExportEvent:
        self._told = time.monotonic()
        elapsed = self._told - self._begun
        return ExportEvent(
            state="done" if done else "running",
            rows=self.rows,
            bytes=self._written,
            rate=round(self.rows / elapsed, 1) if elapsed > 0 else 0.0,
            elapsed_ms=round(elapsed * 1000, 3),
            columns=columns if done or not self.rows else [],
            losses=losses.listed(),
            complete=self.complete,
            notes=notes or [],
        )


def _note_unsaid(columns: Sequence[Column], losses: Losses, block: RowBlock) -> None:
    """A value that may be of one of several types is written as its text."""
    for place, column in enumerate(columns):
        why = next((why for mark, why in _UNSAID.items() if mark in column.type), "")
        if not why:
            continue
        there = [row for row, cell in enumerate(block.columns[place]) if cell is not None]
        if there:
            losses.add(place, there[0], why, block.columns[place][there[0]], len(there))
