"""PostgreSQL's own counters."""

from __future__ import annotations

import json

from embedded_server.health.asking import LOST, Row, attempt, real, rows, text, whole
from embedded_server.lanes import Lease
from embedded_server.wire.problem import ProblemError

from .base import MOST_LISTED, Reading

# As JSON, since columns came and went from version to version.
_DATABASE = """SELECT to_jsonb(d), pg_database_size(d.datid), pg_backend_pid(),
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
  current_setting('max_connections')
FROM pg_stat_database d WHERE d.datname = current_database()"""
_CHECKPOINTS = """SELECT to_jsonb(b) FROM pg_stat_bgwriter b"""
_CHECKPOINTER = """SELECT to_jsonb(b) FROM pg_stat_checkpointer b"""
_LAG = """SELECT application_name, extract(epoch FROM replay_lag) FROM pg_stat_replication
UNION ALL
SELECT 'this replica', extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
WHERE pg_is_in_recovery()"""
_LARGEST = f"""(SELECT 'table', n.nspname, c.relname, '', pg_total_relation_size(c.oid) AS size,
  CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY size DESC LIMIT {MOST_LISTED})
UNION ALL
(SELECT 'index', n.nspname, c.relname, t.relname, pg_relation_size(c.oid) AS size, NULL
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
WHERE c.relkind = 'i' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
ORDER BY size DESC LIMIT {MOST_LISTED})"""
_ESTIMATED = _LARGEST.replace(
    "pg_total_relation_size(c.oid)",
    "(SELECT sum(p.relpages) FROM pg_class p LEFT JOIN pg_index x ON x.indexrelid = p.oid"
    " WHERE p.oid IN (c.oid, c.reltoastrelid) OR x.indrelid = c.oid) * 8192",
).replace("pg_relation_size(c.oid)", "c.relpages * 8192::bigint")
_MODERN = 17


def read(lease: Lease, sizes: bool) -> Reading:
    """The numbers now; with `sizes` also what takes most room."""
    found = Reading()
    ((document, size, pid, connected, most),) = rows(lease.session, _DATABASE)
    told = json.loads(text(document))
    since = f"since {str(told['stats_reset'])[:16].replace('T', ' ')}" if told.get("stats_reset") else ""
    hits, read_blocks = float(told.get("blks_hit") or 0), float(told.get("blks_read") or 0)
    found.pid = whole(pid) or 0
    found.size(real(size))
    found.count("connections", "Connections", real(connected), limit=real(most), note="the whole server")
    done = float(told.get("xact_commit") or 0) + float(told.get("xact_rollback") or 0)
    found.counter("transactions", "Transactions", done)
    found.share("cache", "Cache hits", hits, hits + read_blocks, since)
    found.counter("rollbacks", "Rolled back", real(told.get("xact_rollback")), since)
    found.counter("deadlocks", "Deadlocks", real(told.get("deadlocks")), since)
    found.counter("temporary", "Temporary bytes written", real(told.get("temp_bytes")), since)
    found.counter("checkpoints", "Checkpoints", _checkpoints(lease, found))
    for name, seconds in attempt(lease.session, _LAG, found.notes, "Replication"):
        if seconds is not None:
            found.count(f"lag {text(name)}", f"Lag of {text(name)}, seconds", real(seconds))
    if sizes:
        found.list_largest(_largest(lease, found))
    where = attempt(lease.session, "SELECT current_setting('data_directory', true)", [], "")
    found.folder = text(where[0][0]) if where else ""
    return found


def _largest(lease: Lease, found: Reading) -> list[Row]:
    """Measured; where a table is locked as they stood at the last vacuum, which needs no lock."""
    try:
        return rows(lease.session, _LARGEST)
    except ProblemError as error:
        if error.problem.code in LOST:
            raise
        found.notes.append("A table is locked: sizes are those of its last vacuum or analyze.")
        return rows(lease.session, _ESTIMATED)


def _checkpoints(lease: Lease, found: Reading) -> float | None:
    modern = int(lease.info.server_version.split(".")[0].split()[0] or 0) >= _MODERN
    told = attempt(lease.session, _CHECKPOINTER if modern else _CHECKPOINTS, found.notes, "Checkpoints")
    if not told:
        return None
    counts = json.loads(text(told[0][0]))
    names = ("num_timed", "num_requested") if modern else ("checkpoints_timed", "checkpoints_req")
    return sum(float(counts.get(name) or 0) for name in names)
