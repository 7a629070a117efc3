"""What DuckDB tells of its file and memory."""

from __future__ import annotations

import os

from embedded_server.health.asking import attempt, real, rows
from embedded_server.lanes import Lease
from embedded_server.wire.health import Metric

from .base import MOST_LISTED, Reading

_SIZE = """SELECT total_blocks * block_size, free_blocks, total_blocks, wal_size
FROM pragma_database_size() WHERE database_name = current_database()"""
_MEMORY = "SELECT sum(memory_usage_bytes), sum(temporary_storage_bytes) FROM duckdb_memory()"
_LARGEST = f"""SELECT 'table', schema_name, table_name, '', 0, estimated_size FROM duckdb_tables()
WHERE NOT internal AND database_name = current_database() ORDER BY estimated_size DESC LIMIT {MOST_LISTED}"""


def read(lease: Lease, sizes: bool) -> Reading:
    """The numbers now; with `sizes` also what takes most room."""
    found = Reading()
    session = lease.session
    for size, free, blocks, _ in rows(session, _SIZE):
        found.size(real(size))
        found.share("free", "Free blocks", real(free), real(blocks), "CHECKPOINT reuses them")
    for used, spilled in attempt(session, _MEMORY, found.notes, "Memory"):
        for name, title, value in (("memory", "Memory", used), ("spilled", "Spilled to disk", spilled)):
            if value is not None:
                found.metrics.append(Metric(id=name, title=title, value=real(value) or 0.0, unit="bytes"))
    if sizes:
        found.list_largest(attempt(session, _LARGEST, found.notes, "Tables"))
    found.notes.append("DuckDB tells rows of tables, not their bytes, and keeps no counters of transactions.")
    path = lease.info.database
    found.folder = os.path.dirname(os.path.abspath(path)) if os.path.exists(path) else ""
    found.pid = getattr(session, "worker_pid", 0)
    return found
