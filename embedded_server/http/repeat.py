"""The exchanges of one run: sent one after the other, their answers and times kept."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from embedded_server.jobs import Call
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.replays import Run

from . import guard, pace
from .engine import Engine, Exchange
from .exchanges import TRACE_HEADER, Collected, answer_of, hash_of, now, run_of, sent_of
from .plan import Plan
from .session import Session
from .verdict import FEWEST

# Different answers that are kept besides the first two.
KEPT_ANSWERS = 6
# After so many failures in a row the rest is not tried.
FAILURES = 3
# Quick exchanges in a row tell of one moment of the machine. So they are spread over this time at least, in
# blocks, each warmed up anew: what the machine does meanwhile shows in every run alike.
SPREAD_SECONDS, BLOCKS = 2.0, 10
_LONGEST_PAUSE = 0.2
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
        self._here = guard.is_here(urlsplit(made.base).hostname or "")

    def _names(self, number: int) -> list[tuple[str, str]]:
        names = [("X-Backlight-Run", f"{self.run}/{number}")]
        return [*names, ("X-Backlight-Origin", self._origin)] if self._origin else names

    def go(self, count: int, warm_up: int) -> Collected:
        """Warm up, then send; raises what the very first exchange fails with.

        As many as can tell a change are sent in blocks with a pause between them.
        """
        first, begin = 1, time.monotonic()
        # What may write is not sent once more than asked for.
        again = 0 if guard.may_write(self._made.draft) else min(1, warm_up)
        shares = even(count, min(BLOCKS, count // 2)) if count >= FEWEST else [count]
        for place, share in enumerate(shares):
            if place:
                taken = (time.monotonic() - begin) / place
                self._call.pause(min(max(SPREAD_SECONDS / len(shares) - taken, 0.0), _LONGEST_PAUSE))
            if not self.block(first, share, again if place else warm_up, count):
                break
            first += share
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
        at, took = now(), pace.measure() if self._here else 0.0
        try:
            exchange = self._engine.run(record=number == 1)
        except ProblemError as error:
            if number == 1 or error.problem.code == "job.cancelled":
                raise
            told = f"{error.problem.title} {error.problem.detail}".strip()
            self.collected.runs.append(Run(number=number, at=at, problem=told))
            return True
        self._take(number, at, exchange, took)
        return False

    def _take(self, number: int, at: str, exchange: Exchange, took: float) -> None:
        kept = self.collected
        key = hash_of(exchange)
        if number == 1:
            kept.sent = sent_of(exchange, self._notes)
        fresh = key not in self._hashes and len(kept.answers) < KEPT_ANSWERS
        if number <= 2 or fresh:
            kept.answers[number] = answer_of(exchange)
            self._hashes.add(key)
        kept.runs.append(run_of(number, at, exchange, key, took))
        if trace := exchange.header(TRACE_HEADER):
            kept.ids[number] = trace

    def _tell(self, number: int, count: int) -> None:
        now = time.monotonic()
        if now - self._told >= _EVENT_SECONDS or number == count:
            self._told = now
            self._call.progress(f"replay {number} of {count}")
            self._call.services.events.emit("http.run", run=self.run, done=number, total=count)


def even(count: int, parts: int) -> list[int]:
    """So many requests in parts that are as equal as they can be."""
    return [count // parts + (1 if place < count % parts else 0) for place in range(parts)]
