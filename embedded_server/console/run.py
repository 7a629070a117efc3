"""Running a script statement by statement on the session of its tab."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from embedded_server.engines.support.binding import Bound, bind
from embedded_server.jobs import Call
from embedded_server.lanes import BROKEN, Lease
from embedded_server.wire.console import Result, RunRequest
from embedded_server.wire.problem import Action, Problem, ProblemError
from embedded_server.wire.sql.classify import CONTROL, SCHEMA_KINDS, Classified, classify, plain_control
from embedded_server.wire.sql.dialect import Dialect

from . import history
from .redact import redacted, without_secrets
from .results import OpenResult
from .sessions import Tab, lost
from .split import Piece, pieces

# Beyond these a script's plain successes are only counted, and not remembered one by one.
LISTED = 500
_CHANGING = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH"})
# Products whose drivers do not tell whether a transaction is open: their sessions must be told.
_TOLD = frozenset({"generic", "duckdb"})
# Lines for another program than the database that need no mention: they have done their work.
_SILENT = frozenset({"DELIMITER", "GO"})


@dataclass(frozen=True)
class Step:
    """A statement of the script, bound to its parameters."""

    piece: Piece
    sql: str
    bound: Bound
    what: Classified


def plan(request: RunRequest, spoken: Dialect, lease: Lease) -> deque[Step]:
    """Every statement with its parameters, before anything runs. Raises sql.params."""
    steps: deque[Step] = deque()
    anonymous = 0
    for piece in _cut(request, spoken):
        sql = request.sql[piece.start : piece.end]
        if piece.skipped:
            if piece.skipped not in _SILENT:
                steps.append(Step(piece, sql, Bound(sql, None), Classified("", False)))
            continue
        try:
            bound, anonymous = bind(sql, spoken, lease.grammar, request.params, anonymous)
        except ProblemError as error:
            place = piece.start + (error.problem.position or 0)
            raise ProblemError(msgspec.structs.replace(error.problem, position=place)) from error
        steps.append(Step(piece, sql, bound, classify(sql, spoken)))
    return steps


def _cut(request: RunRequest, spoken: Dialect) -> Iterable[Piece]:
    if not request.single:
        return pieces(request.sql, spoken)
    end = len(request.sql.rstrip())
    return [Piece(0, end, end, 1)] if end else []


class Runner:
    """One `console.run`: goes through the steps and collects their results.

    `lost` tells that the connection went away, so that the session cannot be used again.
    """

    def __init__(self, request: RunRequest, call: Call, spoken: Dialect) -> None:
        self.results: list[Result] = []
        self.unlisted = 0
        self.not_run = 0
        self.lost = False
        self.notes: list[str] = []
        self._request = request
        self._call = call
        self._spoken = spoken
        self._remembered = 0

    def go(self, steps: deque[Step], lease: Lease, tab: Tab) -> None:
        """Run the steps in order until one fails (or all, as the request says)."""
        lease.session.notices()
        total = len(steps)
        while steps:
            if total > 1:
                self._call.progress(f"statement {total - len(steps) + 1:,} of {total:,}")
            step = steps.popleft()
            result = self._step(step, lease, tab, last=not any(not rest.piece.skipped for rest in steps))
            self._list(result)
            stop = self.lost or self.given_up() or self._request.on_error == "stop"
            if result.error is not None and stop:
                self.not_run = sum(not rest.piece.skipped for rest in steps)
                steps.clear()

    def refuse(self, steps: deque[Step], lease: Lease, tab: Tab) -> None:
        """Answer for a session that was lost with an open transaction: nothing runs."""
        tab.before = "idle"
        cause = Problem("connection.lost", "The database closed the connection")
        self.results.append(self.failed(steps.popleft(), cause, lease, tab, time.perf_counter()))
        self.not_run = len(steps)

    def given_up(self) -> bool:
        """Whether the caller cancelled."""
        try:
            self._call.check()
        except ProblemError:
            return True
        return False

    def failed(self, step: Step, cause: Problem, lease: Lease, tab: Tab, started: float) -> Result:
        """The result of a statement that did not run to its end."""
        if cause.code in BROKEN:
            self.lost = True
            if tab.statements or tab.before in ("idle", "failed"):
                cause = lost(tab, cause)
        elif self.given_up() and cause.code in ("sql.error", "job.cancelled"):
            cause = Problem("job.cancelled", "Cancelled")
        told = self._told(cause, step, lease)
        elapsed = (time.perf_counter() - started) * 1000
        why = told.detail or told.title
        self._remember(step, lease, elapsed, None, why)
        before = self._request.sql[: told.position or 0]
        return Result(
            sql=step.sql,
            start=step.piece.start,
            end=step.piece.end,
            kind=step.what.kind,
            error=msgspec.to_builtins(told),
            error_line=before.count("\n") + 1 if told.position is not None else step.piece.line,
            error_column=len(before) - before.rfind("\n") if told.position is not None else 1,
            elapsed_ms=elapsed,
        )

    # --- one statement ---------------------------------------------------------------------------

    def _step(self, step: Step, lease: Lease, tab: Tab, *, last: bool) -> Result:
        if step.piece.skipped:
            return Result(
                sql=step.sql, start=step.piece.start, end=step.piece.end, skipped=step.piece.skipped
            )
        started = time.perf_counter()
        try:
            self._call.check()
            self._begin(step, lease, tab)
            result = self._execute(step, lease, tab, started, last=last)
        except ProblemError as error:
            failed = self.failed(step, error.problem, lease, tab, started)
            if not self.lost:
                self._settle(step, lease, tab, error=True)
            return msgspec.structs.replace(
                failed, notices=[*self._taken_notes(), *_notices(lease, self.lost)]
            )
        self._settle(step, lease, tab, error=False)
        return msgspec.structs.replace(
            result, notices=[*result.notices, *self._taken_notes(), *_notices(lease)]
        )

    def _begin(self, step: Step, lease: Lease, tab: Tab) -> None:
        tab.close_result()
        state = lease.session.in_transaction()
        if self._request.transaction == "manual" and state == "auto" and step.what.kind not in CONTROL:
            lease.session.begin()
            state = "idle"
        tab.before = state

    def _execute(self, step: Step, lease: Lease, tab: Tab, started: float, *, last: bool) -> Result:
        if self._spoken.name in _TOLD and self._control(step, lease):
            return self._done(step, lease, started)
        lease.ear.theirs = step.bound.sql
        reading = lease.session.execute(step.bound.sql, step.bound.params)
        opened = OpenResult(reading)
        fields: dict[str, Any] = {}
        count: int | None
        try:
            if not reading.columns:
                opened.close()
                count = fields["affected"] = reading.affected
            else:
                rows = opened.page(self._request.limit)
                fields |= {"columns": opened.columns, "rows": rows, "more": opened.more}
                count = None if opened.more else len(rows)
                fields |= self._rest(step, opened, tab, last=last)
                if step.what.kind in _CHANGING and not step.what.waits:
                    count = fields["affected"] = max(reading.affected or 0, opened.fetched)
        except BaseException:
            opened.close()
            raise
        elapsed = (time.perf_counter() - started) * 1000
        self._remember(step, lease, elapsed, count, "")
        piece = step.piece
        return Result(
            sql=step.sql, start=piece.start, end=piece.end, kind=step.what.kind, elapsed_ms=elapsed, **fields
        )

    def _control(self, step: Step, lease: Lease) -> bool:
        """Begin or end a transaction through the session; false for any other statement."""
        name = plain_control(step.sql, self._spoken) if step.what.kind in CONTROL else ""
        if name:
            {
                "begin": lease.session.begin,
                "commit": lease.session.commit,
                "rollback": lease.session.rollback,
            }[name]()
        return bool(name)

    def _done(self, step: Step, lease: Lease, started: float) -> Result:
        elapsed = (time.perf_counter() - started) * 1000
        self._remember(step, lease, elapsed, None, "")
        piece = step.piece
        return Result(sql=step.sql, start=piece.start, end=piece.end, kind=step.what.kind, elapsed_ms=elapsed)

    def _rest(self, step: Step, opened: OpenResult, tab: Tab, *, last: bool) -> dict[str, Any]:
        """What becomes of rows beyond the first page."""
        if not opened.more:
            return {}
        if not step.what.waits:
            # A writing statement has taken effect only when it has run to its end.
            beyond = opened.drain()
            return {"more": False, "notices": [f"{beyond:,} further returned rows are not shown."]}
        if last and self._request.session:
            tab.keep(opened, self._call.services, self._request.session)
            return {"result": opened.id}
        opened.close()
        return {}

    def _settle(self, step: Step, lease: Lease, tab: Tab, *, error: bool) -> None:
        """Follow what the statement did to the transaction and to the schema."""
        before = tab.before
        after = before if tab.open is not None else lease.session.in_transaction()
        if after in ("idle", "failed") and not (error and after == "idle") and step.what.kind not in CONTROL:
            tab.ran(redacted(step.sql, self._spoken))
        if before in ("idle", "failed") and after == "auto" and step.what.kind not in CONTROL:
            what = "rolled back" if error else "committed"
            self.notes.append(f"The database {what} the transaction with this statement.")
        tab.schema_changed = tab.schema_changed or (step.what.kind in SCHEMA_KINDS and not error)
        if after == "auto":
            tab.ended()
            if tab.schema_changed:
                tab.schema_changed = False
                self._call.services.schema_changed(lease.profile.url)

    # --- telling ---------------------------------------------------------------------------------

    def _taken_notes(self) -> list[str]:
        notes, self.notes = self.notes, []
        return notes

    def _told(self, cause: Problem, step: Step, lease: Lease) -> Problem:
        """The problem as the user should see it: placed in the whole text, without passwords, with advice."""
        position = cause.position
        if position is not None:
            position = step.piece.start + min(step.bound.original(position), len(step.sql))
        cause = msgspec.structs.replace(
            cause, position=position, detail=without_secrets(cause.detail, step.sql, self._spoken)
        )
        if cause.code == "sql.read_only":
            hint = cause.hint or "Allow writing in the connection's settings, or use another connection."
            # The profile's name holds no password, unlike a URL in the request.
            edit = Action("connection.edit", "Edit connection", {"connection": lease.profile.name})
            cause = msgspec.structs.replace(cause, hint=hint, action=edit)
        return cause

    def _remember(self, step: Step, lease: Lease, elapsed: float, count: int | None, error: str) -> None:
        self._remembered += 1
        if self._remembered > LISTED and not error:
            return
        sql = redacted(step.sql, self._spoken)
        origin = self._request.origin
        history.remember(self._call.services, lease.profile.name, sql, elapsed, count, error, origin)

    def _list(self, result: Result) -> None:
        plain = result.rows is None and result.error is None and not result.notices
        if plain and len(self.results) >= LISTED:
            self.unlisted += 1
        else:
            self.results.append(result)


def _notices(lease: Lease, gone: bool = False) -> list[str]:
    return [] if gone else lease.session.notices()
