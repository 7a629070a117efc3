"""Snapshots of an order: the keys of all rows, sorted once, so that later jumps cost nothing."""

from __future__ import annotations

import msgspec

from .data import Filter, Order
from .endpoint import Endpoint
from .snapshot_state import Snapshot
from .transfer import State


class SnapshotRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Remember the order of these rows; table, order and filter are those of a `data.page`."""

    connection: str
    table: str
    schema: str = ""
    order_by: list[Order | str] = []
    filters: list[Filter] = []
    where: str = ""
    allow_write: bool = False


class SnapshotEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far it is: `rows` keys are here. The last one has the `snapshot`."""

    state: State
    rows: int = 0
    elapsed_ms: float = 0.0
    snapshot: Snapshot | None = None


SNAPSHOT = Endpoint(
    "data.snapshot",
    "POST",
    "/api/data/snapshot",
    SnapshotRequest,
    SnapshotEvent,
    "Remember the order of rows",
    stream=True,
)
