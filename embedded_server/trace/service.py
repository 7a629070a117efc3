"""Handlers of trace and probe: what applications captured, and the intake of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_server.jobs import Call
from embedded_server.store.same_database import Place, place_of
from embedded_server.wire import probe as intake_wire
from embedded_server.wire import trace as wire
from embedded_server.wire import trace_compare as compare_wire
from embedded_server.wire.endpoint import Done, Endpoint
from embedded_server.wire.problem import ProblemError, problem

from .cases import HANDLERS as CASES
from .comparing import compared
from .filter_language import parse
from .sightings import sightings
from .taking import take

MOST_LISTED = 1000


def ingest(request: intake_wire.IngestRequest, call: Call) -> intake_wire.IngestResponse:
    """Store a batch; what is broken is counted and left out, what is known already is not stored twice."""
    return take(request, call.services)


def listed(request: wire.ListRequest, call: Call) -> wire.ListResponse:
    """Newest first. Raises trace.bad_filter, trace.bad_key."""
    store = call.services.store.traces
    total = store.count()
    if request.ids:
        return wire.ListResponse(requests=store.summaries(request.ids), total=total)
    wanted = parse(request.filter)
    limit = min(max(request.limit, 1), MOST_LISTED)
    found = store.list(wanted, limit=limit + 1, before=_key(request.before))
    more, found = len(found) > limit, found[:limit]
    # Nothing older was left out: only then is the rest known without counting.
    hidden = total - len(found) if not more and not request.before else None
    after = f"{found[-1].at} {found[-1].id}" if more else ""
    return wire.ListResponse(requests=found, next=after, hidden=hidden, total=total)


def _key(text: str) -> tuple[str, str] | None:
    if not text:
        return None
    at, separator, key = text.partition(" ")
    if not separator:
        raise problem("trace.bad_key", detail=text)
    return at, key


def get(request: wire.GetRequest, call: Call) -> wire.Trace:
    """Everything of one request. Raises trace.unknown."""
    found = call.services.store.traces.get(request.id)
    if found is None:
        raise problem("trace.unknown", detail=request.id, hint="It may have been removed to make room.")
    return found


def compare(request: compare_wire.CompareRequest, call: Call) -> compare_wire.CompareResponse:
    """SQL, log lines, times and responses of two requests. Raises trace.unknown."""
    return compared(get(wire.GetRequest(request.before), call), get(wire.GetRequest(request.after), call))


def routes(request: wire.RoutesRequest, call: Call) -> wire.RoutesResponse:
    """Routes with how often and how fast they were called, milliseconds."""
    return wire.RoutesResponse(call.services.store.routes.listed(request.app))


def seen(request: wire.SeenRequest, call: Call) -> wire.SeenResponse:
    """Requests that bound a row's key in a statement on its table."""
    place = _place(call, request.connection)
    return wire.SeenResponse(sightings(request, call.services.store.traces, place))


def _place(call: Call, connection: str) -> Place | None:
    """The database of a connection that need not be saved; none where that cannot be told."""
    try:
        return place_of(call.services.target(connection)[0].url) if connection else None
    except ProblemError:
        return None


def pin(request: wire.PinRequest, call: Call) -> Done:
    """Keep a request or let it go. Raises trace.unknown."""
    if not call.services.store.traces.pin(request.id, request.pinned):
        raise problem("trace.unknown", detail=request.id)
    return Done()


def delete(request: wire.DeleteRequest, call: Call) -> wire.DeleteResponse:
    """Remove requests with all that is known of them; unknown ids count for nothing."""
    traces = call.services.store.traces
    gone = traces.clear() if request.all else traces.delete(request.ids)
    if gone:
        call.services.events.emit("trace.deleted", ids=gone)
    return wire.DeleteResponse(len(gone))


HANDLERS: dict[Endpoint[Any, Any], Callable[..., Any]] = {
    intake_wire.INGEST: ingest,
    wire.LIST: listed,
    wire.GET: get,
    wire.ROUTES: routes,
    wire.SEEN: seen,
    wire.PIN: pin,
    wire.DELETE: delete,
    compare_wire.COMPARE: compare,
    **CASES,
}
