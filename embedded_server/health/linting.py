"""Runs the checks of a schema."""

from __future__ import annotations

from collections.abc import Collection

from embedded_server.jobs import Call
from embedded_server.wire.health import CheckState, HealthFinding, LintRequest, LintResponse
from embedded_server.wire.problem import ProblemError, problem

from .asking import LOST, impatient
from .lints import Lint, lints
from .schema import Schema, read_schema

# A locked table is left out and named, not waited for.
LOCK_SECONDS = 2.0
_RANK = {"error": 0, "warn": 1, "info": 2}
_SURE = {"high": 0, "medium": 1, "low": 2}


def lint(request: LintRequest, call: Call) -> LintResponse:
    """Findings, the worst first. Raises health.unknown_check, data.unknown_table, job.cancelled."""
    wanted = _wanted(request.checks)
    with call.session(request.connection, "background", read_only=True) as lease:
        engine = lease.engine.name
        found: list[HealthFinding] = []
        states: list[CheckState] = []
        with impatient(lease.session, engine, LOCK_SECONDS):
            schema = read_schema(lease, call, request.schema, request.table)
            for one in wanted:
                call.progress(one.TITLE)
                told, skipped = _run(one, schema, lease.engine.title)
                found += told
                states.append(CheckState(check=one.ID, title=one.TITLE, found=len(told), skipped=skipped))
    found.sort(key=_weight)
    return LintResponse(
        findings=found,
        checks=states,
        tables=len(schema.tables),
        engine=engine,
        schema=schema.name,
        elapsed_ms=call.elapsed_ms(),
        notes=list(dict.fromkeys(schema.notes)),
    )


def _wanted(names: Collection[str]) -> list[Lint]:
    known = {one.ID: one for one in lints()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise problem(
            "health.unknown_check", detail=", ".join(unknown), hint=f"Known checks: {', '.join(known)}"
        )
    return [one for one in lints() if not names or one.ID in names]


def _run(one: Lint, schema: Schema, title: str) -> tuple[list[HealthFinding], str]:
    """What it found, or why it could not look: one check that fails leaves the others alone."""
    if schema.engine not in one.ENGINES:
        return [], f"Not a question for {title}"
    try:
        return list(one.check(schema)), ""
    except ProblemError as error:
        if error.problem.code in LOST:
            raise
        return [], error.problem.detail or error.problem.title


def _weight(one: HealthFinding) -> tuple[int, int, str, str]:
    return (_RANK[one.severity], _SURE[one.confidence], one.check, one.table)
