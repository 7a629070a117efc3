"""The SQL console: handlers of the `console` endpoints."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.wire.completion import COMPLETE
from embedded_server.wire.console import (
    CLEAR_HISTORY,
    FETCH,
    FORMAT,
    HISTORY,
    RUN,
    SESSION,
    SPLIT,
    FetchRequest,
    FetchResponse,
    FormatRequest,
    FormatResponse,
    HistoryRequest,
    HistoryResponse,
    RunRequest,
    RunResponse,
    SessionRequest,
    SessionResponse,
    SplitRequest,
    SplitResponse,
    Statement,
)
from embedded_server.wire.endpoint import Done, Endpoint
from embedded_server.wire.favourites import (
    DELETE_FAVOURITES,
    EXPORT_FAVOURITES,
    FAVOURITES,
    IMPORT_FAVOURITES,
    MOVE_FAVOURITES,
    SAVE_FAVOURITE,
)
from embedded_server.wire.guard import GUARD
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.sent import CLEAR_SENT, SENT
from embedded_server.wire.sql.classify import classify
from embedded_server.wire.sql.dialect import Dialect, dialect
from embedded_server.wire.sql.placeholders import placeholders

from .completion.complete import complete
from .favourites import files, handlers
from .format import format_sql
from .guard.guard import guard
from .history import conditions
from .own import forget_sent, sent
from .pinning import dialect_of, end_transaction, leave_other_line, run_pinned
from .sessions import tab_of, transaction_state
from .split import pieces

MOST_HISTORY = 1000


def split(request: SplitRequest, call: Call) -> SplitResponse:
    """The text cut into statements, in order. Needs no database; a connection only names the dialect."""
    spoken = _spoken(request, call)
    found: list[Statement] = []
    for piece in pieces(request.sql, spoken):
        sql = request.sql[piece.start : piece.end]
        if piece.skipped:
            found.append(Statement(piece.start, piece.end, piece.line, sql, skipped=piece.skipped))
            continue
        what = classify(sql, spoken)
        names = [mark.text for mark in placeholders(sql, spoken)]
        found.append(Statement(piece.start, piece.end, piece.line, sql, what.kind, what.reads_only, names))
        call.check()
    return SplitResponse(found)


def run(request: RunRequest, call: Call) -> RunResponse:
    """Run every statement of the text on the tab's session (or one of its own).

    Problems of single statements stand in their results. Raises sql.params before anything ran,
    connection.* when the session cannot be opened, console.other_transaction, console.unconfirmed.
    """
    key = request.session or f"once-{call.id}"
    line = call.services.line(request.connection, allow_write=request.allow_write)
    leave_other_line(call.services, key, line)
    try:
        answer = run_pinned(request, call, key, line)
        if answer is None:
            # The session had died while it rested, and nothing depended on it.
            answer = run_pinned(request, call, key, line, reopened=True)
    finally:
        if not request.session:
            line.unpin(key)
    if answer is None:
        raise problem("connection.lost", detail=line.profile.name)
    return answer


def fetch(request: FetchRequest, call: Call) -> FetchResponse:
    """The next rows of a result that a run left open.

    Raises console.unknown_session, console.result_closed when another statement ran since, the session
    was closed, or nobody asked for ten minutes.
    """
    with call.resumed(request.session) as lease:
        tab = tab_of(lease)
        result = tab.open
        if result is None or result.id != request.result:
            raise problem("console.result_closed")
        try:
            rows = result.page(request.limit)
        except ProblemError:
            tab.close_result()
            raise
        if not result.more:
            tab.close_result()
        else:
            tab.keep(result, call.services, request.session)
        tab.used_at = time.monotonic()
        return FetchResponse(rows, result.more)


def session(request: SessionRequest, call: Call) -> SessionResponse:
    """Commit, roll back, close or look at a tab's session.

    Closing rolls an open transaction back; closing what is closed is no error. Raises
    console.unknown_session, transaction.lost when the transaction went away with its connection, sql.error
    when the database refuses the commit.
    """
    line = call.services.line_holding(request.session)
    if request.action == "close":
        if line is not None:
            line.unpin(request.session)
        return SessionResponse(request.session, "auto")
    if request.action == "state" and _is_running(request.session, call):
        return SessionResponse(request.session, "active")
    with call.resumed(request.session) as lease:
        tab = tab_of(lease)
        if request.action != "state":
            end_transaction(request, call, lease, tab)
        state = "lost" if lease.session.gone() else transaction_state(lease, tab)
        idle = (time.monotonic() - tab.used_at) * 1000
        return SessionResponse(request.session, state, tab.statements, list(tab.sql), idle)


def format_text(request: FormatRequest, call: Call) -> FormatResponse:
    """The text laid out. Statements whose meaning the layout would touch stay as they are, with a notice."""
    text, notice = format_sql(request.sql, dialect(request.dialect), request.indent, request.keyword_case)
    call.check()
    return FormatResponse(text, notice)


def past(request: HistoryRequest, call: Call) -> HistoryResponse:
    """Past statements, newest first. Source: the workspace. Raises request.invalid for filter text."""
    limit = max(1, min(request.limit, MOST_HISTORY))
    found = call.services.store.history.search(
        request.connection,
        limit=limit,
        before=request.before,
        origin=request.origin,
        wanted=conditions(request.query),
    )
    return HistoryResponse(found, found[-1].id if len(found) == limit else None)


def forget(request: HistoryRequest, call: Call) -> Done:
    """Delete the past statements that `console.history` would list with the same filter (all pages)."""
    call.services.store.history.forget(
        request.connection, origin=request.origin, wanted=conditions(request.query)
    )
    return Done()


def _spoken(request: SplitRequest, call: Call) -> Dialect:
    if request.dialect or not request.connection:
        return dialect(request.dialect)
    profile, target = call.services.target(request.connection)
    return dialect_of(engine_for(target.url).name, profile.url)


def _is_running(key: str, call: Call) -> bool:
    running = call.services.jobs.jobs()
    return any(job.lane == f"session {key}" and job.id != call.id for job in running)


HANDLERS: dict[Endpoint[Any, Any], Callable[[Any, Call], Any]] = {
    COMPLETE: complete,
    GUARD: guard,
    SPLIT: split,
    RUN: run,
    FETCH: fetch,
    SESSION: session,
    FORMAT: format_text,
    HISTORY: past,
    CLEAR_HISTORY: forget,
    SENT: sent,
    CLEAR_SENT: forget_sent,
    FAVOURITES: handlers.favourites,
    SAVE_FAVOURITE: handlers.save,
    MOVE_FAVOURITES: handlers.move,
    DELETE_FAVOURITES: handlers.delete,
    EXPORT_FAVOURITES: files.export,
    IMPORT_FAVOURITES: files.import_,
}
