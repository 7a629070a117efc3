"""`data.export`: from a request to a file in its place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from typing import Any

import msgspec

from embedded_server.data import structures
from embedded_server.data.fragments import join
from embedded_server.data.order import find_column, terms
from embedded_server.data.shape import condition_of
from embedded_server.data.shown import inline
from embedded_server.data.structures import Table
from embedded_server.engines.base import CsvLayout, Fragment, Grammar
from embedded_server.engines.support.binding import bind
from embedded_server.lanes import Lease
from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.transfer import ExportEvent, ExportRequest
from embedded_server.wire.values import Cell, RowBlock, from_json

from .job import Job, Run
from .output import Place
from .writers.delimited import delimiter_of


def check(request: ExportRequest) -> None:
    """Refuse what makes no sense. Raises request.invalid."""
    sources = [bool(request.table), bool(request.sql), request.given is not None]
    if sum(sources) != 1:
        raise problem("request.invalid", detail="Give one of table, sql and given: what is to be exported.")


def events(
    request: ExportRequest, lease: Lease, heed: Callable[[], None], token: str = ""
) -> Generator[ExportEvent, None, None]:
    """Do it on a session that cannot write. `heed` raises when the caller gave up. Raises transfer.*,
    file.disk and what reading raises; then nothing is left behind."""
    check(request)
    place = None if request.dry_run else Place(request.path, overwrite=request.overwrite, token=token)
    try:
        job, total = _prepare(request, lease, place)
        with contextlib.closing(Run(job, lease.session, lease.grammar, heed).events()) as told:
            for event in told:
                heed()
                if event.state == "done" and place is not None:
                    place.settle(overwrite=request.overwrite)
                yield _finished(event, place, total)
    finally:
        if place is not None:
            place.discard()


def _finished(event: ExportEvent, place: Place | None, total: int | None) -> ExportEvent:
    done = event.state == "done"
    return msgspec.structs.replace(
        event,
        path=str(place.path) if done and place is not None else "",
        total=event.rows if done else total,
        total_exact=done,
    )


def _prepare(request: ExportRequest, lease: Lease, place: Place | None) -> tuple[Job, int | None]:
    total: int | None = None
    columns: list[Column] = []
    copied, given = "", None
    fragment, params = _of_query(request, lease)
    if request.table:
        fragment, columns, total = structures.reading(
            lease, request.schema, request.table, lambda found: _of_table(request, lease, found)
        )
        params = fragment.params
        # A raw condition is left to the session, which knows how to read it beside its placeholders.
        copied = "" if request.where.strip() else inline(fragment, lease.grammar)
    elif request.given is not None:
        columns = list(request.given.columns)
        given = RowBlock.from_rows(cells_of(request.given.rows, len(columns)), len(columns))
        total = len(given)
    elif params is None:
        copied = fragment.sql
    table = request.options.table or request.table or "result"
    job = Job(
        sql=fragment.sql,
        params=params,
        copied=copied if place is not None else "",
        layout=_layout(request),
        given=given,
        columns=columns,
        format=request.format,
        options=request.options,
        temporary=str(place.temporary) if place is not None else "",
        table=lease.grammar.table("" if request.options.table else request.schema, table),
        stored=bool(request.table),
        allow_loss=request.allow_loss or request.dry_run,
        look=request.look if request.dry_run else 0,
    )
    return job, total


def is_copied(request: ExportRequest) -> bool:
    """Whether a database that can write such a file itself will be asked to."""
    plain = not request.dry_run and not request.where.strip() and request.params is None
    return plain and request.given is None and _layout(request) is not None


def _layout(request: ExportRequest) -> CsvLayout | None:
    """How the database itself may write the file, null where it cannot write it like this."""
    options = request.options
    plain = options.encoding.lower() in ("utf-8", "utf8") and not options.bom and options.line_end == "lf"
    if request.format not in ("csv", "tsv") or not plain:
        return None
    delimiter = delimiter_of(request.format, options.delimiter)
    return CsvLayout(delimiter, options.null, options.quoting == "all", options.header)


def _of_query(request: ExportRequest, lease: Lease) -> tuple[Fragment, Any]:
    """The query as the driver takes it. Values by name are bound as in the console."""
    if isinstance(request.params, dict):
        bound, _ = bind(request.sql, dialect(lease.engine.name), lease.grammar, request.params)
        return Fragment(bound.sql), bound.params
    values = None if request.params is None else [from_json(value) for value in request.params]
    return Fragment(request.sql), values


def _of_table(
    request: ExportRequest, lease: Lease, table: Table
) -> tuple[Fragment, list[Column], int | None]:
    """The statement that reads the asked rows whole, its columns, and how many there may be."""
    grammar = lease.grammar
    columns = table.visible
    if request.columns is not None:
        columns = [find_column(table.columns, name) for name in dict.fromkeys(request.columns)]
    if not columns:
        raise problem("data.unknown_column", "There is no column to export.")
    condition, _ = condition_of(table, grammar, request.filters, request.where)
    cells = join(", ", (grammar.cell(column, None) for column in columns))
    sql = f"SELECT {cells.sql} FROM {grammar.table(table.described.schema, table.described.table)}"
    sql += f" WHERE {condition.sql}" if condition.sql else ""
    sql += _order(request, table, grammar)
    total = None
    if not condition.sql:
        total, _ = lease.session.estimate(table.described.schema, table.described.table)
    return Fragment(sql, (*cells.params, *condition.params)), list(columns), total


def _order(request: ExportRequest, table: Table, grammar: Grammar) -> str:
    if not request.order_by:
        return ""
    order, _ = terms(request.order_by, table.columns, table.row_key, grammar)
    return " ORDER BY " + ", ".join(term.sql(grammar) for term in order)


def cells_of(rows: Sequence[Sequence[Any]], width: int) -> list[list[Cell]]:
    """Rows of so many cells in JSON form as cells. Raises request.invalid."""
    try:
        found = [[from_json(value) for value in row] for row in rows]
    except ValueError as error:
        raise problem("request.invalid", detail=str(error)) from error
    if any(len(row) != width for row in found):
        raise problem("request.invalid", detail="A given row has not as many cells as there are columns.")
    return found
