"""MariaDB's own counters."""

from __future__ import annotations

from embedded_server.health.asking import LOST, attempt, real, rows, text
from embedded_server.lanes import Lease
from embedded_server.wire.problem import ProblemError

from .base import MOST_LISTED, Reading

_SIZE = """SELECT sum(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE()"""
_LARGEST = f"""(SELECT 'table', '', TABLE_NAME, '', DATA_LENGTH + INDEX_LENGTH AS size, TABLE_ROWS
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE'
ORDER BY size DESC LIMIT {MOST_LISTED})"""
_INDEXES = f"""SELECT 'index', '', s.index_name, s.table_name,
  s.stat_value * @@innodb_page_size AS size, NULL
FROM mysql.innodb_index_stats s
WHERE s.database_name = DATABASE() AND s.stat_name = 'size' AND s.index_name <> 'PRIMARY'
ORDER BY size DESC LIMIT {MOST_LISTED}"""
_WHERE = "SELECT @@max_connections, @@datadir, @@pid_file"


def read(lease: Lease, sizes: bool) -> Reading:
    """The numbers now; with `sizes` also what takes most room."""
    found = Reading()
    session = lease.session
    status = {text(name): real(value) for name, value in rows(session, "SHOW GLOBAL STATUS")}
    ((most, folder, pid_file),) = rows(session, _WHERE)
    ((size,),) = rows(session, _SIZE)
    found.size(real(size))
    found.count(
        "connections", "Connections", status.get("Threads_connected"), limit=real(most), note="whole server"
    )
    ended = [status.get("Com_commit"), status.get("Com_rollback")]
    found.counter("transactions", "Commits and rollbacks said", sum(one or 0.0 for one in ended))
    found.counter("statements", "Statements", status.get("Questions"))
    asked, missed = status.get("Innodb_buffer_pool_read_requests"), status.get("Innodb_buffer_pool_reads")
    if asked is not None and missed is not None:
        found.share("cache", "Cache hits", asked - missed, asked, "since the server started")
    found.counter("deadlocks", "Deadlocks", status.get("Innodb_deadlocks"), "since the server started")
    found.counter("checkpoints", "Pages flushed", status.get("Innodb_buffer_pool_pages_flushed"))
    _lag(lease, found)
    if sizes:
        found.list_largest(rows(session, _LARGEST))
        found.list_largest(attempt(session, _INDEXES, found.notes, "Sizes of indexes"))
    found.folder = text(folder)
    found.pid = _pid(text(pid_file))
    return found


def _lag(lease: Lease, found: Reading) -> None:
    with_lag = "Seconds_Behind_Master"
    try:
        with lease.session.execute("SHOW SLAVE STATUS") as reading:
            names = [column.name for column in reading.columns]
            told = list(reading.block(10).rows())
    except ProblemError as error:
        if error.problem.code in LOST:
            raise
        return  # it takes a privilege of its own
    for row in told:
        if with_lag in names and row[names.index(with_lag)] is not None:
            found.count("lag", "Seconds behind its source", real(row[names.index(with_lag)]))


def _pid(path: str) -> int:
    try:
        with open(path) as file:
            return int(file.read().strip())
    except (OSError, ValueError):
        return 0
