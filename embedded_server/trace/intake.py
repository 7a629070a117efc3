"""From what a probe sends to a trace: numbers, fingerprints, groups, marks, the time nobody explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from embedded_server.fingerprint import fingerprint
from embedded_server.wire.probe import ProbeRequest, ProbeStatement
from embedded_server.wire.trace import (
    Application,
    Frame,
    Group,
    Mark,
    Trace,
    TracedLog,
    TracedStatement,
    TraceSource,
    TraceSummary,
)

from .grouping import grouped, reads

LONGEST_SQL, LONGEST_TEXT = 100_000, 10_000
_LATEST = 4_102_444_800.0  # the year 2100: a clock beyond it is broken


def trace_of(sent: ProbeRequest, application: Application) -> Trace:
    """The whole trace of a request as a probe sent it."""
    frames = [Frame(frame.file, frame.line, frame.function, frame.source) for frame in sent.frames]
    statements = [_statement(number, one, frames) for number, one in enumerate(sent.statements, 1)]
    groups = grouped(statements)
    beyond = sum(one.count for one in sent.overflow)
    dropped = sent.dropped | ({"statements": beyond} if beyond else {})
    groups = _with_overflow(groups, sent)
    return Trace(
        summary=_summary(sent, application, statements, groups),
        request=sent.request,
        response=sent.response,
        statements=statements,
        groups=groups,
        logs=[
            TracedLog(
                number=number,
                start_ms=log.start_ms,
                level=log.level,
                logger=log.logger,
                message=log.message,
                file=log.file,
                line=log.line,
                traceback=log.traceback,
            )
            for number, log in enumerate(sent.logs, 1)
        ],
        spans=sent.spans,
        exception=sent.exception,
        application=application,
        ttfb_ms=sent.ttfb_ms,
        unexplained_ms=_unexplained(sent),
        connections_leaked=sent.connections_leaked,
        dropped=dropped,
        parent=sent.parent,
        test=sent.test,
    )


def _statement(number: int, sent: ProbeStatement, frames: list[Frame]) -> TracedStatement:
    sql = sent.sql[:LONGEST_SQL]
    return TracedStatement(
        number=number,
        start_ms=sent.start_ms,
        duration_ms=sent.duration_ms,
        sql=sql,
        params=sent.params,
        many=sent.many,
        rows=sent.rows,
        error=sent.error[:LONGEST_TEXT],
        fingerprint=fingerprint(sql, sent.dialect).hash if sent.kind == "statement" else "",
        callers=[frames[index] for index in sent.frames if 0 <= index < len(frames)],
        dialect=sent.dialect,
        database=sent.database,
        transaction=sent.transaction,
        pool_wait_ms=sent.pool_wait_ms,
        kind=sent.kind,
    )


def _with_overflow(groups: list[Group], sent: ProbeRequest) -> list[Group]:
    """What was only counted still counts in its group."""
    more: dict[str, tuple[int, float]] = {}
    dialect = sent.statements[0].dialect if sent.statements else ""
    for one in sent.overflow:
        shape = fingerprint(one.sql[:LONGEST_SQL], dialect).hash
        count, total = more.get(shape, (0, 0.0))
        more[shape] = count + one.count, total + one.total_ms
    return [
        Group(
            **{name: getattr(group, name) for name in group.__struct_fields__}
            | {"count": group.count + more[group.fingerprint][0]}
            | {"total_ms": group.total_ms + more[group.fingerprint][1]}
        )
        if group.fingerprint in more
        else group
        for group in groups
    ]


def _summary(
    sent: ProbeRequest, application: Application, statements: list[TracedStatement], groups: list[Group]
) -> TraceSummary:
    run = [one for one in statements if one.kind == "statement"]
    at = sent.at if 0 < sent.at < _LATEST else datetime.now(UTC).timestamp()
    source: TraceSource = "run" if sent.run else "capture"
    return TraceSummary(
        id=sent.id,
        at=datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds"),
        source=source,
        method=sent.method,
        target=sent.target,
        route=sent.route,
        status=sent.status,
        duration_ms=sent.duration_ms,
        statements=len(run) + sum(one.count for one in sent.overflow),
        shapes=len(groups),
        sql_ms=sum(one.duration_ms for one in run) + sum(one.total_ms for one in sent.overflow),
        logs=len(sent.logs),
        marks=_marks(sent, run, groups),
        app=application.name,
        host=sent.host,
        run=sent.run,
        origin=sent.origin,
    )


def _marks(sent: ProbeRequest, run: Sequence[TracedStatement], groups: list[Group]) -> list[Mark]:
    kinds = {group.mark for group in groups}
    failed = sent.exception is not None and not sent.exception.handled
    found: list[tuple[Mark, bool]] = [
        ("N+1", "N+1" in kinds),
        ("duplicates", "duplicates" in kinds),
        ("error", failed or sent.status >= 500 or any(one.error for one in run)),
        ("writes", any(writes(one.sql) for one in run)),
        ("leak", sent.connections_leaked > 0),
        ("truncated", sent.request.truncated or sent.response.truncated or bool(sent.overflow)),
        ("re-encoded", sent.re_encoded),
    ]
    return [mark for mark, holds in found if holds]


@lru_cache(maxsize=4096)
def writes(sql: str) -> bool:
    """Whether a statement changes data: nothing that only reads, sets or frames a transaction."""
    if reads(sql):
        # A common table expression may write; its words tell.
        head = sql.lstrip("( \t\r\n")[:4].lower()
        return head == "with" and any(
            f"{word} " in sql.lower() for word in ("insert into", "update", "delete from")
        )
    head = sql.lstrip().split(None, 1)[0].lower() if sql.strip() else ""
    harmless = (
        "pragma",
        "set",
        "show",
        "explain",
        "begin",
        "commit",
        "rollback",
        "savepoint",
        "release",
        "start",
    )
    return bool(head) and head not in harmless


def _unexplained(sent: ProbeRequest) -> float:
    work = [(one.start_ms - one.pool_wait_ms, one.start_ms + one.duration_ms) for one in sent.statements]
    work += [(span.start_ms, span.start_ms + span.duration_ms) for span in sent.spans]
    return max(0.0, sent.duration_ms - covered(work, sent.duration_ms))


def covered(work: Iterable[tuple[float, float]], end: float) -> float:
    """How much of 0..end lies inside at least one interval."""
    total, reached = 0.0, 0.0
    for start, stop in sorted(work):
        start, stop = max(start, reached), min(stop, end)
        if stop > start:
            total += stop - start
            reached = stop
    return total
