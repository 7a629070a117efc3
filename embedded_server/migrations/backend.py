"""The app's own connection beside the runner's: cancels its statement, and sees who keeps it waiting."""

from __future__ import annotations

import time

from embedded_server.engines.base import Session, Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.problem import ProblemError

# A cancel is repeated this often: it may come between two statements.
REPEAT_SECONDS = 0.5
_CANCEL = {"postgresql": "SELECT pg_cancel_backend({0})", "mysql": "KILL QUERY {0}"}
_BLOCKERS = """
SELECT a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
       left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120)
FROM pg_stat_activity a WHERE a.pid = ANY(pg_blocking_pids({0}))
"""


class Backend:
    """Opened when first needed; `number` is the session the runner works on."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._engine = engine_for(target.url)
        self._session: Session | None = None
        self._last = 0.0
        self.number: int | None = None

    def cancel(self) -> None:
        """Stop what the runner's session runs."""
        sql = _CANCEL.get(self._engine.name)
        now = time.monotonic()
        if sql is None or self.number is None or now - self._last < REPEAT_SECONDS:
            return
        self._last = now
        self._ask(sql.format(int(self.number)))

    def blockers(self) -> list[str]:
        """Who holds the lock that the runner waits for."""
        if self._engine.name != "postgresql" or self.number is None:
            return []
        return [
            f"process {pid} ({user}{', ' + name if name else ''}), {state}: {query}"
            for pid, user, name, state, query in self._ask(_BLOCKERS.format(int(self.number)))
        ]

    def invalid_indexes(self) -> list[str]:
        """Indexes that a concurrent build left unusable."""
        if self._engine.name != "postgresql":
            return []
        sql = "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
        return [row[0] for row in self._ask(sql)]

    def close(self) -> None:
        """Close the session, if there is one."""
        if self._session is not None:
            self._session.close()

    def _ask(self, sql: str) -> list[tuple[str, ...]]:
        try:
            if self._session is None:
                self._session = self._engine.open(self._target)
            with self._session.execute(sql) as reading:
                return [tuple(str(cell) for cell in row) for row in reading.block(20).rows()]
        except ProblemError:
            # Help that cannot be had must not break the work it helps with.
            return []
