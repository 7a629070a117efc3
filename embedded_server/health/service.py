"""The health of a database: handlers of the `health` endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from embedded_server.jobs import Call
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.health import (
    INTEGRITY,
    KILL,
    LINT,
    LOCKS,
    RESOURCES,
    SESSIONS,
    DatabaseSession,
    HealthRequest,
    IntegrityEvent,
    IntegrityRequest,
    KillRequest,
    KillResponse,
    LintRequest,
    LintResponse,
    LocksResponse,
    ResourcesRequest,
    ResourcesResponse,
    SessionsResponse,
)

from . import ending, linting
from . import integrity as asking_data
from .asking import impatient
from .gauges import Machine, gauge_of
from .locks import LONG_SECONDS, long_transactions, resting, tree
from .watch import watch_of

_ORDER = {"waiting": 0, "failed": 1, "active": 2, "in transaction": 3, "open": 4, "idle": 5, "background": 6}
# Numbers are looked at again soon: a lock is hardly waited for.
LOCK_SECONDS = 0.3
# Databases without a server say in their profile that they are here: their files are.
_LOCAL = "local"


def sessions(request: HealthRequest, call: Call) -> SessionsResponse:
    """Who is connected: state, ages in seconds, statement. Source: pg_stat_activity, the process list and
    InnoDB's transactions, /proc/locks for SQLite's file. Raises connection.*, sql.error."""
    notes: list[str] = []
    with call.session(request.connection, view="health.sessions", read_only=True) as lease:
        watch = watch_of(lease.engine.name)
        found = watch.sessions(lease, _ours(request, call), request.everywhere, notes)
        engine = lease.engine.name
    return SessionsResponse(
        sessions=sorted(found, key=_first),
        engine=engine,
        at=_now(),
        query=watch.query,
        why_not_kill=_why_not_kill(request, call),
        class_=lease.profile.class_,
        name=lease.profile.name,
        notes=notes,
    )


def locks(request: HealthRequest, call: Call) -> LocksResponse:
    """Who waits for whom, transactions that are old, and those in which nothing runs. Source:
    pg_blocking_pids and pg_locks, InnoDB's lock waits. Raises connection.*, sql.error."""
    notes: list[str] = []
    with call.session(request.connection, view="health.locks", read_only=True) as lease:
        watch = watch_of(lease.engine.name)
        # A blocker may work in another database of the server.
        found = watch.sessions(lease, _ours(request, call), True, notes)
        waits = watch.waits(lease, notes)
        engine = lease.engine.name
    return LocksResponse(
        tree=tree(found, waits),
        long=long_transactions(found),
        idle=resting(found),
        engine=engine,
        at=_now(),
        long_s=LONG_SECONDS,
        query=watch.lock_query,
        why_not_kill=_why_not_kill(request, call),
        class_=lease.profile.class_,
        name=lease.profile.name,
        notes=notes,
    )


def kill(request: KillRequest, call: Call) -> KillResponse:
    """End a statement or a session, and look whether it is gone. Raises health.confirm, health.no_session,
    sql.read_only, data.unsupported, sql.error."""
    return ending.kill(request, call)


def lint(request: LintRequest, call: Call) -> LintResponse:
    """Check a schema. Raises health.unknown_check, data.unknown_table, job.cancelled, connection.*."""
    return linting.lint(request, call)


def integrity(request: IntegrityRequest, call: Call) -> Iterator[IntegrityEvent]:
    """Look through the data, question by question. Raises health.unknown_check, data.unknown_table,
    job.cancelled, connection.*; a question that fails or takes too long says so in its result."""
    return asking_data.integrity(request, call)


def resources(request: ResourcesRequest, call: Call) -> ResourcesResponse:
    """Numbers of the database and of this machine now (units with each of them). Source: the engine's own
    counters, the operating system. Raises connection.*, sql.error."""
    machine = call.services.room("health", Machine)
    with call.session(request.connection, view="health.resources", read_only=True) as lease:
        with impatient(lease.session, lease.engine.name, LOCK_SECONDS):
            reading = gauge_of(lease.engine.name)(lease, request.sizes)
        engine, here = lease.engine.name, lease.profile.class_ == _LOCAL
    return ResourcesResponse(
        at=time.time(),
        engine=engine,
        metrics=[*reading.metrics, *machine.metrics(reading, here=here)],
        largest=sorted(reading.largest, key=_by_size, reverse=True),
        notes=reading.notes,
    )


def _by_size(one: Any) -> tuple[int, int]:
    return one.bytes, one.rows or 0


def _ours(request: HealthRequest, call: Call) -> set[str]:
    """The numbers of Backlight's own sessions to this database."""
    url = call.services.line(request.connection, read_only=True).target.url
    return {number for line in call.services.lines(url) for number in line.backends()}


def _why_not_kill(request: HealthRequest, call: Call) -> str:
    line = call.services.line(request.connection)
    if watch_of(line.engine.name).why_not_kill:
        return watch_of(line.engine.name).why_not_kill
    return "The connection is read-only" if line.target.read_only else ""


def _first(one: DatabaseSession) -> tuple[int, float]:
    return _ORDER[one.state], -(one.transaction_s or one.state_s or 0.0)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


HANDLERS: dict[Endpoint[Any, Any], Callable[[Any, Call], Any]] = {
    SESSIONS: sessions,
    LOCKS: locks,
    KILL: kill,
    LINT: lint,
    INTEGRITY: integrity,
    RESOURCES: resources,
}
