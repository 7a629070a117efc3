"""Running SQL for one tab: one run at a time, its cancellation, and what is known of its transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.api.client import Client
from desktop.kit.flow import Cancelled, Flow, Waiter
from embedded_server.wire.console import (
    RUN,
    SESSION,
    RunRequest,
    RunResponse,
    SessionRequest,
    SessionResponse,
)
from embedded_server.wire.guard import GUARD, GuardRequest, GuardResponse
from embedded_server.wire.problem import Problem, ProblemError

SHOWN_AFTER_MILLISECONDS = 300
TICK_MILLISECONDS = 250
# An open transaction at rest: how often the server looks whether its connection still stands.
WATCH_SECONDS = 2.0


@dataclass(frozen=True)
class Asked:
    """A run as it was asked for; `offset` is where its text stands in the script (Python characters)."""

    sql: str
    offset: int
    single: bool
    connection: str
    params: dict[str, Any] = field(default_factory=dict)
    limit: int = 1000
    manual: bool = False
    stop_on_error: bool = True
    # Whether the server is to look for what the script would destroy, and ask before it runs.
    guarded: bool = False
    # What was typed to say yes on production: the server gives a token for it.
    word: str = ""


@dataclass
class Transaction:
    """What is known of the session's transaction; `since` by the monotonic clock, 0.0 without one."""

    state: str = "auto"
    statements: int = 0
    sql: list[str] = field(default_factory=list)
    since: float = 0.0

    def open(self) -> bool:
        """Whether something could be committed or is failed and must be rolled back."""
        return self.state in ("idle", "active", "failed")

    def seconds(self) -> int:
        """How long it has been open."""
        return int(time.monotonic() - self.since) if self.since else 0


class Runs(QObject):
    """`changed`: a run began, goes on or ended, or the transaction is another one. `finished(Asked,
    RunResponse)`, `failed(Asked, Problem)`; `questioned(Asked, GuardResponse)` instead, when somebody must
    say yes first; `ended(Problem or None)` after a commit or rollback."""

    changed = Signal()
    finished = Signal(object, object)
    failed = Signal(object, object)
    questioned = Signal(object, object)
    ended = Signal(object)

    def __init__(self, client: Client, session: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self.session = session
        self.transaction = Transaction()
        self._asked: Asked | None = None
        self._reply: Waiter[Any] | None = None
        self._since = 0.0
        self._stopping = False
        self._ending: Flow | None = None
        # How the transaction was ended last.
        self.action: Literal["commit", "rollback"] = "rollback"
        self._watching: Flow | None = None
        self._watched = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MILLISECONDS)
        self._timer.timeout.connect(self._tick)
        client.online_changed.connect(self._online)

    # --- asking --------------------------------------------------------------------------------------

    def running(self) -> bool:
        """Whether a run is under way."""
        return self._asked is not None

    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def elapsed_ms(self) -> int:
        """How long the run has been going on; 0 before it is worth telling."""
        elapsed = int((time.monotonic() - self._since) * 1000) if self.running() else 0
        return elapsed if elapsed >= SHOWN_AFTER_MILLISECONDS else 0

    def chip(self) -> str:
        """The transaction in a few words."""
        known = self.transaction
        if known.state == "lost":
            return "TXN lost"
        if not known.open():
            return "AUTO"
        minutes, seconds = divmod(known.seconds(), 60)
        failed = " failed" if known.state == "failed" else ""
        count = f"{known.statements} stmt" + ("" if known.statements == 1 else "s")
        running = " · running" if self.running() else ""
        return f"TXN{failed} {count} {minutes:02}:{seconds:02}{running}"

    # --- running -------------------------------------------------------------------------------------

    def run(self, asked: Asked) -> None:
        """Run; the caller has made sure that nothing runs."""
        self._asked = asked
        self._since = time.monotonic()
        self._stopping = False
        self._timer.start()
        Flow(self, self._run(asked), self._broken)
        self.changed.emit()

    def stop(self) -> None:
        """Stop the statement in the database; what ran before it stays and is shown."""
        call_id = getattr(self._reply, "call_id", "")
        if not self.running():
            return
        if self._stopping or not call_id:
            # Told twice, or not sent yet: do not wait for the answer.
            if self._reply is not None:
                self._reply.cancel()
            return
        self._stopping = True
        self._client.cancel_job(call_id)
        self.changed.emit()

    async def _run(self, asked: Asked) -> None:
        try:
            if asked.guarded and await self._is_questioned(asked):
                return
            answer = await self._answer(asked, await self._token(asked) if asked.word else "")
        except ProblemError as error:
            self._end()
            if error.problem.code == "server.lost":
                self._lose()
            self.failed.emit(asked, error.problem)
            return
        except Cancelled:
            self._end()
            self.failed.emit(asked, Problem("job.cancelled", "Cancelled"))
            return
        self._end()
        self._follow(answer.transaction, answer.transaction_statements, answer.transaction_sql)
        self.finished.emit(asked, answer)

    async def _is_questioned(self, asked: Asked) -> bool:
        self._reply = self._client.call(GUARD, _guarding(asked))
        answer: GuardResponse = await self._reply
        if answer.ask:
            self._end()
            self.questioned.emit(asked, answer)
        return bool(answer.ask)

    async def _token(self, asked: Asked) -> str:
        self._reply = self._client.call(GUARD, _guarding(asked))
        answer: GuardResponse = await self._reply
        return answer.token

    async def _answer(self, asked: Asked, confirmed: str) -> RunResponse:
        request = RunRequest(
            connection=asked.connection,
            sql=asked.sql,
            session=self.session,
            params=asked.params,
            limit=asked.limit,
            on_error="stop" if asked.stop_on_error else "continue",
            transaction="manual" if asked.manual else "auto",
            single=asked.single,
            confirmed=confirmed,
        )
        self._reply = self._client.call(RUN, request)
        answer: RunResponse = await self._reply
        return answer

    def _end(self) -> None:
        self._asked, self._reply, self._stopping = None, None, False
        self._tick()
        self.changed.emit()

    def _broken(self, problem: Problem) -> None:
        asked = self._asked
        self._end()
        if asked is not None:
            self.failed.emit(asked, problem)

    # --- the transaction -----------------------------------------------------------------------------

    def end_transaction(self, action: Literal["commit", "rollback"]) -> None:
        """Commit or roll back."""
        if self._ending is None or self._ending.done:
            self.action = action
            self._ending = Flow(self, self._finish(action), self._refused)

    def close(self) -> None:
        """Close the session; an open transaction is rolled back. Nobody waits for the answer."""
        if self._reply is not None:
            self._reply.cancel()
        if self._client.online:
            self._client.call(SESSION, SessionRequest(self.session, "close"))

    async def _finish(self, action: Literal["commit", "rollback"]) -> None:
        try:
            answer: SessionResponse = await self._client.call(SESSION, SessionRequest(self.session, action))
        except ProblemError as error:
            await self._ask_state(error.problem)
            self.ended.emit(error.problem)
            return
        self._follow(answer.transaction, answer.transaction_statements, answer.transaction_sql)
        self.ended.emit(None)

    async def _ask_state(self, cause: Problem) -> None:
        if cause.code in ("transaction.lost", "console.unknown_session", "server.lost"):
            self._lose()
            return
        try:
            answer = await self._client.call(SESSION, SessionRequest(self.session, "state"))
        except ProblemError:
            self._lose()
            return
        self._follow(answer.transaction, answer.transaction_statements, answer.transaction_sql)

    def _watch(self) -> None:
        """A transaction at rest may end without us: its server killed, a timeout, an administrator."""
        busy = self.running() or not self._client.online or not self.transaction.open()
        over = [flow is None or flow.done for flow in (self._watching, self._ending)]
        if busy or not all(over) or time.monotonic() - self._watched < WATCH_SECONDS:
            return
        self._watched = time.monotonic()
        self._watching = Flow(self, self._look(), self._unseen)

    async def _look(self) -> None:
        known = self.transaction
        answer: SessionResponse = await self._client.call(SESSION, SessionRequest(self.session, "state"))
        if self.running() or not known.open() or answer.transaction == "active":
            return
        if answer.transaction == "lost":
            self._gone(answer)
        elif answer.transaction != known.state:
            self._follow(answer.transaction, answer.transaction_statements, answer.transaction_sql)

    def _gone(self, answer: SessionResponse) -> None:
        self._follow("lost", answer.transaction_statements, answer.transaction_sql)
        self._tell_lost("The connection was lost and the database rolled the transaction back")

    def _tell_lost(self, title: str) -> None:
        known = self.transaction
        count = "1 statement" if known.statements == 1 else f"{known.statements} statements"
        lines = ";\n".join(known.sql)
        detail = f"{count} of it did not take effect:\n{lines}"
        self.ended.emit(Problem("transaction.lost", title, detail, "Run the statements again."))

    def _unseen(self, problem: Problem) -> None:
        if problem.code == "console.unknown_session":
            self._lose_and_tell()

    def _refused(self, problem: Problem) -> None:
        self.ended.emit(problem)

    def _follow(self, state: str, statements: int, sql: list[str]) -> None:
        known = self.transaction
        was_open = known.open()
        known.state, known.statements, known.sql = state, statements, list(sql)
        if known.open() and not was_open:
            known.since = time.monotonic()
        elif not known.open():
            known.since = 0.0
        self._tick()
        self.changed.emit()

    def _lose(self) -> None:
        """The session is gone with whatever was open in it."""
        known = self.transaction
        known.state = "lost" if known.open() and known.statements else "auto"
        known.since = 0.0
        self._tick()
        self.changed.emit()

    def _online(self, online: bool) -> None:
        if not online:
            self._lose_and_tell()

    def _lose_and_tell(self) -> None:
        was_open = self.transaction.open()
        self._lose()
        if was_open and self.transaction.state == "lost":
            self._tell_lost("The server ended and the database rolled the transaction back")

    def _tick(self) -> None:
        if self.running() or self.transaction.open():
            self._watch()
            self.changed.emit()
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()


def _guarding(asked: Asked) -> GuardRequest:
    return GuardRequest(
        connection=asked.connection,
        sql=asked.sql,
        params=asked.params,
        single=asked.single,
        word=asked.word,
    )
