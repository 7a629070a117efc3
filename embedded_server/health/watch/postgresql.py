"""PostgreSQL: pg_stat_activity and pg_blocking_pids."""

from __future__ import annotations

from collections.abc import Collection

from embedded_server.engines.base import Session
from embedded_server.health.asking import Row, real, rows, text
from embedded_server.lanes import Lease
from embedded_server.wire.health import DatabaseSession, SessionState

from .base import Wait, Watch

_SESSIONS = """SELECT a.pid, a.usename, a.application_name,
  coalesce(a.client_hostname, host(a.client_addr), '') AS host, a.datname, a.state,
  to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS started,
  extract(epoch FROM clock_timestamp() - a.state_change) AS state_s,
  extract(epoch FROM clock_timestamp() - a.xact_start) AS transaction_s,
  a.wait_event_type, a.wait_event, a.query, a.backend_type,
  array_to_string(pg_blocking_pids(a.pid), ' ') AS blocked_by
FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid(){where}
ORDER BY a.pid"""
_HERE = " AND a.backend_type = 'client backend' AND a.datname = current_database()"
# Both in one: whoever began to wait between two questions would be known by half. The lock as JSON, since
# older servers do not know since when a session waits.
_LOCKS = """SELECT l.pid, array_to_string(pg_blocking_pids(l.pid), ' ') AS blocked_by, l.locktype,
  coalesce(c.relname, '') AS relation, l.mode,
  extract(epoch FROM clock_timestamp() - (to_jsonb(l) ->> 'waitstart')::timestamptz) AS wait_s
FROM pg_locks l
LEFT JOIN pg_class c ON c.oid = l.relation
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
WHERE NOT l.granted AND cardinality(pg_blocking_pids(l.pid)) > 0
ORDER BY l.pid"""
_STATES: dict[str, SessionState] = {
    "active": "active",
    "fastpath function call": "active",
    "idle": "idle",
    "idle in transaction": "in transaction",
    "idle in transaction (aborted)": "failed",
}
# A prepared transaction holds locks without a session.
PREPARED = "0"


class PostgresWatch(Watch):
    """Sessions of a server; other users' statements are only told to those who may see them."""

    query = _SESSIONS.format(where=_HERE)
    lock_query = _LOCKS

    def sessions(
        self, lease: Lease, ours: Collection[str], everywhere: bool, notes: list[str]
    ) -> list[DatabaseSession]:
        found = rows(lease.session, _SESSIONS.format(where="" if everywhere else _HERE))
        if any(text(row[11]) == "<insufficient privilege>" for row in found):
            notes.append("Statements of other users are hidden: that takes the role pg_read_all_stats.")
        return [_session(row, ours) for row in found]

    def waits(self, lease: Lease, notes: list[str]) -> list[Wait]:
        return [
            Wait(text(pid), blocker, _wanted(text(kind), text(relation), text(mode)), real(seconds))
            for pid, blockers, kind, relation, mode, seconds in rows(lease.session, _LOCKS)
            for blocker in dict.fromkeys(text(blockers).split())
        ]

    def cancel(self, session: Session, number: str) -> None:
        rows(session, f"SELECT pg_cancel_backend({int(number)})")

    def terminate(self, session: Session, number: str) -> None:
        rows(session, f"SELECT pg_terminate_backend({int(number)})")


def _session(row: Row, ours: Collection[str]) -> DatabaseSession:
    pid, user, application, host, database, state, started, state_s, open_s = row[:9]
    wait_type, wait, query, kind, blocked = row[9:]
    client = kind == "client backend"
    found = _STATES.get(text(state), "idle") if client else "background"
    if found == "active" and wait_type == "Lock":
        found = "waiting"
    return DatabaseSession(
        id=text(pid),
        user=text(user),
        application=text(application) if client else text(kind),
        host=text(host),
        database=text(database),
        state=found,
        started=text(started),
        state_s=real(state_s),
        transaction_s=real(open_s),
        # An idle session waits for its client, which is nothing to tell.
        wait=f"{wait_type}: {wait}" if wait and wait_type not in ("Client", "Activity") else "",
        statement=text(query),
        ours=text(pid) in ours or text(application).startswith("Backlight"),
        blocked_by=list(dict.fromkeys(text(blocked).split())),
    )


def _wanted(kind: str, relation: str, mode: str) -> str:
    what = {"transactionid": "a row another transaction changed", "tuple": "a row"}.get(kind, kind)
    return f"{relation or what} · {mode}"
