"""Logs: handlers of the `logs` endpoints.

The first screens are read in this process at once; everything else is asked of the log's own worker.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from embedded_server.jobs import Call
from embedded_server.wire.endpoint import Done, Endpoint
from embedded_server.wire.log_groups import GROUPS, GroupsRequest, GroupsResponse
from embedded_server.wire.logs import (
    CLOSE,
    FIND,
    FORCE,
    FORMATS,
    HISTOGRAM,
    OPEN,
    RECORD,
    ROWS,
    RUN,
    SEARCH,
    SOURCES,
    STATE,
    FindResponse,
    ForceRequest,
    FormatScore,
    FormatsRequest,
    FormatsResponse,
    HistogramRequest,
    HistogramResponse,
    LogState,
    OpenLogRequest,
    OpenLogResponse,
    RecordRequest,
    RecordResponse,
    RowsRequest,
    RowsResponse,
    RunCommandRequest,
    SearchBatch,
    SearchRequest,
    SourceRequest,
    SourcesRequest,
    SourcesResponse,
    StateRequest,
)
from embedded_server.wire.problem import problem

from .finding import listed
from .formats import PLAIN_NAME, forced, formats
from .ids import with_ids
from .process import LogProcess
from .screens import first_screens
from .sources import PACKED, Sources, checked


def _sources(call: Call) -> Sources:
    return call.services.room("logs", Sources)


def _worker(source: str, call: Call) -> LogProcess:
    return _sources(call).get(source, call)


def open_log(request: OpenLogRequest, call: Call) -> OpenLogResponse:
    """Both ends of a file, read at once. Its worker starts beside that.

    Raises file.missing, file.unreadable, request.invalid for an unknown format.
    """
    place = checked(request.path)
    remembered = call.services.store.logs.get(place)
    name = request.format or (remembered.format if remembered else "")
    if name:
        forced(name)
    sources = _sources(call)
    opened = sources.at(place, name)
    call.services.store.logs.opened(place, name, {})
    if place.endswith(PACKED):
        return _from_worker(opened.opening.source, request.limit, call)
    return first_screens(place, name, request.limit)


def _from_worker(source: str, limit: int, call: Call) -> OpenLogResponse:
    worker = _worker(source, call)
    head: RowsResponse = worker.ask("rows", RowsRequest(source=source, limit=limit), call.check)
    tail: RowsResponse = worker.ask("rows", RowsRequest(source=source, limit=limit, last=True), call.check)
    known: FormatsResponse = worker.ask("formats", None, call.check)
    state: LogState = worker.ask("state", StateRequest(source), call.check)
    return OpenLogResponse(state=state, head=head.rows, tail=tail.rows, formats=known.formats)


def run(request: RunCommandRequest, call: Call) -> LogState:
    """Start a command and follow what it prints. Raises request.invalid, logs.command."""
    if not request.command or not request.command[0]:
        raise problem("request.invalid", "There is no command to run")
    if request.folder and not os.path.isdir(request.folder):
        raise problem("file.missing", "The folder does not exist", request.folder)
    if request.format:
        forced(request.format)
    opened = _sources(call).run(request.command, request.folder, request.format)
    _worker(opened.opening.source, call)
    settings = {"command": request.command, "folder": request.folder}
    call.services.store.logs.opened(f"$ {opened.opening.title}", request.format, settings)
    assert opened.state is not None
    return opened.state


def close(request: SourceRequest, call: Call) -> Done:
    """Close a source. Raises logs.closed if it is not open."""
    sources = _sources(call)
    if not sources.drop(request.source) and not sources.drop(os.path.abspath(request.source)):
        raise problem("logs.closed", detail=request.source)
    return Done()


def state(request: StateRequest, call: Call) -> LogState:
    """How a source stands, perhaps once it is indexed. Raises logs.closed, file.*."""
    found: LogState = _worker(request.source, call).ask("state", request, call.check)
    return found


def rows(request: RowsRequest, call: Call) -> RowsResponse:
    """Lines of a source or of a search's hits; waits for the index where it must.

    Raises logs.closed, logs.view, file.*.
    """
    found: RowsResponse = _worker(request.source, call).ask("rows", request, call.check)
    return found


def record(request: RecordRequest, call: Call) -> RecordResponse:
    """A whole record, with the captured requests its ids lead to. Raises logs.closed, file.*."""
    found: RecordResponse = _worker(request.source, call).ask("record", request, call.check)
    return with_ids(found, call.services.store.traces)


def search(request: SearchRequest, call: Call) -> Iterator[SearchBatch]:
    """Batches of hits until all was looked through.

    Raises logs.pattern, request.invalid for a time, job.superseded, logs.closed, file.*.
    """
    worker = _worker(request.source, call)
    yield from worker.stream("search", request, call.check)


def find(request: SearchRequest, call: Call) -> FindResponse:
    """Begin a search as the view it names; it goes on after the answer and follows the file.

    Raises request.invalid without a view, logs.pattern, logs.closed, file.*.
    """
    if not request.view:
        raise problem("request.invalid", "A search that goes on needs a name", hint="Give it a `view`.")
    found: FindResponse = _worker(request.source, call).ask("find", request, call.check)
    return found


def histogram(request: HistogramRequest, call: Call) -> HistogramResponse:
    """Records by time and level, once the file is indexed. Raises request.invalid for a time that is none."""
    found: HistogramResponse = _worker(request.source, call).ask("histogram", request, call.check)
    return found


def groups(request: GroupsRequest, call: Call) -> GroupsResponse:
    """Similar records, counted, once the file is indexed and the `view` done.

    Raises logs.view, logs.closed, file.*.
    """
    found: GroupsResponse = _worker(request.source, call).ask("groups", request, call.check)
    return found


def sources(request: SourcesRequest, call: Call) -> SourcesResponse:
    """Open, recent, and those of a folder that look like logs."""
    return SourcesResponse(listed(_sources(call), call.services.store.logs, request.folder))


def known_formats(request: FormatsRequest, call: Call) -> FormatsResponse:
    """All formats; best first for a source. Raises logs.closed, file.*."""
    if request.source:
        found: FormatsResponse = _worker(request.source, call).ask("formats", None, call.check)
        return found
    shown = [FormatScore(name, form.file.title) for name, form in formats().items()]
    return FormatsResponse([*shown, FormatScore(PLAIN_NAME, "Plain lines")])


def force(request: ForceRequest, call: Call) -> LogState:
    """Read a source as a format, also the next time. Raises request.invalid, logs.closed, file.*."""
    if request.format:
        forced(request.format)
    found: LogState = _worker(request.source, call).ask("force", request.format, call.check)
    if found.kind != "command":
        call.services.store.logs.opened(found.path, request.format, {})
    return found


HANDLERS: dict[Endpoint[Any, Any], Callable[..., Any]] = {
    OPEN: open_log,
    RUN: run,
    CLOSE: close,
    STATE: state,
    ROWS: rows,
    RECORD: record,
    SEARCH: search,
    FIND: find,
    HISTOGRAM: histogram,
    GROUPS: groups,
    SOURCES: sources,
    FORMATS: known_formats,
    FORCE: force,
}
