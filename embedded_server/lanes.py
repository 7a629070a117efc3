"""Who may use which database session when.

Each connection has an interactive lane (two read sessions shared by all views; a waiting request is
dropped when a newer one of the same view arrives), a background lane (one session), and one pinned
session per console tab. Cancelling never waits in a lane.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import msgspec

from embedded_server.engines.base import Engine, Grammar, Session, SessionInfo, Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.connections import Profile
from embedded_server.wire.problem import ProblemError, problem

from .sent import Ear, SentLog

CAPACITY = {"interactive": 2, "background": 1}
# A session that rested longer than this is asked whether it still answers before it is used again.
REST_SECONDS = 1.0
# After these the session's state is unknown; it is closed instead of being used again.
BROKEN = frozenset({"connection.lost", "connection.timeout", "file.replaced", "server.internal"})


class Memory:
    """Per-connection cache (structures, names): cleared as a whole when the schema may have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[Any, Any] = {}
        self.generation = 0

    def get(self, key: Any) -> Any:
        """The cached value or None."""
        with self._lock:
            return self._values.get(key)

    def put(self, key: Any, value: Any) -> None:
        """Remember a value until the next `clear`."""
        with self._lock:
            self._values[key] = value

    def drop(self, key: Any) -> None:
        """Forget one value."""
        with self._lock:
            self._values.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self.generation += 1


@dataclass
class Lease:
    """A session for the time of one call. `state` lives as long as the session (pinned ones use it)."""

    session: Session
    engine: Engine
    grammar: Grammar
    info: SessionInfo
    profile: Profile
    memory: Memory
    epoch: str
    lane: str
    ear: Ear
    state: dict[str, Any] = field(default_factory=dict)
    rested_at: float = 0.0


@dataclass
class _Ticket:
    view: str
    superseded: bool = False


class Line:
    """All lanes of one target."""

    def __init__(
        self,
        profile: Profile,
        target: Target,
        epoch: str,
        way: Callable[[Engine, Target], Session] | None = None,
        sent: SentLog | None = None,
    ) -> None:
        self._way = way
        self._sent = sent or SentLog()
        self.profile = profile
        self.target = target
        self.epoch = epoch
        self.engine = engine_for(target.url)
        self.memory = Memory()
        self._changed = threading.Condition()
        self._idle: dict[str, list[Lease]] = {lane: [] for lane in CAPACITY}
        self._busy: dict[str, int] = dict.fromkeys(CAPACITY, 0)
        self._waiting: dict[str, deque[_Ticket]] = {lane: deque() for lane in CAPACITY}
        self._pinned: dict[str, Lease] = {}
        self._pinned_busy: set[str] = set()
        self._opened: WeakSet[Session] = WeakSet()
        self._introduction = threading.Lock()
        self._closed = False

    # --- pooled lanes --------------------------------------------------------------------------

    def acquire(self, lane: str, view: str, check: Callable[[], None]) -> Lease:
        """Wait for a session of a lane; `check` raises when the call was cancelled."""
        ticket = _Ticket(view)
        with self._changed:
            queue = self._waiting[lane]
            for other in queue:
                other.superseded = other.superseded or bool(view and other.view == view)
            queue.append(ticket)
            self._changed.notify_all()
            try:
                while self._busy[lane] >= CAPACITY[lane] or queue[0] is not ticket:
                    self._still_wanted(ticket, check)
                    self._changed.wait(0.25)
                self._still_wanted(ticket, check)
            finally:
                queue.remove(ticket)
                self._changed.notify_all()
            self._busy[lane] += 1
            lease = self._idle[lane].pop() if self._idle[lane] else None
        try:
            return self._fresh(lease) or self._open(lane)
        except BaseException:
            self._leave(lane)
            raise

    def release(self, lease: Lease, broken: bool) -> None:
        """Give a pooled session back, or close it when its state is unknown."""
        lease.rested_at = time.monotonic()
        with self._changed:
            keep = not broken and not self._closed
            if keep:
                self._idle[lease.lane].append(lease)
        if not keep:
            lease.session.close()
        self._leave(lease.lane)

    def _leave(self, lane: str) -> None:
        with self._changed:
            self._busy[lane] -= 1
            self._changed.notify_all()

    def _still_wanted(self, ticket: _Ticket, check: Callable[[], None]) -> None:
        check()
        if ticket.superseded:
            raise problem("job.superseded")
        if self._closed:
            raise problem("server.stopping")

    # --- pinned sessions -----------------------------------------------------------------------

    def pin(self, key: str, check: Callable[[], None]) -> Lease:
        """The session of a console tab, made at first use; one call at a time."""
        with self._changed:
            while key in self._pinned_busy:
                check()
                self._changed.wait(0.25)
            check()
            self._pinned_busy.add(key)
            lease = self._pinned.get(key)
        try:
            if lease is None:
                lease = self._open(f"pinned:{key}")
                with self._changed:
                    self._pinned[key] = lease
            return lease
        except BaseException:
            self.rest(key)
            raise

    def rest(self, key: str) -> None:
        """The call on a pinned session is over."""
        with self._changed:
            self._pinned_busy.discard(key)
            if key in self._pinned:
                self._pinned[key].rested_at = time.monotonic()
            self._changed.notify_all()

    def unpin(self, key: str) -> bool:
        """Roll back and close a pinned session; false if there is none."""
        with self._changed:
            lease = self._pinned.pop(key, None)
        if lease is not None:
            _close_rolled_back(lease.session)
        return lease is not None

    def pinned(self, key: str) -> Lease | None:
        """The pinned session, if it exists."""
        return self._pinned.get(key)

    # --- opening and closing -------------------------------------------------------------------

    def _fresh(self, lease: Lease | None) -> Lease | None:
        while lease is not None:
            if time.monotonic() - lease.rested_at < REST_SECONDS or lease.session.alive():
                return lease
            lease.session.close()
            self.memory.clear()
            with self._changed:
                lease = self._idle[lease.lane].pop() if self._idle[lease.lane] else None
        return None

    def open_session(self, *, reads: bool = False, ear: Ear | None = None) -> Session:
        """A session of nobody, by way of the target's tunnel if it has one; whoever asked closes it. One
        that only `reads` leaves the file to other programs, where the engine can."""
        target = msgspec.structs.replace(self.target, read_only=True) if reads else self.target
        with (ear or self._ear("aside")).opening():
            return self._way(self.engine, target) if self._way is not None else self.engine.open(target)

    def _ear(self, lane: str) -> Ear:
        return self._sent.ear(self.profile.name, self.engine.name, self.profile.url, lane.split(":")[0])

    def _open(self, lane: str) -> Lease:
        reads = lane in CAPACITY and self.engine.capabilities.reopens
        ear = self._ear(lane)
        session = self.open_session(reads=reads, ear=ear)
        try:
            with self._introduction:  # of sessions opened at once only the first one asks
                info = self.memory.get("session.info") or session.info()
                info = msgspec.structs.replace(info, read_only=self.target.read_only) if reads else info
                self.memory.put("session.info", info)
        except ProblemError:
            session.close()
            raise
        grammar = session.grammar or self.engine.grammar
        self._opened.add(session)
        return Lease(session, self.engine, grammar, info, self.profile, self.memory, self.epoch, lane, ear)

    def backends(self) -> set[str]:
        """The numbers under which the database lists our sessions."""
        return {session.backend() for session in list(self._opened)} - {""}

    def drop_idle(self) -> None:
        """Close resting sessions (the server went away, or the user asked to disconnect)."""
        with self._changed:
            idle = [lease for lane in self._idle.values() for lease in lane]
            for lane in self._idle.values():
                lane.clear()
        for lease in idle:
            lease.session.close()
        self.memory.clear()

    def close(self) -> None:
        """Close everything; pinned transactions are rolled back."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.drop_idle()
        for key in list(self._pinned):
            self.unpin(key)


def _close_rolled_back(session: Session) -> None:
    try:
        if session.in_transaction() not in ("auto", "lost"):
            session.rollback()
    except ProblemError:
        pass
    session.close()
