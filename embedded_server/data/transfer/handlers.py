"""The handlers of export and import: done here, or large ones in a worker process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from embedded_server.jobs import Call
from embedded_server.wire.loading import ImportEvent, ImportRequest, PreviewRequest, PreviewResponse
from embedded_server.wire.transfer import ExportEvent, ExportRequest

from . import exporting, importing, previewing


def export(request: ExportRequest, call: Call) -> Iterator[ExportEvent]:
    """Rows to a file; events until it is in its place. See `ExportRequest`.

    Raises transfer.path, transfer.exists, transfer.options, transfer.loss, file.disk, and what reading
    raises; then nothing is left behind.
    """
    exporting.check(request)
    # A session of its own, which cannot write: counting and browsing do not wait for it.
    with call.own(request.connection, read_only=True) as lease:
        for event in exporting.events(request, lease, call.check):
            call.progress(f"{event.rows:,} rows exported")
            yield event


def load(request: ImportRequest, call: Call) -> Iterator[ImportEvent]:
    """A file into a table; events with the rows that do not go in. See `ImportRequest`.

    Raises sql.read_only, transfer.confirm, transfer.file, transfer.format, transfer.options,
    transfer.mapping, transfer.row, file.missing, and what the database says.
    """
    _, target = call.services.target(request.connection, allow_write=request.allow_write)
    with call.own(request.connection, allow_write=request.allow_write) as lease:
        importing.permit(request, lease, target.read_only)
        with contextlib.closing(importing.events(request, lease, call.check)) as told:
            for event in told:
                call.progress(f"{event.rows:,} rows imported")
                yield event
    if request.create and not request.dry_run:
        call.services.schema_changed(target.url)


def preview(request: PreviewRequest, call: Call) -> PreviewResponse:
    """The beginning of a file, read as it would be imported. See `PreviewRequest`.

    Raises file.missing, file.unreadable, transfer.file, transfer.format, transfer.options.
    """
    return previewing.preview(request, call)
