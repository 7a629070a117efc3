"""`data.import`: a file into a table, each row that does not go in told with its line."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple

from embedded_server.data import structures
from embedded_server.lanes import Lease
from embedded_server.wire.loading import BadRow, ImportEvent, ImportRequest
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import Cell, RowBlock

from . import sniff
from .ahead import ahead
from .batches import behind, matched, parts
from .cell_texts import affinity
from .convert import Converter
from .readers import Batch, Source, open_source
from .readers.json_rows import value_text
from .scripts import Script
from .sinks import Sink, apart

TELL_SECONDS = 0.25
_SHOWN = 80
_TOLD_AT_ONCE = 500
_MOST_AT_ONCE = 20_000


def permit(request: ImportRequest, lease: Lease, read_only: bool) -> None:
    """Refuse what must not be written, or not without the name typed. Raises sql.read_only,
    transfer.confirm."""
    name = lease.profile.name
    if read_only or lease.info.read_only:
        hint = "Change that in the connection's settings if you mean to write."
        raise problem("sql.read_only", detail=f"{name} is read-only.", hint=hint)
    if lease.profile.class_ == "production" and request.confirm != name:
        hint = f"Type the connection's name: {name}"
        raise problem("transfer.confirm", detail=f"{name} is a production database.", hint=hint)


class Stop(Exception):
    """The first row that does not go in ends the import."""


class Tally:
    """What was done so far; makes the events."""

    def __init__(self, request: ImportRequest) -> None:
        self._request = request
        self._begun = self._told = time.monotonic()
        self.rows = self.read = self.bad = self.kept = 0
        self.share = 0.0
        self.notes: list[str] = []
        self._new: list[BadRow] = []
        self.first: BadRow | None = None

    def refuse(self, row: BadRow) -> None:
        """A row that does not go in."""
        self.bad += 1
        self.first = self.first or row
        self._new.append(row)

    def is_time(self) -> bool:
        """Whether to tell."""
        return len(self._new) >= _TOLD_AT_ONCE or time.monotonic() - self._told > TELL_SECONDS

    def event(self, *, done: bool = False) -> ImportEvent:
        """How far it is."""
        self._told = time.monotonic()
        elapsed = self._told - self._begun
        new, self._new = self._new, []
        return ImportEvent(
            state="done" if done else "running",
            rows=self.rows,
            read=self.read,
            bad=self.bad,
            bad_rows=new,
            share=1.0 if done else round(self.share, 4),
            rate=round(self.read / elapsed, 1) if elapsed > 0 else 0.0,
            elapsed_ms=round(elapsed * 1000, 3),
            kept=self.kept,
            table=self._request.table,
            schema=self._request.schema,
            notes=list(self.notes) if done else [],
        )


def events(
    request: ImportRequest, lease: Lease, heed: Callable[[], None]
) -> Generator[ImportEvent, None, None]:
    """Do it on a session of its own. `heed` raises when the caller gave up. Raises transfer.* and what
    the database says; then a transaction is rolled back."""
    kind = sniff.format_of(request.path, request.format)
    options, _ = sniff.complete(request.path, kind, request.options)
    tally = Tally(request)
    if kind == "sql":
        with contextlib.closing(Script(request, lease, tally, options).events(heed)) as told:
            yield from told
        return
    with contextlib.closing(open_source(kind, request.path, options)) as source:
        load = Load(request, lease, source, tally)
        try:
            yield from load.events(heed, loose=kind == "csv" or kind == "tsv", workbook=kind == "xlsx")
        finally:
            load.close()


class Part(NamedTuple):
    """Rows of the file with their cells, null if they are not wanted; reasons and places of those that do not
    fit, by row."""

    batch: Batch
    block: RowBlock | None
    failed: dict[int, str] = {}
    blamed: dict[int, int] = {}


class Load:
    """Rows of a source into a table."""

    def __init__(self, request: ImportRequest, lease: Lease, source: Source, tally: Tally) -> None:
        self._request, self._lease, self._source, self._tally = request, lease, source, tally
        self._one = request.transaction == "one"
        self._made = False

    def events(
        self, heed: Callable[[], None], *, loose: bool, workbook: bool
    ) -> Generator[ImportEvent, None, None]:
        request, lease, tally = self._request, self._lease, self._tally
        _prepare_session(lease)
        lease.session.begin()
        self._create()
        table = structures.fetch(lease, request.schema, request.table)
        pairs = matched(request, self._source, table)
        engine = lease.engine.name
        self._source.marks = loose and engine == "sqlite"
        self._source.loose = any(affinity(column.type) == "none" for _, column in pairs)
        self._converters = [
            (place, column, Converter(column, engine, bare=loose or workbook, in_text=loose))
            for place, column in pairs
        ]
        name = lease.grammar.table(table.described.schema, table.described.table)
        self._sink = Sink(lease, name, [column for _, column in pairs])
        if not self._sink.has_savepoints and self._one and request.on_error == "skip":
            raise problem(
                "transfer.options",
                detail=f"{lease.engine.title} ends the transaction at the first row that does not go in.",
                hint="Import in batches to leave such rows out.",
            )
        yield tally.event()
        try:
            yield from self._all(heed)
        except Stop:
            yield self._stopped()
            raise _row_problem(tally, request) from None
        except ProblemError:
            if not self._one:
                yield tally.event()  # how far it came surely
            raise
        self._end()
        tally.kept = tally.read
        yield tally.event(done=True)

    def _all(self, heed: Callable[[], None]) -> Iterator[ImportEvent]:
        made = self._prepared()
        with contextlib.closing(ahead(made) if self._source.large else made) as all_parts:
            for part in all_parts:
                heed()
                self._batch(part)
                if self._tally.is_time():
                    yield self._tally.event()

    # --- one batch -------------------------------------------------------------------------------

    def _prepared(self) -> Generator[Part, None, None]:
        """The rows of the file as cells; another thread may do this while rows before go in."""
        request = self._request
        # Without batches to keep it is as well to take as many rows as come.
        size = _MOST_AT_ONCE if self._one or request.dry_run else max(1, request.batch)
        for batch in self._source.batches():
            for part in parts(batch, size):
                yield self._part(part)

    def _part(self, batch: Batch) -> Part:
        after = self._request.after
        if batch.read <= after:
            return Part(batch, None)
        before = batch.read - len(batch.lines) - len(batch.bad)
        if before < after:
            batch = behind(batch, after - before)
        failed: dict[int, str] = {}
        blamed: dict[int, int] = {}
        return Part(batch, self._converted(batch, failed, blamed), failed, blamed)

    def _batch(self, part: Part) -> None:
        tally, request, batch = self._tally, self._request, part.batch
        tally.share = batch.share
        if part.block is None:
            tally.read = batch.read
            return
        failed, block = part.failed, part.block
        kept = [row for row in range(len(batch.lines)) if row not in failed] if failed else range(len(block))
        whole = RowBlock([[column[row] for row in kept] for column in block.columns]) if failed else block
        refusals = [(line_of(row), row) for row in batch.bad]
        refusals += [
            (batch.lines[at], self._refusal(batch, at, why, part.blamed[at])) for at, why in failed.items()
        ]
        self._insert(batch, whole, kept, sorted(refusals, key=_first))
        tally.read = batch.read
        if not self._one and not request.dry_run:
            self._lease.session.commit()
            tally.kept = batch.read
            self._lease.session.begin()

    def _converted(self, batch: Batch, failed: dict[int, str], blamed: dict[int, int]) -> RowBlock:
        columns: list[Sequence[Cell]] = []
        plain = True
        for place, _, converter in self._converters:
            cells = converter.whole(batch.columns[place], texts=batch.texts)
            if cells is None:
                plain, before = False, set(failed)
                cells = converter.cells(batch.columns[place], failed)
                blamed.update(dict.fromkeys(failed.keys() - before, place))
            columns.append(cells)
        return RowBlock(columns, plain=plain)

    def _refusal(self, batch: Batch, row: int, why: str, place: int) -> BadRow:
        value = batch.columns[place][row]
        return BadRow(batch.lines[row], why, self._source.columns[place], _shown(value))

    def _insert(
        self, batch: Batch, block: RowBlock, kept: Sequence[int], refusals: list[tuple[int, BadRow]]
    ) -> None:
        stop = self._request.on_error == "stop" and not self._request.dry_run
        if stop and refusals:
            # Rows before the first bad one go in where batches are kept.
            end = sum(batch.lines[row] < refusals[0][0] for row in kept)
            block = RowBlock([column[:end] for column in block.columns])
        found: list[BadRow] = []

        def told(at: int, why: str) -> None:
            row = batch.lines[kept[at]]
            found.append(BadRow(row, why, value=_row_text(batch, kept[at])))
            if stop:
                self._tally.rows += at  # those before it went in
                raise Stop

        try:
            self._tally.rows += self._put(block, told)
        except Stop:
            self._tally.refuse(found[0])
            self._before_stop(batch, kept, found[0].line)
            raise
        for _, row in sorted([*refusals, *((row.line, row) for row in found)], key=_first):
            self._tally.refuse(row)
            if stop:
                self._before_stop(batch, kept, row.line)
                raise Stop

    def _before_stop(self, batch: Batch, kept: Sequence[int], line: int) -> None:
        """How many rows of the file are dealt with when it ends at this line."""
        all_lines = sorted([*batch.lines, *(row.line for row in batch.bad)])
        done = sum(one < line for one in all_lines)
        self._tally.read = batch.read - len(all_lines) + done

    def _put(self, block: RowBlock, told: Callable[[int, str], None]) -> int:
        if self._sink.has_savepoints:
            return self._sink.put(block, told)
        return self._put_apart(block, told)

    def _put_apart(self, block: RowBlock, told: Callable[[int, str], None]) -> int:
        """Where a refused row ends the transaction: the batch is tried as a whole, and only when it fails
        its rows are looked for, each part in a transaction of its own."""
        session = self._lease.session
        try:
            self._sink.insert(block)
            return len(block)
        except ProblemError as error:
            if error.problem.code not in ("sql.error", "sql.params"):
                raise
            session.rollback()
        keep = not self._one and not self._request.dry_run
        count = apart(self._lease, self._sink, block, 0, told, keep=keep)
        session.begin()
        if self._one:
            self._tally.notes.append(
                f"{self._lease.engine.title} had to begin anew: rows before were taken back."
            )
        return count

    # --- beginning and end -----------------------------------------------------------------------

    def _create(self) -> None:
        request, lease = self._request, self._lease
        if not request.create.strip():
            return
        try:
            lease.session.execute(request.create).close()
        except ProblemError as error:
            detail = f"The table could not be made: {error.problem.detail}"
            raise problem("transfer.mapping", detail=detail) from error
        # Where nothing takes a table back with the transaction, it is made at once and dropped if need be.
        whole = self._one or request.dry_run
        if not (whole and lease.engine.capabilities.transactional_ddl and self._has_savepoints):
            lease.session.commit()
            lease.session.begin()
            self._made = True

    @property
    def _has_savepoints(self) -> bool:
        return self._lease.engine.name != "duckdb"

    def _end(self) -> None:
        session = self._lease.session
        if self._request.dry_run:
            session.rollback()
            self._drop()
            return
        session.commit()
        self._made = False

    def _stopped(self) -> ImportEvent:
        session, tally = self._lease.session, self._tally
        if self._one or self._request.dry_run:
            session.rollback()
            tally.rows, tally.kept = 0, self._request.after
        else:
            session.commit()
            tally.kept = tally.read
            self._made = False
        return tally.event()

    def _drop(self) -> None:
        """Take a table back that was made where no transaction takes it back."""
        made, self._made = self._made, False
        if not made:
            return
        name = self._lease.grammar.table(self._request.schema, self._request.table)
        with contextlib.suppress(ProblemError):
            self._lease.session.execute(f"DROP TABLE {name}").close()

    def close(self) -> None:
        """Given up or done: nothing half-done stays."""
        with contextlib.suppress(ProblemError):
            self._lease.session.rollback()
        if self._one or self._request.dry_run:
            self._drop()


def _prepare_session(lease: Lease) -> None:
    if lease.engine.name == "mysql":
        # Else a value that does not fit would be replaced without a word.
        lease.session.execute(
            "SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO')"
        ).close()


def _row_problem(tally: Tally, request: ImportRequest) -> ProblemError:
    row = tally.first or BadRow(0, "")
    where = f"Line {row.line:,}" + (f", column {row.column}" if row.column else "")
    value = f" ({row.value})" if row.value else ""
    hint = "Nothing was imported. A dry run lists every such row."
    if request.transaction == "batches":
        hint = f"The first {tally.kept:,} rows of the file are done; go on with after={tally.kept}."
    return problem("transfer.row", detail=f"{where}: {row.reason}{value}", hint=hint)


def line_of(row: BadRow) -> int:
    """Where it stands."""
    return row.line


def _first(pair: tuple[int, Any]) -> int:
    return pair[0]


def _shown(value: Any) -> str:
    text = "" if value is None else value_text(value)
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")


def _row_text(batch: Batch, row: int) -> str:
    texts: Sequence[str] = [_shown(column[row]) for column in batch.columns[:12]]
    return _shown(", ".join(texts))
