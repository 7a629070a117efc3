"""The handlers of export and import: done here, or large ones in a worker process."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator

import msgspec

from embedded_server.engines.base import Target
from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.wire.connections import Profile
from embedded_server.wire.loading import ImportEvent, ImportRequest, PreviewRequest, PreviewResponse
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.transfer import ExportEvent, ExportRequest

from . import exporting, importing, previewing
from .output import Place
from .process import Worker
from .worker import Order

# From so many rows, or bytes of a file, on the work is done in a process of its own.
LARGE_ROWS = 20_000
LARGE_FILE = 2 << 20


def export(request: ExportRequest, call: Call) -> Iterator[ExportEvent]:
    """Rows to a file; events until it is in its place. See `ExportRequest`.

    Raises transfer.path, transfer.exists, transfer.options, transfer.loss, file.disk, and what reading
    raises; then nothing is left behind.
    """
    exporting.check(request)
    profile, target = call.services.target(request.connection)
    if _is_apart(target) and _is_large(request, target, call):
        reached = msgspec.structs.replace(call.services.tunnels.reach(target), read_only=True)
        yield from _export_apart(request, profile, reached, call)
        return
    # A session of its own, which cannot write: counting and browsing do not wait for it.
    with call.own(request.connection, read_only=True) as lease:
        for event in exporting.events(request, lease, call.check):
            call.progress(f"{event.rows:,} rows exported")
            yield event


def _export_apart(
    request: ExportRequest, profile: Profile, target: Target, call: Call
) -> Iterator[ExportEvent]:
    token = secrets.token_hex(4)
    place = None if request.dry_run else Place(request.path, overwrite=request.overwrite, token=token)
    try:
        with contextlib.closing(Worker(Order(profile, target, token, export=request))) as worker:
            for said in worker.events(call):
                if said.exported is not None:
                    call.progress(f"{said.exported.rows:,} rows exported")
                    yield said.exported
    finally:
        # Also what a worker left that was killed.
        if place is not None:
            place.discard()


def _is_apart(target: Target) -> bool:
    """Whether another process can open the same database: DuckDB has one already, memory is here only."""
    engine = engine_for(target.url)
    memory = engine.name == "sqlite" and (":memory:" in target.url or target.url.endswith("sqlite://"))
    return engine.name in ("sqlite", "postgresql", "mysql") and not memory


def _is_large(request: ExportRequest, target: Target, call: Call) -> bool:
    if request.given is not None or (request.dry_run and 0 < request.look <= LARGE_ROWS):
        return False
    if engine_for(target.url).name == "postgresql" and exporting.is_copied(request):
        return False  # the database does the work; here is only passed on what it wrote
    if request.sql:
        return True
    with call.session(request.connection) as lease:
        try:
            rows, _ = lease.session.estimate(request.schema or lease.info.default_schema, request.table)
        except ProblemError:
            return False
    return rows is None or rows > LARGE_ROWS


def load(request: ImportRequest, call: Call) -> Iterator[ImportEvent]:
    """A file into a table; events with the rows that do not go in. See `ImportRequest`.

    Raises sql.read_only, transfer.confirm, transfer.file, transfer.format, transfer.options,
    transfer.mapping, transfer.row, file.missing, and what the database says.
    """
    profile, target = call.services.target(request.connection, allow_write=request.allow_write)
    for event in _loaded(request, profile, target, call):
        call.progress(f"{event.rows:,} rows imported")
        yield event
    if request.create and not request.dry_run:
        call.services.schema_changed(target.url)


def _loaded(request: ImportRequest, profile: Profile, target: Target, call: Call) -> Iterator[ImportEvent]:
    large = os.path.isfile(request.path) and os.path.getsize(request.path) > LARGE_FILE
    if large and _is_apart(target):
        reached = call.services.tunnels.reach(target)
        with contextlib.closing(Worker(Order(profile, reached, "", load=request))) as worker:
            for said in worker.events(call):
                if said.loaded is not None:
                    yield said.loaded
        return
    with call.own(request.connection, allow_write=request.allow_write) as lease:
        importing.permit(request, lease, target.read_only)
        with contextlib.closing(importing.events(request, lease, call.check)) as told:
            yield from told


def preview(request: PreviewRequest, call: Call) -> PreviewResponse:
    """The beginning of a file, read as it would be imported. See `PreviewRequest`.

    Raises file.missing, file.unreadable, transfer.file, transfer.format, transfer.options.
    """
    return previewing.preview(request, call)
