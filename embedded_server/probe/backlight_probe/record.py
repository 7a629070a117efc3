"""What is noted while a request runs. Kept raw and cheap here; made into a message by the sender's thread."""

from __future__ import annotations

import contextvars
import os
import random
import threading
import time
from typing import Any, Callable, Sequence

from .config import MOST_LOGS, MOST_SPANS, MOST_STATEMENTS

# A generator of our own: applications and their tests seed the common one.
_random = random.Random(os.urandom(32))
CURRENT: contextvars.ContextVar[Record | None] = contextvars.ContextVar("backlight_request", default=None)
clock = time.perf_counter
# (start, end, sql, parameters, names, many, rows, error, frames, dialect, url, transaction, wait, kind)
Statement = Sequence[Any]


def new_id() -> str:
    """32 hexadecimal digits."""
    return f"{_random.getrandbits(128):032x}"


def reseed() -> None:
    """A forked child must not repeat its parent's ids."""
    _random.seed(os.urandom(32))


if hasattr(os, "register_at_fork"):
    # Here and not where sending starts: a server may fork its workers before any of that is needed.
    os.register_at_fork(after_in_child=reseed)


class Record:
    """One request, or work outside of one (`method` JOB or THREAD)."""

    # Of the class until they differ: a request sets few of them, and every microsecond is the application's.
    route = run = origin = parent = test = host = ""
    app: Any = None
    status = body_size = body_kept = request_size = connections = transaction = transactions = 0
    headers: Any = ()
    environ: Any = None
    request_body: Any = None
    request_cut = done = re_encoded = False
    first_byte = wait = ended = 0.0
    overflow: dict[str, list[float]] | None = None
    dropped: dict[str, int] | None = None
    exception: Any = None

    def __init__(self, method: str, target: str) -> None:
        self.id = new_id()
        self.method = method
        self.target = target
        self.body: list[bytes] = []
        self.statements: list[Statement] = []
        self.logs: list[tuple[Any, ...]] = []
        self.spans: list[tuple[Any, ...]] = []
        self.at = time.time()
        self.began = clock()

    def add_statement(self, statement: Statement) -> None:
        """Keep a statement; beyond the limit it is counted by its text."""
        if len(self.statements) < MOST_STATEMENTS:
            self.statements.append(statement)
            return
        if self.overflow is None:
            self.overflow = {}
        counted = self.overflow.get(statement[2])
        if counted is None:
            if len(self.overflow) >= MOST_STATEMENTS:
                self.drop("statements")
                return
            counted = self.overflow[statement[2]] = [0, 0.0]
        counted[0] += 1
        counted[1] += statement[1] - statement[0]

    def add_log(self, log: tuple[Any, ...]) -> None:
        """Keep a log line, or count it."""
        if len(self.logs) < MOST_LOGS:
            self.logs.append(log)
        else:
            self.drop("logs")

    def add_span(self, kind: str, name: str, began: float, detail: str = "", error: str = "") -> None:
        """Keep a stretch of work that ends now, or count it."""
        if len(self.spans) < MOST_SPANS:
            self.spans.append((kind, name, began, clock(), detail, error))
        else:
            self.drop("spans")

    def drop(self, kind: str) -> None:
        """Count what a limit cut off."""
        if self.dropped is None:
            self.dropped = {}
        self.dropped[kind] = self.dropped.get(kind, 0) + 1

    def size(self) -> int:
        """About how many bytes it takes."""
        return (
            1000
            + self.request_size_kept()
            + self.body_kept
            + 600 * len(self.statements)
            + 300 * len(self.logs)
        )

    def request_size_kept(self) -> int:
        """Bytes of the request's body that are held."""
        return len(self.request_body) if self.request_body else 0


class Loose:
    """Work that belongs to no request, gathered per thread so that it is not lost."""

    SECONDS = 1.0

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.records: dict[int, Record] = {}
        self.wake: Callable[[], None] = _nothing

    def record(self) -> Record:
        """Where work of this thread is noted that runs for no request."""
        thread = threading.current_thread()
        found = self.records.get(thread.ident or 0)
        if found is None or len(found.statements) >= MOST_STATEMENTS:
            found = Record("THREAD", thread.name)
            with self.lock:
                self.records[thread.ident or 0] = found
            self.wake()
        return found

    def take(self, all_of_them: bool = False) -> list[Record]:
        """The records that are old enough to be sent."""
        if not self.records:
            return []
        now = clock()
        with self.lock:
            old = [key for key, one in self.records.items() if all_of_them or now - one.began >= self.SECONDS]
            taken = [self.records.pop(key) for key in old]
        for one in taken:
            ends = [statement[1] for statement in one.statements] + [log[0] for log in one.logs]
            one.ended = max(ends, default=one.began)
        return taken


def _nothing() -> None:
    pass


LOOSE = Loose()


class span:
    """Names a stretch of work: inside a request a line of its waterfall, outside a record of its own."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = 0.0
        self.own: Record | None = None
        self.token: Any = None

    def __enter__(self) -> span:
        self.began = clock()
        if CURRENT.get() is None:
            self.own = Record("JOB", self.name)
            self.token = CURRENT.set(self.own)
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        said = f"{kind.__name__}: {error}" if kind is not None else ""
        if self.own is None:
            record = CURRENT.get()
            if record is not None:
                record.add_span("custom", self.name, self.began, "", said)
            return
        CURRENT.reset(self.token)
        if error is not None:
            from .errors import note  # noqa: PLC0415  # lazy: only when something failed

            note(self.own, error, False)
        finish(self.own)


def carried(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function bound to this request, for a thread of a pool that would not know it."""
    context = contextvars.copy_context()

    def call(*args: Any, **kwargs: Any) -> Any:
        return context.copy().run(function, *args, **kwargs)

    return call


def finish(record: Record) -> None:
    """Stop the clock and hand the record to the sender."""
    if record.done:
        return
    record.done = True
    record.ended = clock()
    _put(record)


def _forget(record: Record) -> None:
    pass


_put: Callable[[Record], None] = _forget


def deliver_to(put: Callable[[Record], None]) -> None:
    """Where finished records go."""
    global _put
    _put = put
