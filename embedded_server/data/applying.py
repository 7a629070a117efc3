"""Writing staged edits: every row locked and compared with what was seen, then all written, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.data import Column
from embedded_server.wire.edits import (
    ApplyRequest,
    ApplyResponse,
    Conflict,
    Refused,
    Statement,
    Stored,
)
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.values import PAGE_CELL_BYTES, Cell, cells_to_json, to_json

from . import structures
from .cells import sendable
from .edit_check import conflict, means, short
from .edit_rows import Pairs, Resolved, Row, key_columns, resolve
from .edit_sql import Writer
from .shown import inline
from .structures import Table

# Refusals of one statement; everything else ends the batch as it is.
_STATEMENT = frozenset({"sql.error", "sql.params"})
_LOST = frozenset({"connection.lost", "connection.timeout"})
_GUARD = (
    "This database locks no rows: the old values are compared in the statement too, as far as they can be."
)


@dataclass
class Batch:
    """What one call writes, and how it went."""

    request: ApplyRequest
    call: Call
    lease: Lease
    table: Table
    keys: list[Column]
    found: Resolved
    writer: Writer
    stored: list[Stored] = field(default_factory=list)

    @property
    def grammar(self) -> Grammar:
        """How the server spells SQL."""
        return self.lease.grammar

    def statements(self) -> list[Statement]:
        """What runs, in order."""
        return [self._shown(row, self.writer.statement(row)) for row in self.found.rows]

    def _shown(self, row: Row, fragment: Fragment) -> Statement:
        text = inline(self.writer.statement(row, returning=False), self.grammar)
        return Statement(row.id, fragment.sql, sendable(fragment.params), text)

    def answer(self, applied: bool) -> ApplyResponse:
        """The answer as things stand."""
        kinds = [row.change.kind for row in self.found.rows] if applied else []
        guarded = _guarded(self.lease)
        return ApplyResponse(
            applied=applied,
            statements=[] if self.found.refused else self.statements(),
            key_columns=[column.name for column in self.keys],
            conflicts=self.found.conflicts,
            refused=self.found.refused,
            stored=self.stored if applied else [],
            notes=[_GUARD] if guarded else [],
            updated=kinds.count("update"),
            inserted=kinds.count("insert"),
            deleted=kinds.count("delete"),
            elapsed_ms=self.call.elapsed_ms(),
        )


def _guarded(lease: Lease) -> bool:
    capabilities = lease.engine.capabilities
    return not capabilities.row_locks and not capabilities.one_writer


def prepare(request: ApplyRequest, call: Call, lease: Lease) -> Batch:
    """The batch against the table as it is now. Raises data.no_key, data.not_editable, sql.read_only,
    data.unsupported, data.unknown_table, request.invalid."""
    if not lease.engine.capabilities.edits:
        raise problem("data.unsupported", f"Rows are not edited on {lease.engine.title}.")
    if lease.info.read_only:
        hint = "Open the connection for writing to edit its rows."
        raise problem("sql.read_only", detail="Nothing was written.", hint=hint)
    table = structures.fetch(lease, request.schema, request.table)
    keys = key_columns(table, request.key_columns)
    found = resolve(table, request.changes, keys, lease.engine.name)
    described = table.described
    writer = Writer(lease.grammar, described.schema, described.table, keys, _guarded(lease))
    return Batch(request, call, lease, table, keys, found, writer)


def write(batch: Batch) -> bool:
    """Write everything in one transaction; false if anything spoke against it, and then nothing is written.

    Raises the database's problems, with the transaction rolled back.
    """
    session = batch.lease.session
    session.begin_writing()
    try:
        done = _compare(batch) and _run(batch) and _read_back(batch)
    except BaseException as error:
        _roll_back(batch, error)
        raise
    if not done:
        session.rollback()
        return False
    _commit(batch)
    return True


def _roll_back(batch: Batch, error: BaseException) -> None:
    try:
        batch.lease.session.rollback()
    except ProblemError as other:
        # The connection is gone: the database rolls back by itself.
        if isinstance(error, ProblemError) and other.problem.code not in _LOST:
            raise


def _commit(batch: Batch) -> None:
    session = batch.lease.session
    try:
        session.commit()
    except ProblemError as error:
        found = error.problem
        if found.code in _LOST:
            raise problem(
                found.code,
                "The connection was lost while the edits were being written",
                found.detail,
                "Refresh to see whether they are stored. They stay staged, and are compared again before "
                "anything is written.",
            ) from error
        _roll_back(batch, error)
        raise


# --- comparing -------------------------------------------------------------------------------------


def _compare(batch: Batch) -> bool:
    """Lock every row and compare it with what was seen; true if all are as they were."""
    rows = [row for row in batch.found.rows if row.change.kind != "insert"]
    for number, row in enumerate(rows):
        batch.call.check()
        if number % 100 == 0:
            batch.call.progress(f"Comparing row {number + 1:,} of {len(rows):,}")
        found = conflict(row, _now(batch, row))
        if found is not None:
            batch.found.conflicts.append(found)
    return not batch.found.conflicts


def _now(batch: Batch, row: Row) -> dict[str, Cell] | None:
    """The row as it is now, locked; null if it is gone."""
    wanted = [*row.base, *(column.name for column, _ in row.key), *(column.name for column, _ in row.values)]
    names = [name for name in dict.fromkeys(wanted) if name not in row.change.seen]
    now = _read(batch, [batch.table.columns[name] for name in names], row.key, PAGE_CELL_BYTES, lock=True)
    long = [batch.table.columns[name] for name in row.change.seen if name in batch.table.columns]
    if now is not None and long:
        now |= _read(batch, long, row.key, None, lock=False) or {}
    return now


def _read(
    batch: Batch, columns: Sequence[Column], key: Pairs, limit: int | None, *, lock: bool
) -> dict[str, Cell] | None:
    lock = lock and batch.lease.engine.capabilities.row_locks
    fragment = batch.writer.read(columns, key, limit, lock)
    with batch.lease.session.execute(fragment.sql, list(fragment.params), cell_bytes=limit) as reading:
        rows = list(batch.grammar.decode(columns, reading.block(2)).rows())
    if len(rows) > 1:
        raise problem(
            "data.not_editable",
            "Several rows have the same key",
            ", ".join(f"{column.name} = {cell!r}" for column, cell in key),
        )
    return dict(zip((column.name for column in columns), rows[0], strict=True)) if rows else None


# --- running ---------------------------------------------------------------------------------------


def _run(batch: Batch) -> bool:
    rows = batch.found.rows
    for number, row in enumerate(rows):
        batch.call.check()
        if number % 100 == 0:
            batch.call.progress(f"Writing row {number + 1:,} of {len(rows):,}")
        try:
            key = _written(batch, row)
        except ProblemError as error:
            found = error.problem
            if found.code not in _STATEMENT:
                raise
            batch.found.refused.append(Refused(row.id, found, _blamed(row, found)))
            return False
        if row.change.kind != "delete":
            batch.stored.append(Stored(row.id, cells_to_json(cell for _, cell in key)))
            row.key = key
    return True


def _written(batch: Batch, row: Row) -> Pairs:
    """Run a change's statement, which meets exactly one row; the key it has now ([]: not known)."""
    fragment = batch.writer.statement(row)
    with batch.lease.session.execute(fragment.sql, list(fragment.params)) as reading:
        returned = (
            list(batch.grammar.decode(batch.keys, reading.block(2)).rows()) if reading.columns else None
        )
        affected = reading.affected
    if returned is not None:
        affected = len(returned)
    met = affected == 1 or (
        affected == 0 and row.change.kind == "update" and not batch.grammar.counts_met_rows
    )
    if not met:
        raise problem("sql.error", "The change did not meet exactly one row", _count(affected), _WHY)
    if returned:
        return list(zip(batch.keys, returned[0], strict=True))
    return _known_key(batch, row)


_WHY = "A trigger or rule may have kept the row from being written."


def _count(affected: int | None) -> str:
    return "It is not known how many it met." if affected is None else f"It met {affected:,} rows."


def _known_key(batch: Batch, row: Row) -> Pairs:
    """The key where the statement did not return it: from the values, the old key, or the last number."""
    given = {column.name: cell for column, cell in [*row.key, *row.values]}
    missing = [column for column in batch.keys if given.get(column.name) is None]
    if len(missing) == 1 and row.change.kind == "insert":
        with batch.lease.session.execute("SELECT LAST_INSERT_ID()") as reading:
            given[missing[0].name] = reading.block(1).columns[0][0]
    elif missing:
        return []
    return [(column, given[column.name]) for column in batch.keys]


def _blamed(row: Row, found: Problem) -> str:
    """The one cell that the database's words name."""
    text = f"{found.title} {found.detail}"
    named = [
        column.name
        for column, _ in row.values
        if re.search(rf"(?:[\"'`(.]|column ){re.escape(column.name)}(?!\w)", text)
    ]
    return named[0] if len(named) == 1 else ""


# --- what is stored --------------------------------------------------------------------------------


def _read_back(batch: Batch) -> bool:
    """Read every written row again, for triggers and defaults may have changed it."""
    rows = {row.id: row for row in batch.found.rows}
    visible = batch.table.visible
    for place, stored in enumerate(batch.stored):
        batch.call.check()
        row = rows[stored.id]
        now = _read(batch, visible, row.key, PAGE_CELL_BYTES, lock=False) if row.key else None
        if now is None:
            batch.stored[place] = Stored(stored.id, otherwise=[column.name for column, _ in row.values])
            continue
        cells = {name: to_json(short(cell)) for name, cell in now.items()}
        batch.stored[place] = Stored(stored.id, stored.key, cells, _otherwise(batch, row, now))
    return True


def _otherwise(batch: Batch, row: Row, now: dict[str, Cell]) -> list[str]:
    """The columns that do not hold what was asked for."""
    unlike = [pair for pair in row.values if not means(pair[0], pair[1], now.get(pair[0].name))]
    asked = [pair for pair in unlike if pair[0].kind in ("time", "array") and pair[1] is not None]
    if asked:
        fragment = batch.writer.holds(asked, row.key)
        with batch.lease.session.execute(fragment.sql, list(fragment.params)) as reading:
            answers = [str(cell) for column in reading.block(1).columns for cell in column]
        alike = {pair[0].name for pair, answer in zip(asked, answers, strict=True) if answer == "1"}
        unlike = [pair for pair in unlike if pair[0].name not in alike]
    return [column.name for column, _ in unlike if not column.hidden]


def apply(request: ApplyRequest, call: Call, lease: Lease) -> ApplyResponse:
    """Write the changes, or say what would run and what speaks against it."""
    batch = prepare(request, call, lease)
    if batch.found.refused or batch.found.conflicts or request.dry_run:
        return batch.answer(False)
    applied = bool(batch.found.rows) and write(batch)
    if not applied and _guarded(lease) and batch.found.refused:
        _say_why(batch)
    if applied:
        forget(call, batch)
    return batch.answer(applied)


def _say_why(batch: Batch) -> None:
    """Where rows are not locked, a refused statement may have met a row that changed meanwhile."""
    session = batch.lease.session
    session.begin_writing()
    try:
        found: list[Conflict] = batch.found.conflicts
        _compare(batch)
        if found:
            batch.found.refused.clear()
    finally:
        session.rollback()


def forget(call: Call, batch: Batch) -> None:
    """Counts and places that were learned of the table are no longer true."""
    for line in call.services.lines(batch.lease.profile.url):
        structures.drop(line, batch.request.schema, batch.request.table)
