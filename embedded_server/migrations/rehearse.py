"""Runs revisions and takes them back: in one transaction, or on a copy of the database."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.engines.base import Target
from embedded_server.jobs import Call
from embedded_server.wire.connections import Profile
from embedded_server.wire.migration_runs import PreviewRequest, PreviewResponse, Rehearsal, RowChange
from embedded_server.wire.migrations import Finding, Project
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.refs import RevisionRef

from .backend import Backend
from .clone import broken_keys, cloned, compared, counts
from .collecting import Collected
from .graph import Graph
from .interpreters import chosen
from .place import parts_of
from .runner import events, job_of, running

LOCK_MS = 2000
STATEMENT_MS = 900_000
_CHANGED = (
    "CONCURRENTLY was left out, since it cannot run in a transaction: the time is that of a plain build, and"
    " applied it will keep nobody out."
)
_MY = "MySQL and MariaDB commit every schema change at once, so nothing of it could be taken back."


def rehearse(
    answer: PreviewResponse, target: str, request: PreviewRequest, project: Project, graph: Graph, call: Call
) -> PreviewResponse:
    """Rehearse the plan. Raises migrations.no_rehearsal before the first statement where it cannot be."""
    profile, where = call.services.reached(request.connection, allow_write=request.allow_write)
    parts = parts_of(where)
    _permitted(parts["engine"], profile, where)
    collected = Collected(graph)
    begun = time.monotonic()
    fields = {"direction": request.direction, "revision": target, "read_only": False}
    if parts["engine"] == "sqlite":
        fields["foreign_keys_off"] = request.foreign_keys_off
        done = _on_clone(parts, fields, project, collected, call)
    else:
        done = _rolled_back(parts, where, fields, project, collected, call)
    elapsed = round((time.monotonic() - begun) * 1000, 3)
    done = msgspec.structs.replace(done, elapsed_ms=elapsed, notes=_notes(collected, done))
    findings = [*_lost(done, collected), *answer.findings]
    whole = msgspec.structs.replace(
        answer, steps=collected.steps() or answer.steps, rehearsal=done, findings=findings
    )
    _note_step(whole, request, project, graph, call)
    return whole


def _permitted(engine: str, profile: Profile, where: Target) -> None:
    if engine == "sqlite":
        return
    if engine != "postgresql":
        hint = "Rehearse on a copy of the database: apply there."
        raise problem("migrations.no_rehearsal", detail=_MY if engine == "mysql" else engine, hint=hint)
    if where.read_only:
        raise problem(
            "sql.read_only", detail=f"{profile.name} is read-only; a rehearsal writes and rolls back"
        )
    if profile.class_ == "production":
        detail = "A rehearsal takes the real locks for as long as it runs."
        raise problem("migrations.no_rehearsal", detail=detail, hint="Rehearse on a copy of production.")


def _on_clone(
    parts: dict[str, Any], fields: dict[str, Any], project: Project, collected: Collected, call: Call
) -> Rehearsal:
    source = Path(parts["database"])
    with cloned(source, call.services.store.folder / "rehearsals", uuid4().hex, call.check) as copy:
        before = counts(copy)
        broken = set(broken_keys(copy))
        job = job_of(project, "run", target=parts | {"database": str(copy)}, **fields)
        failed = _drive(job, project, collected, call, None)
        after = [one for one in broken_keys(copy) if one not in broken]
        return Rehearsal("clone", failed is None, 0.0, compared(before, counts(copy)), after, [], failed)


def _rolled_back(
    parts: dict[str, Any],
    where: Target,
    fields: dict[str, Any],
    project: Project,
    collected: Collected,
    call: Call,
) -> Rehearsal:
    job = job_of(
        project,
        "run",
        target=parts,
        dry=True,
        lock_timeout_ms=LOCK_MS,
        statement_timeout_ms=STATEMENT_MS,
        **fields,
    )
    backend = Backend(where)
    try:
        failed = _drive(job, project, collected, call, backend)
    finally:
        backend.close()
    return Rehearsal("transaction", failed is None, 0.0, problem=failed)


def _drive(
    job: dict[str, Any], project: Project, collected: Collected, call: Call, backend: Backend | None
) -> Problem | None:
    """Run the child. What fails in a revision is a finding of the rehearsal, anything else is raised."""
    try:
        with running(chosen(project).path, job) as runner:
            for event in events(runner, call, backend.cancel if backend else None):
                collected.take(event)
                if backend is not None and event["ev"] == "session":
                    backend.number = event["backend"]
    except ProblemError as error:
        if error.problem.code not in ("migrations.failed", "migrations.no_rehearsal") or not collected.plan:
            raise
        return error.problem
    return None


def _notes(collected: Collected, done: Rehearsal) -> list[str]:
    statements = [one for step in collected.steps() for one in step.statements]
    notes = [_CHANGED] if any(one.changed for one in statements) else []
    if done.kind == "clone":
        notes.append("Run on a copy made for it; the database itself was only read.")
    else:
        notes.append("Really run, in one transaction that was rolled back; sequences do not roll back.")
    return notes


def _lost(done: Rehearsal, collected: Collected) -> list[Finding]:
    """Rows that went away though no statement was about their table."""
    told = " ".join(one.sql.lower() for step in collected.steps() for one in step.statements)
    findings = []
    for change in done.tables:
        if not _silent(change, told):
            continue
        gone = (change.before or 0) - (change.after or 0)
        findings.append(
            Finding(
                "L29",
                "error",
                f"{change.table} lost {gone:,} of {change.before:,} rows, and no statement says so",
                "Measured on the copy: rows before and after the rehearsal.",
                'Apply with "Foreign keys off", or take the rebuild of the table out of the revision.',
                table=change.table,
                rows=change.before,
            )
        )
    return findings


def _silent(change: RowChange, told: str) -> bool:
    if change.after is None or (change.before or 0) <= change.after:
        return False
    name = change.table.lower()
    return not any(
        f"{verb} {quote}{name}" in told for verb in ("delete from", "drop table") for quote in ('"', "")
    )


def _note_step(
    answer: PreviewResponse, request: PreviewRequest, project: Project, graph: Graph, call: Call
) -> None:
    rehearsal = answer.rehearsal
    if not request.origin or rehearsal is None or not answer.steps:
        return
    last = answer.steps[-1]
    text = "Rehearsed" if rehearsal.ok else "The rehearsal failed"
    ref = RevisionRef(project.folder, last.revision, request.connection, last.title)
    facts = {
        "revision": last.revision,
        "title": last.title,
        "file": last.file,
        "statements": [one.sql for step in answer.steps for one in step.statements],
        "findings": [msgspec.to_builtins(one) for one in answer.findings if not one.suppressed],
        "elapsed_ms": rehearsal.elapsed_ms,
    }
    call.services.step(request.origin, "rehearsed", f"{text}: {last.title or last.revision}", ref, facts)
