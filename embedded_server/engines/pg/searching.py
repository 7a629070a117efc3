"""The first row of a search in an order: by one process, where several would each have to find one first.

For `ORDER BY key LIMIT 1` behind a condition PostgreSQL likes a Gather Merge, which gives nothing before
every process has found a row of its own. Where matches are spread one process alone comes to the first of
them two to four times as fast; where there is none, or one at the end, all together are faster. So one may
try for a moment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from psycopg import pq

from embedded_server.wire.problem import ProblemError

from .channel import Channel
from .placeholders import Statement

# How long one process alone may look, in milliseconds.
PATIENCE = 100
_ALONE = """
SELECT pg_catalog.set_config('max_parallel_workers_per_gather', '0', true),
       pg_catalog.set_config('statement_timeout', %s, true)
WHERE pg_catalog.current_setting('statement_timeout') = '0'
"""
Found = TypeVar("Found")


def is_merged(channel: Channel, statement: Statement) -> bool:
    """Whether several processes would look for the first row of a query, each for one of its own."""
    channel.send(statement.behind("EXPLAIN "))
    try:
        return any("Gather Merge" in (row[0] or "") for row in channel.rows())
    except ProblemError as error:
        if error.problem.code == "sql.error":
            return False  # running it will tell better
        raise


def alone(channel: Channel, read: Callable[[], Found]) -> Found | None:
    """What `read` finds within `PATIENCE` while there is one process only; null when it takes longer.
    The session must be in autocommit, and is so again."""
    channel.run("BEGIN")
    try:
        channel.run(_ALONE.replace("%s", f"'{PATIENCE}'"))
        found = read()
    except ProblemError as error:
        _end(channel, "ROLLBACK")
        if error.problem.code == "job.timeout":
            return None
        raise
    _end(channel, "COMMIT")
    return found


def _end(channel: Channel, word: str) -> None:
    """End the transaction; a session that could not, for a cancel hit it, is given up."""
    try:
        channel.run(word)
    except ProblemError:
        pass
    if channel.is_open() and channel.transaction() != pq.TransactionStatus.IDLE:
        channel.close()
