"""The handler of `data.snapshot`, and whether one is worth having."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from embedded_server.data import counts, structures
from embedded_server.data.shape import Shape, shape_of
from embedded_server.data.structures import Table
from embedded_server.data.transfer.process import Worker
from embedded_server.data.transfer.worker import Order
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.problem import problem
from embedded_server.wire.snapshot_state import Snapshot
from embedded_server.wire.snapshots import SnapshotEvent, SnapshotRequest

from . import kept as kept_orders
from .kept import Kept, Snapshots, key_of
from .making import Made, no_key, too_many

Result = TypeVar("Result")
# A page of an order that took longer is slow: every further jump would take as long or much longer.
SLOW_SECONDS = 0.25
_WAIT_SECONDS = 0.1
_ENGINES = frozenset({"sqlite", "postgresql", "mysql"})


def state(shape: Shape, lease: Lease, seconds: float) -> Snapshot | None:
    """How it stands with the order of a page that took so long; null where none is there, nor wanted."""
    kept = kept_orders.of(shape)
    if kept is not None:
        return kept.state()
    slow = ("slow order", shape.fingerprint)
    if seconds > SLOW_SECONDS:
        shape.table.facts.put(slow, True)
    wanted = shape.sorted and shape.table.facts.get(slow) and not _why_not(shape, lease)
    # A database that others work on sorts nothing for nobody before somebody said so.
    return Snapshot("wanted", asks=lease.profile.class_ != "local") if wanted else None


def _why_not(shape: Shape, lease: Lease) -> str:
    """Why no snapshot can be made, as far as that is known; empty if it can."""
    engine = lease.engine
    if engine.name not in _ENGINES or (engine.name == "sqlite" and _is_in_memory(lease.profile.url)):
        return f"{engine.title} cannot be read by a process beside the server."
    key = key_of(shape, lease)
    if key is None:
        return no_key().problem.detail
    count = counts.free(shape)
    return too_many(key).problem.detail if count is not None and count.rows > key.most else ""


def _is_in_memory(url: str) -> bool:
    return ":memory:" in url or url.endswith("sqlite://")


def snapshot(request: SnapshotRequest, call: Call) -> Iterator[SnapshotEvent]:
    """Remember the order of a table's rows: `data.page` reaches every row of it at once from then on, and
    says so. Made in a process of its own, in a file of 8 to 160 bytes a row; the two newest are kept, for 15
    minutes, until the table is refreshed or edited here.

    Raises data.snapshot, data.unknown_table, data.unknown_column, data.bad_filter, data.bad_where,
    job.cancelled, and what reading raises.
    """
    profile, target = call.services.reached(request.connection, allow_write=request.allow_write)
    with call.session(request.connection, allow_write=request.allow_write) as lease:
        why_not = _with_shape(request, lease, lambda shape: _why_not(shape, lease))
    if why_not:
        raise problem("data.snapshot", detail=why_not)
    room = call.services.room("data.snapshots", Snapshots)
    with _alone(room, call):
        path = room.path()
        reading = msgspec.structs.replace(target, read_only=True)
        order = Order(profile, reading, "", order=request, path=str(path))
        try:
            with contextlib.closing(Worker(order)) as worker:
                for said in worker.events(call):
                    made = said.made
                    if made is not None and made.done:
                        yield _keep(request, call, room, path, made)
                    elif made is not None:
                        call.progress(f"{made.rows:,} rows in order")
                        yield SnapshotEvent(state="running", rows=made.rows, elapsed_ms=call.elapsed_ms())
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(room: Snapshots, call: Call) -> Iterator[None]:
    """One after the other; whoever waits can give up."""
    while not room.making.acquire(timeout=_WAIT_SECONDS):
        call.check()
    try:
        yield
    finally:
        room.making.release()


def _with_shape(request: SnapshotRequest, lease: Lease, work: Callable[[Shape], Result]) -> Result:
    def shaped(table: Table) -> Result:
        order, filters = request.order_by, request.filters
        return work(shape_of(table, lease.grammar, None, order, filters, request.where))

    return structures.reading(lease, request.schema, request.table, shaped)


def _keep(request: SnapshotRequest, call: Call, room: Snapshots, path: Path, made: Made) -> SnapshotEvent:
    with call.session(request.connection, allow_write=request.allow_write) as lease:

        def keep(shape: Shape) -> Kept:
            key = key_of(shape, lease)
            if key is None:
                raise problem("data.snapshot", detail="The table has another key now.")
            one = Kept(path, key, made.mark, made.at)
            kept_orders.put(shape, one)
            return one

        one = _with_shape(request, lease, keep)
    room.keep(one)
    return SnapshotEvent(state="done", rows=one.rows, elapsed_ms=call.elapsed_ms(), snapshot=one.state())
