"""Reading tables: the handlers of the `data` endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from embedded_server.jobs import Call, LaneName
from embedded_server.lanes import Lease
from embedded_server.wire.data import (
    CATALOG,
    CELL,
    COUNT,
    LOOKUP,
    PAGE,
    SOURCE,
    TABLE,
    CatalogRequest,
    CatalogResponse,
    CellRequest,
    CellResponse,
    CountRequest,
    CountResponse,
    LookupRequest,
    LookupResponse,
    PageRequest,
    PageResponse,
    Routine,
    SourceRequest,
    SourceResponse,
    TableRequest,
    TableResponse,
)
from embedded_server.wire.edits import APPLY, ApplyRequest, ApplyResponse
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.loading import IMPORT, PREVIEW
from embedded_server.wire.problem import problem
from embedded_server.wire.rows import ROWS, RowsBlock, RowsRequest
from embedded_server.wire.snapshots import SNAPSHOT
from embedded_server.wire.transfer import EXPORT

from . import applying, blame, catalog_cache, cells, counts, lookups, streams, structures
from .pager import Pager, check_place
from .shape import Shape, shape_of
from .snapshots.handler import snapshot, state
from .structures import Table
from .transfer.handlers import export, load, preview
from .window import Page

MOST_ROWS = 10_000
# Somebody waits for so many rows; more of them must not keep a session from those who browse.
MOST_WAITED_FOR = 200_000


def catalog(request: CatalogRequest, call: Call) -> CatalogResponse:
    """Names of schemas, tables, views and routines. Source: the engine's catalogue, cached per connection.

    Raises data.unknown_table for an unknown schema.
    """
    with call.session(request.connection) as lease:
        return catalog_cache.catalog(lease, request)


def table(request: TableRequest, call: Call) -> TableResponse:
    """The structure of a table or view. Source: the engine's catalogue, cached until the schema changes.

    Raises data.unknown_table.
    """
    with call.session(request.connection) as lease:
        return structures.whole(lease, request.schema, request.table, refresh=request.refresh)


def source(request: SourceRequest, call: Call) -> SourceResponse:
    """The SQL of a routine or view as the database stores it. Raises data.unknown_table."""
    with call.session(request.connection) as lease:
        routine = Routine(request.name, request.kind, table=request.table)
        return SourceResponse(lease.session.source(routine, request.schema))


def page(request: PageRequest, call: Call) -> PageResponse:
    """At most `limit` rows (10,000 at the most), fewer when they weigh more than 256 KiB: then `next` is set.

    One statement for a table that was read before. Raises data.unknown_table, data.unknown_column,
    data.bad_filter, data.bad_where, data.bad_key, request.invalid, sql.error.
    """
    check_place(request)
    with call.session(request.connection, view=request.view, allow_write=request.allow_write) as lease:
        return structures.reading(
            lease,
            request.schema,
            request.table,
            lambda table: _page(request, call, lease, table),
            refresh=request.refresh,
        )


def _page(request: PageRequest, call: Call, lease: Lease, table: Table) -> PageResponse:
    shape = shape_of(table, lease.grammar, request.columns, request.order_by, request.filters, request.where)
    pager = Pager(lease, shape, early=request.early)
    since = time.monotonic()
    with blame.on_filter(lease, shape):
        found = pager.page(request, min(request.limit, MOST_ROWS))
    return _response(request, call, lease, shape, found, time.monotonic() - since)


def _response(
    request: PageRequest, call: Call, lease: Lease, shape: Shape, found: Page, seconds: float
) -> PageResponse:
    table = shape.table
    count = counts.free(shape)
    return PageResponse(
        columns=shape.columns,
        rows=found.block,
        row=found.row,
        row_exact=found.exact,
        next=found.next,
        prev=found.prev,
        row_key=table.row_key,
        access=found.access,
        sql=found.sql,
        shown_sql=shape.shown_sql,
        params=cells.sendable(found.params),
        signature=table.signature,
        epoch=lease.epoch,
        changed=bool(request.signature) and request.signature != table.signature,
        count=count.rows if count is not None else None,
        count_exact=count is not None and count.exact,
        snapshot=state(shape, lease, seconds),
        elapsed_ms=call.elapsed_ms(),
    )


def rows(request: RowsRequest, call: Call) -> Iterator[RowsBlock]:
    """All rows by one statement, in blocks of about 128 KiB; cancellable at any time.

    Raises data.unknown_table, data.unknown_column, data.bad_filter, data.bad_where, sql.error.
    """
    short = request.limit is not None and request.limit <= MOST_WAITED_FOR
    lane: LaneName = "interactive" if short else "background"
    with call.session(request.connection, lane, allow_write=request.allow_write) as lease:
        yield from streams.blocks(request, call, lease)


def cell(request: CellRequest, call: Call) -> CellResponse:
    """A part of one value, at most 8 MiB. `offset` in bytes of a binary value, characters of a text.

    Raises data.no_key, data.no_row, data.unknown_column.
    """
    with call.session(request.connection) as lease:
        return structures.reading(
            lease, request.schema, request.table, lambda table: cells.part(lease, table, request)
        )


def count(request: CountRequest, call: Call) -> CountResponse:
    """Rows of a table or filter. Counting runs in the background lane and can be cancelled.

    Raises data.bad_filter, data.bad_where, job.cancelled.
    """
    lane = "background" if request.exact else "interactive"
    with call.session(request.connection, lane, view=request.view) as lease:  # type: ignore[arg-type]
        return structures.reading(
            lease, request.schema, request.table, lambda table: _count(request, call, lease, table)
        )


def _count(request: CountRequest, call: Call, lease: Lease, table: Table) -> CountResponse:
    shape = shape_of(table, lease.grammar, None, [], request.filters, request.where)
    if request.exact:
        call.progress(f"Counting {request.table}")
        with blame.on_filter(lease, shape):
            rows = counts.exact(lease, shape)
        return CountResponse(rows, True, "counted", call.elapsed_ms())
    known = counts.remembered(shape)
    if known is not None:
        return CountResponse(known.rows, False, "counted a moment ago", call.elapsed_ms())
    if shape.filtered:
        return CountResponse(None, False, "a filtered table has no estimate", call.elapsed_ms())
    estimate, method = counts.estimate(lease, table)
    return CountResponse(estimate, False, method, call.elapsed_ms())


def lookup(request: LookupRequest, call: Call) -> LookupResponse:
    """Rows that carry the values, the column that names them, and how many (up to 1,000).

    Raises data.unknown_column, request.invalid.
    """
    with call.session(request.connection) as lease:
        return structures.reading(
            lease, request.schema, request.table, lambda table: lookups.find(lease, table, request)
        )


def apply(request: ApplyRequest, call: Call) -> ApplyResponse:
    """Write staged edits in one transaction: each row locked by its key and compared with what was seen.

    Conflicts and refused cells are part of the answer; then nothing was written. `dry_run` runs nothing.
    Raises data.no_key, data.not_editable, data.confirm, data.unknown_table, data.unsupported,
    request.invalid, sql.read_only, file.locked, connection.lost, job.cancelled.
    """
    profile, target = call.services.target(request.connection, allow_write=request.allow_write)
    if target.read_only:
        hint = "Open the connection for writing to edit its rows."
        raise problem("sql.read_only", detail="Nothing was written.", hint=hint)
    if not request.dry_run and profile.class_ == "production" and request.confirm != profile.name:
        hint = f"Repeat the connection's name: {profile.name}."
        raise problem("data.confirm", detail=f"{profile.name} is a production database.", hint=hint)
    with call.own(request.connection, allow_write=request.allow_write) as lease:
        return applying.apply(request, call, lease)


Handler = Callable[[Any, Call], Any]
HANDLERS: dict[Endpoint[Any, Any], Handler] = {
    CATALOG: catalog,
    TABLE: table,
    SOURCE: source,
    PAGE: page,
    ROWS: rows,
    CELL: cell,
    COUNT: count,
    LOOKUP: lookup,
    EXPORT: export,
    PREVIEW: preview,
    IMPORT: load,
    APPLY: apply,
    SNAPSHOT: snapshot,
}
