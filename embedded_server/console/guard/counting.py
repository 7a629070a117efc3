"""How many rows a statement would hit: exactly within a limit and a time, else the database's estimate."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from embedded_server.engines.support.binding import bind
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.guard import Counted, GuardRequest
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.sql.dangers import Found
from embedded_server.wire.sql.dialect import Dialect

_UNCOUNTED = frozenset({"DROP SCHEMA", "DROP DATABASE"})


class Rows(NamedTuple):
    """A number of rows and how it is known."""

    rows: int | None = None
    counted: Counted = ""


class Counter:
    """Counts for one request, within its budget. Conditions run in a session that cannot write."""

    def __init__(self, request: GuardRequest, call: Call, spoken: Dialect) -> None:
        self._request, self._call, self._spoken = request, call, spoken
        self._until = time.monotonic() + request.budget_ms / 1000

    def rows(self, sql: str, found: Found) -> Rows:
        """Rows the dangerous part would hit."""
        if not found.path or found.text in _UNCOUNTED or not (found.whole or found.condition):
            return Rows()
        source = sql[slice(*found.source)] if found.source is not None else ""
        if found.condition is not None:
            return self._matching(source, sql[slice(*found.condition)]) if source else Rows()
        return self._whole(source, found)

    def _matching(self, source: str, condition: str) -> Rows:
        """A condition may call anything, so it runs where nothing can be written."""
        left = self._until - time.monotonic()
        try:
            with self._call.own(self._request.connection, read_only=True) as lease:
                if left <= 0 or not lease.engine.capabilities.cancel:
                    return Rows()
                bound, _ = bind(condition, self._spoken, lease.grammar, self._request.params)
                alarm = threading.Timer(left, lease.session.cancel)
                alarm.daemon = True
                alarm.start()
                try:
                    rows = self._counted(lease, f"{source} WHERE ({bound.sql}\n)", bound.params)
                finally:
                    alarm.cancel()
                    alarm.join()
        except ProblemError:
            # The time is over, a value is missing, a table is known to the open transaction only.
            self._call.check()
            return Rows()
        most = self._most()
        return Rows(rows, "exact") if rows <= most else Rows(most, "at least")

    def _whole(self, source: str, found: Found) -> Rows:
        schema = found.path[-2] if len(found.path) > 1 else ""
        try:
            with self._call.session(self._request.connection, allow_write=self._request.allow_write) as lease:
                rows = self._counted(lease, source, None) if source else self._most() + 1
                if rows <= self._most():
                    return Rows(rows, "exact")
                told, _ = lease.session.estimate(schema or lease.info.default_schema, found.path[-1])
        except ProblemError:
            self._call.check()
            return Rows()
        return Rows(told, "estimate") if told is not None else Rows()

    def _most(self) -> int:
        return max(0, self._request.exact_limit)

    def _counted(self, lease: Lease, source: str, params: Sequence[Any] | None) -> int:
        """Rows, up to one more than the limit."""
        found = f"SELECT 1 AS one FROM {source}{lease.grammar.limit(self._most() + 1)}"
        sql = f"SELECT count(*) FROM ({found}) hit"
        with lease.session.execute(sql, params or None) as reading:
            cell = reading.block(1).columns[0][0]
        return int(cell) if isinstance(cell, int | str) else 0
