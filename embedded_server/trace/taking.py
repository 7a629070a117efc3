"""Batches of a probe into the workspace, whichever way they came."""

from __future__ import annotations

import msgspec

from embedded_server.services import Services
from embedded_server.store.trace_rows import Packed, pack
from embedded_server.wire.probe import MOST_REQUESTS, IngestRequest, IngestResponse, ProbeRequest

from .intake import trace_of

_request = msgspec.json.Decoder(ProbeRequest)


def take(batch: IngestRequest, services: Services) -> IngestResponse:
    """Store a batch and tell the window; broken requests are counted and left out."""
    if batch.routes:
        services.store.routes.told(batch.application.name, batch.routes)
    found: list[Packed] = []
    reason = ""
    for raw in batch.requests[:MOST_REQUESTS]:
        try:
            found.append(pack(trace_of(_request.decode(raw), batch.application)))
        except (msgspec.MsgspecError, ValueError, OverflowError, RecursionError) as error:
            reason = reason or str(error)
    fresh = services.store.traces.add_packed(found) if found else []
    if fresh:
        services.events.gather("trace.new", fresh)
    return IngestResponse(len(found), len(batch.requests) - len(found), reason)
