"""The worker process of one export, import or snapshot: it opens its own session, tells how far it is, ends.

It ends too when its standard input does: then the server is gone, and what was begun is taken back.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import threading
from collections.abc import Generator
from typing import BinaryIO

import msgspec

from embedded_server.data.snapshots.making import Made, make
from embedded_server.engines.base import Target
from embedded_server.engines.support.remote.framing import read, write
from embedded_server.lanes import Lease, Line
from embedded_server.sent import Repeated, SentLog
from embedded_server.wire.connections import Profile
from embedded_server.wire.loading import ImportEvent, ImportRequest
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.snapshots import SnapshotRequest
from embedded_server.wire.transfer import ExportEvent, ExportRequest
from embedded_server.wire.values import msgpack_decoder

from . import exporting, importing

CANCEL = b"cancel"


class Order(msgspec.Struct, frozen=True):
    """What is to be done, and on what; exactly one of the requests is set. `path` is where keys go."""

    profile: Profile
    target: Target
    token: str
    export: ExportRequest | None = None
    load: ImportRequest | None = None
    order: SnapshotRequest | None = None
    path: str = ""


class Said(msgspec.Struct, frozen=True):
    """One event, or the problem it ended in, and the statements sent since the one before; the last one may
    have nothing but those."""

    exported: ExportEvent | None = None
    loaded: ImportEvent | None = None
    made: Made | None = None
    problem: Problem | None = None
    sent: list[Repeated] = []


ORDER = msgpack_decoder(Order)
SAID = msgpack_decoder(Said)
_KEY = "transfer"
_SWITCH_SECONDS = 0.0005


class Work:
    """One order. `cancel` comes from the thread that reads the pipe."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._cancelled = threading.Event()
        self._left = threading.Event()
        self._lease: Lease | None = None
        self._sent = SentLog()

    def cancel(self) -> None:
        """Stop what runs in the database, again until the work has ended."""
        self._cancelled.set()
        pause = 0.02
        while not self._left.wait(pause):
            if self._lease is not None:
                self._lease.session.cancel()
            pause = min(pause * 2, 1.0)

    def give_up(self) -> None:
        """End at the next occasion, on the thread that does the work."""
        self._cancelled.set()

    def heed(self) -> None:
        """Raises job.cancelled once the caller gave up."""
        if self._cancelled.is_set():
            raise problem("job.cancelled")

    def run(self) -> Generator[Said, None, None]:
        """Events, then perhaps the problem, with what was sent on the way."""
        order = self._order
        line = Line(order.profile, order.target, "", sent=self._sent)
        found: Problem | None = None
        try:
            self._lease = lease = line.pin(_KEY, self.heed)
            with lease.ear.working(_KEY, ""):
                for said in self._done(order, lease):
                    yield msgspec.structs.replace(said, sent=self._sent.take())
        except ProblemError as error:
            found = _meant(error, cancelled=self._cancelled.is_set())
        except Exception as error:  # whatever it was, the other side waits for an answer
            found = Problem("server.internal", "The worker failed.", f"{type(error).__name__}: {error}")
        finally:
            self._left.set()
            line.close()
        yield Said(problem=found, sent=self._sent.take())

    def _done(self, order: Order, lease: Lease) -> Generator[Said, None, None]:
        if order.export is not None:
            events = exporting.events(order.export, lease, self.heed, order.token)
            with contextlib.closing(events) as told:
                yield from (Said(exported=event) for event in told)
        elif order.load is not None:
            importing.permit(order.load, lease, order.target.read_only)
            with contextlib.closing(importing.events(order.load, lease, self.heed)) as said:
                yield from (Said(loaded=loaded) for loaded in said)
        elif order.order is not None:
            with contextlib.closing(make(order.order, order.path, lease, self.heed)) as making:
                yield from (Said(made=made) for made in making)


def _meant(error: ProblemError, *, cancelled: bool) -> Problem:
    """A driver that was interrupted reports an ordinary SQL error on some engines."""
    if cancelled and error.problem.code in ("sql.error", "connection.lost"):
        return problem("job.cancelled").problem
    return error.problem


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Do the one order that comes in."""
    # Rows come and go by thousands and hold no cycles: looking for some costs a fifth of the time.
    gc.set_threshold(200_000, 20, 100)
    # One thread reads the file while another waits for the database, which is not to wait for the first.
    sys.setswitchinterval(_SWITCH_SECONDS)
    message = read(source)
    if message is None:
        return
    work = Work(ORDER.decode(message))
    threading.Thread(target=_listen, args=(source, work), daemon=True).start()
    for said in work.run():
        try:
            write(sink, said)
        except OSError:
            work.give_up()  # nobody listens any more


def _listen(source: BinaryIO, work: Work) -> None:
    read(source)  # to be cancelled, or the other side's end
    work.cancel()
