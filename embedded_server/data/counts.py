"""How many rows: counted, estimated, or remembered."""

from __future__ import annotations

import time

from embedded_server.lanes import Lease

from .ladder import FRESH_SECONDS
from .planner import Count
from .shape import Shape


def remember(lease: Lease, filter_key: bytes, rows: int) -> None:
    """Keep a count that is exact at this moment."""
    lease.memory.put(("data.count", filter_key), (rows, time.monotonic()))


def remembered(lease: Lease, filter_key: bytes) -> Count | None:
    """The last exact count of this table and filter; exact only while it is fresh."""
    found = lease.memory.get(("data.count", filter_key))
    if found is None:
        return None
    rows, at = found
    return Count(rows, time.monotonic() - at < FRESH_SECONDS)


def free(lease: Lease, shape: Shape) -> Count | None:
    """A count that costs nothing: a remembered one, else what the structure came with."""
    known = remembered(lease, shape.filter_key)
    if known is not None or shape.filtered:
        return known
    rows = shape.table.described.rows
    return Count(rows, False) if rows is not None else None


def best(lease: Lease, shape: Shape) -> Count | None:
    """A remembered count, else the engine's estimate of an unfiltered table."""
    known = free(lease, shape)
    if known is not None or shape.filtered:
        return known
    described = shape.table.described
    rows, _ = estimate(lease, described.schema, described.table)
    return Count(rows, False) if rows is not None else None


def estimate(lease: Lease, schema: str, table: str) -> tuple[int | None, str]:
    """The engine's estimate and where it comes from, asked at most once a minute."""
    key = ("data.estimate", schema, table)
    found = lease.memory.get(key)
    if found is None or time.monotonic() - found[1] > FRESH_SECONDS:
        found = (lease.session.estimate(schema, table), time.monotonic())
        lease.memory.put(key, found)
    rows, method = found[0]
    return rows, method


def exact(lease: Lease, shape: Shape) -> int:
    """Count the rows. May take long; the running statement can be cancelled."""
    where = f" WHERE {shape.condition.sql}" if shape.condition.sql else ""
    sql = f"SELECT count(*) FROM {shape.source}{where}"
    with lease.session.execute(sql, list(shape.condition.params)) as reading:
        cell = reading.block(1).columns[0][0]
    rows = int(cell) if isinstance(cell, int | str) else 0
    remember(lease, shape.filter_key, rows)
    return rows
