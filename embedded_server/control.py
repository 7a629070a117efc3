"""Handlers about the server itself: identity, events, running work. They enter no lane."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from typing import Any

import msgspec

from embedded_server.engines.registry import engines
from embedded_server.wire import server as wire
from embedded_server.wire.endpoint import Done, Endpoint, Nothing
from embedded_server.wire.version import VERSION

from .jobs import Call


def info(_: Nothing, call: Call) -> wire.ServerInfo:
    """Version, interpreter, epoch, workspace folder, engines with their capabilities."""
    found = [
        wire.EngineInfo(
            name=engine.name,
            title=engine.title,
            schemes=list(engine.schemes),
            capabilities=msgspec.to_builtins(engine.capabilities),
            available=not (reason := engine.available()),
            reason=reason,
        )
        for engine in engines().values()
    ]
    services = call.services
    return wire.ServerInfo(
        VERSION, platform.python_version(), services.epoch, str(services.store.folder), found, os.getpid()
    )


def stop(_: Nothing, call: Call) -> Done:
    """Begin an orderly shutdown; the answer comes before the server ends."""
    call.services.stopping.set()
    return Done()


def poll(request: wire.PollRequest, call: Call) -> wire.PollResponse:
    """Wait for events."""
    return call.services.events.poll(request)


def jobs(_: Nothing, call: Call) -> wire.JobList:
    """Running work without this call and without waiting polls."""
    listed = [job for job in call.services.jobs.jobs() if job.id != call.id and job.name != wire.POLL.name]
    return wire.JobList(listed)


def cancel(request: wire.CancelRequest, call: Call) -> wire.CancelResponse:
    """Cancel a running call by its id."""
    return call.services.jobs.cancel(request.id)


HANDLERS: dict[Endpoint[Any, Any], Callable[..., Any]] = {
    wire.INFO: info,
    wire.STOP: stop,
    wire.POLL: poll,
    wire.JOBS: jobs,
    wire.CANCEL: cancel,
}
