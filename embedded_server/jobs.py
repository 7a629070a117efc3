"""Running calls: their registry, their cancellation, and the context a handler gets.

A handler is `def page(request, call) -> response`; whatever it needs of the house it reaches
through `call`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from embedded_server.wire.endpoint import Endpoint, Request, Response
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.server import CancelResponse, Job, JobState

from .lanes import BROKEN, Lease, Line

if TYPE_CHECKING:
    from .services import Services

LaneName = Literal["interactive", "background"]
# How long a cancel call waits for the database's acknowledgement before it answers anyway.
CANCEL_WAIT = 0.05
# The pause between two signals to the database; it doubles each time.
CANCEL_PAUSE = 0.02
# How many ended calls, and cancels of calls that are not here yet, are remembered.
KNOWN_CALLS = 256
# How long a session waits for a signal under way that would otherwise hit its next user.
STRAY_SECONDS = 2.0


@dataclass
class _Using:
    line: Line
    lease: Lease


class Call:
    """One running request."""

    def __init__(self, call_id: str, name: str, services: Services) -> None:
        self.id = call_id
        self.name = name
        self.services = services
        self.started = time.monotonic()
        self.connection = ""
        self.lane = ""
        self.note = ""
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._using: list[_Using] = []
        self._left = threading.Event()
        self._stopper: threading.Thread | None = None
        self._waiting = False

    # --- for handlers --------------------------------------------------------------------------

    def check(self) -> None:
        """Raise job.cancelled if the caller gave up; call it in every loop."""
        if self._cancelled.is_set():
            raise problem("job.cancelled")

    def pause(self, seconds: float) -> None:
        """Wait; raises job.cancelled as soon as the caller gives up."""
        self._cancelled.wait(seconds)
        self.check()

    def progress(self, text: str) -> None:
        """Say how far the work is; shown by `jobs.list`."""
        self.note = text

    def ask(self, endpoint: Endpoint[Request, Response], request: Request) -> Response | None:
        """Another capability's answer within this call, null where that capability is not there."""
        try:
            handler = self.services.handlers[endpoint.name]
        except KeyError:
            return None
        answer: Response = handler(request, self)
        return answer

    def elapsed_ms(self) -> float:
        """Milliseconds since the call came in."""
        return (time.monotonic() - self.started) * 1000

    @contextmanager
    def session(
        self,
        connection: str,
        lane: LaneName = "interactive",
        *,
        view: str = "",
        allow_write: bool = False,
        read_only: bool = False,
    ) -> Iterator[Lease]:
        """A pooled session in autocommit for the time of the block; a `read_only` one cannot write."""
        line = self.services.line(connection, allow_write=allow_write, read_only=read_only)
        self._enter(connection, lane)
        lease = line.acquire(lane, view, self.check)
        broken = True
        try:
            with self._cancellable(line, lease):
                self.check()
                yield lease
            broken = not self._clean(lease)
        except ProblemError as error:
            broken = error.problem.code in BROKEN or not self._clean(lease)
            if error.problem.code in BROKEN:
                line.drop_idle()
            raise
        finally:
            line.release(lease, broken)

    @contextmanager
    def pinned(self, connection: str, key: str, *, allow_write: bool = False) -> Iterator[Lease]:
        """The session that belongs to a console tab; kept open afterwards."""
        line = self.services.line(connection, allow_write=allow_write)
        with self._pinned(line, connection, key) as lease:
            yield lease

    @contextmanager
    def own(self, connection: str, *, read_only: bool = False, allow_write: bool = False) -> Iterator[Lease]:
        """A session for this call alone, closed behind it: what stays in a session harms nobody."""
        key = f"own {self.id} {len(self._using)}"
        line = self.services.line(connection, allow_write=allow_write, read_only=read_only)
        try:
            with self._pinned(line, connection, key) as lease:
                yield lease
        finally:
            line.unpin(key)

    @contextmanager
    def resumed(self, key: str) -> Iterator[Lease]:
        """A pinned session that exists already. Raises console.unknown_session."""
        line = self.services.line_holding(key)
        if line is None:
            raise problem("console.unknown_session", detail=key)
        with self._pinned(line, line.profile.name, key) as lease:
            yield lease

    @contextmanager
    def _pinned(self, line: Line, connection: str, key: str) -> Iterator[Lease]:
        self._enter(connection, f"session {key}")
        lease = line.pin(key, self.check)
        try:
            with self._cancellable(line, lease):
                self.check()
                yield lease
        finally:
            self._clean(lease)
            line.rest(key)

    # --- for the registry ----------------------------------------------------------------------

    def cancel(self) -> threading.Event:
        """Give up: stop what runs in the database, again and again until the handler has left.

        A statement that starts just after one signal was sent would run on, so one signal is not enough.
        Returns an event that is set once the database took a signal (or nothing was running).
        """
        signalled = threading.Event()
        with self._lock:
            self._cancelled.set()
            if self._stopper is None:
                self._stopper = threading.Thread(target=self._stop, args=(signalled,), daemon=True)
                self._stopper.start()
            else:
                signalled.set()
        return signalled

    def _stop(self, signalled: threading.Event) -> None:
        pause = CANCEL_PAUSE
        while True:
            with self._lock:
                using = list(self._using)
            if not using:
                return
            # Every session gets its signal: a generator would stop at the first success.
            if any([use.lease.session.cancel() for use in using]):
                signalled.set()
            if self._left.wait(pause):
                return
            pause = min(pause * 2, 1.0)

    def job(self) -> Job:
        """How the call stands."""
        state: JobState = "queued" if self._waiting else "running"
        if self._cancelled.is_set():
            state = "cancelling"
        return Job(self.id, self.name, state, self.elapsed_ms(), self.connection, self.lane, self.note)

    def _enter(self, connection: str, lane: str) -> None:
        self.connection, self.lane, self._waiting = connection, lane, True

    @contextmanager
    def _cancellable(self, line: Line, lease: Lease) -> Iterator[None]:
        use = _Using(line, lease)
        with self._lock:
            self._using.append(use)
            self._left.clear()
            self._waiting = False
        try:
            with lease.ear.working(self.name, self.id):
                yield
        except ProblemError as error:
            # A driver that was interrupted reports an ordinary SQL error on some engines.
            if self._cancelled.is_set() and error.problem.code == "sql.error":
                raise problem("job.cancelled") from error
            raise
        finally:
            with self._lock:
                self._using.remove(use)
                if not self._using:
                    self._left.set()

    def _clean(self, lease: Lease) -> bool:
        """Whether the session can be given to the next call: no stray signal, still answering."""
        if not self._cancelled.is_set():
            return True
        stopper = self._stopper
        if stopper is not None:
            stopper.join(STRAY_SECONDS)
            if stopper.is_alive():
                return False
        return lease.session.alive()


class Jobs:
    """All running calls by id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}
        # A cancel takes a way of its own and may arrive before its call: then it waits for it here.
        self._ended: deque[str] = deque(maxlen=KNOWN_CALLS)
        self._early: deque[str] = deque(maxlen=KNOWN_CALLS)

    @contextmanager
    def running(self, call: Call) -> Iterator[Call]:
        """Register a call while it runs; a second call of the same id is refused."""
        with self._lock:
            if call.id in self._calls:
                raise problem("request.invalid", detail=f"a call with id {call.id!r} is already running")
            self._calls[call.id] = call
            if call.id in self._early:
                self._early.remove(call.id)
                call.cancel()
        try:
            yield call
        finally:
            with self._lock:
                del self._calls[call.id]
                self._ended.append(call.id)

    def jobs(self) -> list[Job]:
        """Running calls, oldest first."""
        with self._lock:
            calls = sorted(self._calls.values(), key=lambda call: call.started)
        return [call.job() for call in calls]

    def cancel(self, call_id: str) -> CancelResponse:
        """Cancel one call. Answers at once even if the database does not."""
        with self._lock:
            call = self._calls.get(call_id)
            if call is None and call_id not in self._ended and call_id not in self._early:
                self._early.append(call_id)
        if call is None:
            return CancelResponse(False)
        return CancelResponse(True, call.cancel().wait(CANCEL_WAIT))

    def cancel_all(self) -> None:
        """Cancel everything (shutdown)."""
        for job in self.jobs():
            self.cancel(job.id)
