"""The exchanges of one run: sent one after the other, their answers and times kept."""

from __future__ import annotations

import time

from embedded_server.jobs import Call
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.replays import Run

from .engine import Engine, Exchange
from .exchanges import TRACE_HEADER, Collected, answer_of, hash_of, now, run_of, sent_of
from .plan import Plan
from .session import Session

# Different answers that are kept besides the first two.
KEPT_ANSWERS = 6
# After so many failures in a row the rest is not tried.
FAILURES = 3
_EVENT_SECONDS = 0.1


class Repeat:
    """The exchanges of one run."""

    def __init__(
        self, engine: Engine, session: Session, made: Plan, run: str, origin: str, call: Call
    ) -> None:
        self._engine, self._session, self._made = engine, session, made
        self.run, self._origin, self._call = run, origin, call
        self.collected = Collected()
        self.prepared, self._notes = session.prepared(made.draft, self._names(0))
        # What an answer tells about being let in, once it is known.
        self.hint = ""
        self._hashes: set[str] = set()
        self._told = 0.0

    def _names(self, number: int) -> list[tuple[str, str]]:
        names = [("X-Backlight-Run", f"{self.run}/{number}")]
        return [*names, ("X-Backlight-Origin", self._origin)] if self._origin else names

    def go(self, count: int, warm_up: int) -> Collected:
        """Warm up, then send; raises what the very first exchange fails with."""
        self.block(1, count, warm_up, count)
        return self.collected

    def block(self, first: int, count: int, warm_up: int, total: int) -> bool:
        """Warm up, then send `count` requests, numbered from `first` of `total`; false to try no more."""
        self._engine.prepare(self.prepared)
        for _ in range(warm_up):
            self._call.check()
            self._engine.run()
        failures = 0
        for number in range(first, first + count):
            self._call.check()
            failed = self._one(number)
            failures = failures + 1 if failed else 0
            self._tell(number, total)
            if failures >= FAILURES:
                return False
        return True

    def _one(self, number: int) -> bool:
        self._engine.number(self._names(number)[0])
        at = now()
        try:
            exchange = self._engine.run(record=number == 1)
        except ProblemError as error:
            if number == 1 or error.problem.code == "job.cancelled":
                raise
            told = f"{error.problem.title} {error.problem.detail}".strip()
            self.collected.runs.append(Run(number=number, at=at, problem=told))
            return True
        self._take(number, at, exchange)
        return False

    def _take(self, number: int, at: str, exchange: Exchange) -> None:
        kept = self.collected
        key = hash_of(exchange)
        if number == 1:
            kept.sent = sent_of(exchange, self._notes)
        fresh = key not in self._hashes and len(kept.answers) < KEPT_ANSWERS
        if number <= 2 or fresh:
            kept.answers[number] = answer_of(exchange)
            self._hashes.add(key)
        kept.runs.append(run_of(number, at, exchange, key))
        if trace := exchange.header(TRACE_HEADER):
            kept.ids[number] = trace

    def _tell(self, number: int, count: int) -> None:
        now = time.monotonic()
        if now - self._told >= _EVENT_SECONDS or number == count:
            self._told = now
            self._call.progress(f"replay {number} of {count}")
            self._call.services.events.emit("http.run", run=self.run, done=number, total=count)
