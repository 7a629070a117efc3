"""Asks the questions one after the other and tells each answer as it comes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import msgspec

from embedded_server.jobs import Call
from embedded_server.wire.health import IntegrityEvent, IntegrityRequest, IntegrityResult
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import to_json

from .asking import at_most, impatient, rows, whole
from .linting import LOCK_SECONDS
from .question import Question
from .questions import Kind, kinds
from .schema import Schema, read_schema

MOST_ROWS = 100
_CELL_BYTES = 400
# What ends the whole run; whatever else goes wrong is the answer to one question.
_FATAL = frozenset({"job.cancelled", "connection.lost", "file.replaced", "server.stopping"})


def integrity(request: IntegrityRequest, call: Call) -> Iterator[IntegrityEvent]:
    """A line per question. Raises health.unknown_check, data.unknown_table, job.cancelled, connection.*."""
    wanted = _wanted(request.checks)
    with (
        call.session(request.connection, "background", read_only=True) as lease,
        impatient(lease.session, lease.engine.name, LOCK_SECONDS),
    ):
        schema = read_schema(lease, call, request.schema, request.table)
        asked = [
            question
            for kind in wanted
            if schema.engine in kind.ENGINES
            for question in kind.questions(schema)
        ]
        yield IntegrityEvent(kind="begin", total=len(asked), text=f"{len(schema.tables)} tables")
        for number, question in enumerate(asked):
            call.check()
            call.progress(f"{number + 1} of {len(asked)}: {question.asking}")
            yield IntegrityEvent(kind="asking", done=number, total=len(asked), text=question.asking)
            for result in _answers(schema, question, request):
                yield IntegrityEvent(kind="result", done=number + 1, total=len(asked), result=result)
        yield IntegrityEvent(
            kind="end",
            done=len(asked),
            total=len(asked),
            elapsed_ms=call.elapsed_ms(),
            notes=list(dict.fromkeys(schema.notes)),
        )


def _wanted(names: Collection[str]) -> list[Kind]:
    known = {one.ID: one for one in kinds()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise problem(
            "health.unknown_check", detail=", ".join(unknown), hint=f"Known checks: {', '.join(known)}"
        )
    return [one for one in kinds() if not names or one.ID in names]


def _answers(schema: Schema, question: Question, request: IntegrityRequest) -> Iterator[IntegrityResult]:
    empty = IntegrityResult(
        key=question.key(schema),
        check=question.check,
        title=question.asking,
        severity=question.severity,
        declared=question.declared,
        query=question.query,
        table=question.table.name if question.table is not None else "",
        schema=schema.name,
        of=list(question.of),
    )
    try:
        with at_most(schema.lease.session, request.seconds):
            if question.closer is None:
                yield _answer(schema, question, empty, request)
                return
            closer = question.closer(schema)
    except ProblemError as error:
        schema.call.check()
        if error.problem.code in _FATAL:
            raise
        yield msgspec.structs.replace(empty, problem=error.problem.detail or error.problem.title)
        return
    if not closer:
        yield empty
    for one in closer:
        yield from _answers(schema, one, request)


def _answer(
    schema: Schema, question: Question, empty: IntegrityResult, request: IntegrityRequest
) -> IntegrityResult:
    session = schema.lease.session
    ((told,),) = rows(session, f"SELECT count(*) FROM (\n{question.query}\n) AS wrong")
    count = whole(told) or 0
    if not count:
        return msgspec.structs.replace(empty, operations=list(question.free))
    most = max(1, min(request.rows, MOST_ROWS))
    sql = f"SELECT * FROM (\n{question.query}\n) AS wrong LIMIT {most}"
    with session.execute(sql, cell_bytes=_CELL_BYTES) as reading:
        names = [column.name for column in reading.columns]
        first = [[to_json(cell) for cell in row] for row in reading.block(most).rows()]
    return msgspec.structs.replace(
        empty,
        count=count,
        text=question.found(count),
        columns=names,
        rows=first,
        advice=question.advice,
        operations=list(question.cure),
    )
