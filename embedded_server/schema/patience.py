"""Waiting for locks: for a moment only, since whoever waits keeps everybody behind it waiting."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from embedded_server.lanes import Lease
from embedded_server.wire.problem import ProblemError, problem

from .reading import rows

_WAITED = re.compile(
    r"lock timeout|lock wait timeout|could not obtain lock|database is locked|write-write conflict", re.I
)
_BLOCKERS = """SELECT pid::text, coalesce(state, ''), left(regexp_replace(query, '\\s+', ' ', 'g'), 80)
FROM pg_stat_activity WHERE pid IN (SELECT l.pid FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
 WHERE l.granted AND c.relname = {0} AND l.pid <> pg_backend_pid())"""


@contextlib.contextmanager
def patient(lease: Lease, seconds: float, table: str, kept: str = "") -> Iterator[None]:
    """Within the block locks are waited for so long; then it is a problem that names who holds them.

    `kept` says what became of the work. Raises schema.locked.
    """
    before, after = _settings(lease.engine.name, max(0.1, min(seconds, 60.0)))
    for sql in before:
        do(lease, sql)
    try:
        yield
    except ProblemError as error:
        raise _told(error, lease, table, kept) from error
    finally:
        with contextlib.suppress(ProblemError):
            for sql in after:
                do(lease, sql)


def do(lease: Lease, sql: str) -> None:
    """Run a statement to its end."""
    with lease.session.execute(sql) as reading:
        while reading.columns and len(list(reading.block(100).rows())) == 100:
            pass


def _settings(engine: str, seconds: float) -> tuple[list[str], list[str]]:
    if engine == "postgresql":
        return [f"SET lock_timeout = '{int(seconds * 1000)}ms'"], ["RESET lock_timeout"]
    if engine == "mysql":
        wait = max(1, round(seconds))
        names = ("lock_wait_timeout", "innodb_lock_wait_timeout")
        return [f"SET SESSION {name} = {wait}" for name in names], [
            f"SET SESSION {name} = DEFAULT" for name in names
        ]
    return [], []


def _told(error: ProblemError, lease: Lease, table: str, kept: str) -> ProblemError:
    found = error.problem
    text = f"{found.title} {found.detail}"
    if found.code not in ("sql.error", "file.locked") or not _WAITED.search(text):
        return error
    holders = []
    if lease.engine.name == "postgresql":
        with contextlib.suppress(ProblemError):
            sql = _BLOCKERS.format(lease.grammar.literal(None, table))
            holders = [f"process {row[0]}, {row[1]}: {row[2]}" for row in rows(lease, sql)]
    detail = "\n".join([found.detail, *holders]).strip()
    hint = f"{kept} End the other transaction, or try again later.".strip()
    return problem("schema.locked", f"Another session holds {table or 'the table'}.", detail, hint)
