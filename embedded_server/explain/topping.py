"""The statements that took most time: from captured requests and from the database's own statistics."""

from __future__ import annotations

from embedded_server.engines.base import Session
from embedded_server.jobs import Call
from embedded_server.wire.explain import TopRequest, TopResponse, TopStatement
from embedded_server.wire.problem import ProblemError

from .explainers.postgresql import run

MOST = 500
_PRESENT = """
SELECT n.nspname, e.extversion FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'
"""
# Our own questions and the server's housekeeping are not what anybody looks for.
_LIST = """
SELECT query, calls::text, total_exec_time::text, mean_exec_time::text, max_exec_time::text, rows::text
FROM {schema}.pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
  AND query !~* '^\\s*(explain|begin|commit|rollback|set|show|discard|declare|fetch|close)'
  AND query !~ 'pg_catalog\\.|pg_stat_'
ORDER BY total_exec_time DESC LIMIT {limit}
"""


def top(request: TopRequest, call: Call) -> TopResponse:
    """Both sources in one list, the largest sum first."""
    limit = max(1, min(request.limit, MOST))
    found = [
        TopStatement(
            sql=one.sample.sql,
            source="captures",
            connection=one.connection,
            calls=one.calls,
            total_ms=one.total_ms,
            mean_ms=one.mean_ms,
            max_ms=one.max_ms,
            requests=one.requests,
            routes=one.routes,
            rows=one.sample.rows,
            params=one.sample.params,
            trace=one.trace,
            number=one.sample.number,
            fingerprint=one.fingerprint,
        )
        for one in call.services.store.traces.top(limit, since=request.since, connection=request.connection)
    ]
    notes: list[str] = []
    if request.connection:
        stats, note = _statistics(request.connection, limit, call)
        found += stats
        notes += [note] if note else []
    found.sort(key=_total, reverse=True)
    return TopResponse(found, notes)


def _total(one: TopStatement) -> float:
    return one.total_ms


def _statistics(connection: str, limit: int, call: Call) -> tuple[list[TopStatement], str]:
    """pg_stat_statements where it is there, and why not where it is not."""
    if call.services.line(connection, read_only=True).engine.name != "postgresql":
        return [], ""
    with call.session(connection, read_only=True) as lease:
        try:
            return _read(lease.session, connection, limit)
        except ProblemError as error:
            if error.problem.code != "sql.error":
                raise
            return [], f"pg_stat_statements could not be read: {error.problem.detail}"


def _read(session: Session, connection: str, limit: int) -> tuple[list[TopStatement], str]:
    present = run(session, _PRESENT)
    if not present:
        return [], "pg_stat_statements is not installed in this database; only captured requests are listed."
    schema = '"' + str(present[0][0]).replace('"', '""') + '"'
    rows = run(session, _LIST.format(schema=schema, limit=limit))
    return [
        TopStatement(
            sql=str(sql),
            source="pg_stat_statements",
            connection=connection,
            calls=int(calls),
            total_ms=float(total),
            mean_ms=float(mean),
            max_ms=float(longest),
            rows=int(number) / max(int(calls), 1),
        )
        for sql, calls, total, mean, longest, number in rows
    ], ""
