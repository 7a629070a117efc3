"""Runs composed operations directly: asked for, bounded in waiting, all or none where the database can."""

from __future__ import annotations

import contextlib

from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.schema import ComposeRequest, ComposeResponse, RunRequest, RunResponse

from .composing import compose, refused
from .patience import do, patient
from .reading import rows


def run(request: RunRequest, call: Call) -> RunResponse:
    """Raises schema.not_here, sql.read_only, schema.confirm before anything ran; then schema.locked and the
    database's own problems, with nothing changed where it runs DDL in a transaction."""
    profile, target = call.services.target(request.connection, allow_write=request.allow_write)
    found = refused(profile, target.read_only)
    if found is not None:
        raise ProblemError(found)
    answer = compose(ComposeRequest(request.connection, request.operations), call, request.lock_seconds)
    if answer.refused is not None:
        raise ProblemError(answer.refused)
    _confirmed(answer, request.confirmed)
    statements = [sql for one in answer.composed for sql in one.statements]
    table = next((one.table for one in answer.composed if one.table), "")
    kept = "Nothing was changed." if answer.transaction else ""
    with (
        call.own(request.connection, allow_write=request.allow_write) as lease,
        patient(lease, request.lock_seconds, table, kept),
    ):
        (_all if answer.transaction else _each)(lease, statements)
    call.services.schema_changed(target.url)
    return RunResponse(statements, answer.notes, round(call.elapsed_ms(), 3))


def _confirmed(answer: ComposeResponse, word: str) -> None:
    wanted = answer.word if answer.ask == "type" else "yes"
    if answer.ask and word != wanted:
        raise problem("schema.confirm", answer.question, hint=f"Confirm with {wanted!r}.")


def _all(lease: Lease, statements: list[str]) -> None:
    """One transaction. SQLite's foreign keys are off around it, and checked before it ends."""
    session = lease.session
    sqlite = lease.engine.name == "sqlite"
    if sqlite:
        do(lease, "PRAGMA foreign_keys = OFF")
    broken = set(rows(lease, "PRAGMA foreign_key_check")) if sqlite else set()
    session.begin()
    try:
        for sql in statements:
            do(lease, sql)
        if sqlite and set(rows(lease, "PRAGMA foreign_key_check")) - broken:
            detail = "Rows would refer to what is not there."
            raise problem("sql.error", "A foreign key would be broken.", detail)
    except BaseException:
        with contextlib.suppress(ProblemError):
            session.rollback()
        raise
    session.commit()


def _each(lease: Lease, statements: list[str]) -> None:
    for number, sql in enumerate(statements):
        try:
            do(lease, sql)
        except ProblemError as error:
            if not number:
                raise
            one = error.problem
            ran = f"{number} of {len(statements)} statements ran and stay."
            raise problem(one.code, one.title, f"{one.detail}\n{ran}".strip(), one.hint) from error
