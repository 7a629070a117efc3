"""Ends a statement or a session, and looks whether it is really gone."""

from __future__ import annotations

import threading
import time

from embedded_server.jobs import Call
from embedded_server.lanes import Lease, Line
from embedded_server.wire.health import DatabaseSession, KillRequest, KillResponse
from embedded_server.wire.problem import problem

from .watch import Watch, watch_of

# How long the database is watched after the signal at most, and how often it is looked at.
PATIENCE, LOOK = 60.0, 0.05
_never = threading.Event()


def kill(request: KillRequest, call: Call) -> KillResponse:
    """Signal, then look until it is gone. Raises health.confirm, health.no_session, sql.read_only,
    data.unsupported, sql.error (the database refuses)."""
    line = call.services.line(request.connection)
    watch = watch_of(line.engine.name)
    _permit(request, line, watch)
    started = time.monotonic()
    with call.session(request.connection) as lease:
        before = _find(lease, watch, request)
        if before is None:
            raise problem("health.no_session", detail=request.id)
        _confirmed(request, line)
        if request.what == "cancel":
            watch.cancel(lease.session, request.id)
        else:
            watch.terminate(lease.session, request.id)
        gone = False
        while not gone and time.monotonic() - started < min(request.seconds, PATIENCE):
            call.check()
            _never.wait(LOOK)
            gone = _gone(_find(lease, watch, request), before, request.what)
    text = _told(request, gone)
    return KillResponse(gone=gone, text=text, elapsed_ms=(time.monotonic() - started) * 1000)


def _permit(request: KillRequest, line: Line, watch: Watch) -> None:
    if watch.why_not_kill:
        raise problem("data.unsupported", detail=watch.why_not_kill)
    if line.target.read_only:
        hint = "Allow writing in the connection's settings to end sessions there."
        raise problem("sql.read_only", detail=line.profile.name, hint=hint)
    if not request.id.isdigit():
        raise problem("health.no_session", detail=request.id)


def _confirmed(request: KillRequest, line: Line) -> None:
    profile = line.profile
    wanted = {"production": profile.name, "shared": request.id}.get(profile.class_, "")
    if wanted and request.confirm != wanted:
        hint = f"Repeat {wanted!r} as `confirm`."
        raise problem("health.confirm", detail=f"{profile.name} is {profile.class_}.", hint=hint)


def _find(lease: Lease, watch: Watch, request: KillRequest) -> DatabaseSession | None:
    """The session of that number, unless the number is another one's by now."""
    for one in watch.sessions(lease, (), True, []):
        if one.id == request.id and (not request.started or request.started == one.started):
            return one
    return None


def _gone(now: DatabaseSession | None, before: DatabaseSession, what: str) -> bool:
    if now is None or what == "terminate":
        return now is None
    if before.state not in ("active", "waiting"):
        return True  # nothing ran
    running = now.state in ("active", "waiting")
    # The same statement still runs unless the state began anew since.
    younger = (now.state_s or 0.0) < (before.state_s or 0.0)
    return not running or now.statement != before.statement or younger


def _told(request: KillRequest, gone: bool) -> str:
    if request.what == "cancel":
        if gone:
            return f"The statement of session {request.id} was cancelled; it runs no more."
        return f"The statement of session {request.id} was asked to stop, but it still runs."
    if gone:
        return f"Session {request.id} was ended; its transaction is rolled back."
    return f"Session {request.id} was asked to end, but it is still there."
