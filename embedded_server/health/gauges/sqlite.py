"""What a SQLite file tells of itself."""

from __future__ import annotations

import os

from embedded_server.health.asking import attempt, real, rows, text
from embedded_server.lanes import Lease
from embedded_server.wire.health import Metric

from .base import MOST_LISTED, Reading

# dbstat reads every page.
MOST_BYTES = 256 << 20
_LARGEST = f"""SELECT CASE s.type WHEN 'index' THEN 'index' ELSE 'table' END, '', d.name,
  CASE s.type WHEN 'index' THEN s.tbl_name ELSE '' END, sum(d.pgsize) AS size, NULL
FROM dbstat AS d JOIN sqlite_schema AS s ON s.name = d.name
GROUP BY d.name ORDER BY size DESC LIMIT {2 * MOST_LISTED}"""


def read(lease: Lease, sizes: bool) -> Reading:
    """The numbers now; with `sizes` also what takes most room."""
    found = Reading()
    session = lease.session
    pages, size, free = (
        real(rows(session, f"PRAGMA {name}")[0][0]) or 0.0
        for name in ("page_count", "page_size", "freelist_count")
    )
    path = lease.info.database
    found.size(pages * size)
    wal = _bytes(path + "-wal")
    if wal is not None:
        found.metrics.append(Metric(id="wal", title="Write-ahead log", value=wal, unit="bytes"))
    found.share("free", "Free pages", free, pages, "VACUUM gives them back")
    mode = text(rows(session, "PRAGMA journal_mode")[0][0])
    found.notes.append(f"Journal mode {mode}; SQLite keeps no counters of reads, waits or transactions.")
    if sizes and pages * size <= MOST_BYTES:
        found.list_largest(attempt(session, _LARGEST, found.notes, "Sizes of tables"))
    elif sizes:
        found.notes.append("Sizes of tables are not listed: measuring them would read the whole file.")
    found.folder = os.path.dirname(path) if path not in ("", ":memory:") else ""
    found.pid = os.getpid()
    return found


def _bytes(path: str) -> int | None:
    try:
        return os.path.getsize(path)
    except OSError:
        return None
