"""A run on the session pinned to a tab, and the end of the session's transaction."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from embedded_server.jobs import Call
from embedded_server.lanes import BROKEN, REST_SECONDS, Lease, Line
from embedded_server.services import Services
from embedded_server.wire.console import RunRequest, RunResponse, SessionRequest, TransactionState
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.sql.dialect import Dialect, dialect

from . import history
from .guard.confirming import insist
from .run import Runner, plan
from .sessions import Tab, lost, tab_of, transaction_state


def dialect_of(engine: str, url: str) -> Dialect:
    """The dialect of an engine; of the URL's scheme when the engine serves any product."""
    spoken = dialect(engine)
    return spoken if spoken.name != "generic" else dialect(urlsplit(url).scheme.split("+")[0])


def leave_other_line(services: Services, key: str, line: Line) -> None:
    """Close the tab's session on the connection it was on before.

    Raises console.other_transaction rather than rolling back what stands open there.
    """
    other = services.line_holding(key)
    if other is None or other is line:
        return
    lease = other.pinned(key)
    if lease is not None and transaction_state(lease, tab_of(lease)) in ("idle", "failed"):
        hint = "Commit it or roll it back first."
        raise problem("console.other_transaction", detail=other.profile.name, hint=hint)
    other.unpin(key)


def run_pinned(
    request: RunRequest, call: Call, key: str, line: Line, *, reopened: bool = False
) -> RunResponse | None:
    """Run the request on the tab's session; null when the session died while it rested with nothing open
    in it, so that the run may simply begin on a new one."""
    with call.pinned(request.connection, key, allow_write=request.allow_write) as lease:
        tab = tab_of(lease)
        usable = _answers(lease, tab)
        if not usable and not tab.statements:
            line.unpin(key)
            return None
        answer, gone = _run_on(request, call, lease, usable=usable, reopened=reopened)
        tab.used_at = time.monotonic()
    if gone:
        line.unpin(key)
    return answer


def _answers(lease: Lease, tab: Tab) -> bool:
    """Whether the session can be used: one that rested is asked. A failed transaction answers no question,
    but then the connection is there."""
    tab.close_result()
    if not lease.rested_at or time.monotonic() - lease.rested_at < REST_SECONDS:
        return True
    return lease.session.in_transaction() == "failed" or lease.session.alive()


def _run_on(
    request: RunRequest, call: Call, lease: Lease, *, usable: bool, reopened: bool
) -> tuple[RunResponse, bool]:
    started = time.perf_counter()
    tab = tab_of(lease)
    spoken = dialect_of(lease.engine.name, lease.profile.url)
    steps = plan(request, spoken, lease)
    asked = ((step.sql, step.what, step.piece.line) for step in steps if not step.piece.skipped)
    insist(request, asked, call.services, lease, spoken)
    runner = Runner(request, call, spoken)
    if reopened:
        runner.notes.append(
            "The connection had been lost and was opened anew: session settings and temporary "
            "tables are gone."
        )
    if usable:
        runner.go(steps, lease, tab)
    elif steps:
        runner.refuse(steps, lease, tab)
    state: TransactionState = "lost" if tab.statements else "auto"
    if not runner.lost:
        state = transaction_state(lease, tab)
    answer = RunResponse(
        statements=runner.results,
        unlisted=runner.unlisted,
        not_run=runner.not_run,
        session=request.session,
        transaction=state,
        transaction_statements=tab.statements,
        transaction_sql=list(tab.sql),
        read_only=_refuses_writes(lease),
        elapsed_ms=(time.perf_counter() - started) * 1000,
    )
    return answer, runner.lost


def _refuses_writes(lease: Lease) -> bool:
    """Whether the database refuses writes now: where only the role's or server's default said so, a statement
    may have lifted it."""
    if not lease.info.read_only or lease.profile.read_only:
        return lease.info.read_only
    try:
        return lease.session.info().read_only
    except ProblemError:  # a failed transaction or an open result answers no question
        return True


def end_transaction(request: SessionRequest, call: Call, lease: Lease, tab: Tab) -> None:
    """Commit or roll back. Raises sql.error, transaction.lost."""
    tab.close_result()
    started = time.perf_counter()
    error = ""
    try:
        if request.action == "commit":
            lease.session.commit()
        else:
            lease.session.rollback()
    except ProblemError as failure:
        error = failure.problem.title
        if failure.problem.code in BROKEN:
            raise _lost_at_end(request, call, tab, failure.problem) from failure
        raise
    finally:
        elapsed = (time.perf_counter() - started) * 1000
        name, sql = lease.profile.name, request.action.upper()
        history.remember(call.services, name, sql, elapsed, None, error, "console")
        transaction_state(lease, tab)
    if tab.schema_changed:
        tab.schema_changed = False
        call.services.schema_changed(lease.profile.url)


def _lost_at_end(request: SessionRequest, call: Call, tab: Tab, cause: Problem) -> ProblemError:
    line = call.services.line_holding(request.session)
    if line is not None:
        line.unpin(request.session)
    return ProblemError(lost(tab, cause))
