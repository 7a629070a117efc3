"""How many rows: counted, estimated, or remembered."""

from __future__ import annotations

import time

from embedded_server.lanes import Lease

from .ladder import FRESH_SECONDS
from .planner import Count
from .shape import Shape
from .structures import Table


def remember(shape: Shape, rows: int) -> None:
    """Keep a count that is exact at this moment."""
    shape.table.facts.put(("count", shape.filter_key), (rows, time.monotonic()))


def remembered(shape: Shape) -> Count | None:
    """The last exact count of this table and filter; exact only while it is fresh."""
    found = shape.table.facts.get(("count", shape.filter_key))
    if found is None:
        return None
    rows, at = found
    return Count(rows, time.monotonic() - at < FRESH_SECONDS)


def free(shape: Shape) -> Count | None:
    """A count that costs nothing: a remembered one, else what the structure came with."""
    known = remembered(shape)
    if known is not None or shape.filtered:
        return known
    rows = shape.table.described.rows
    return Count(rows, False) if rows is not None else None


def best(lease: Lease, shape: Shape) -> Count | None:
    """A remembered count, else the engine's estimate of an unfiltered table."""
    known = free(shape)
    if known is not None or shape.filtered:
        return known
    rows, _ = estimate(lease, shape.table)
    return Count(rows, False) if rows is not None else None


def estimate(lease: Lease, table: Table) -> tuple[int | None, str]:
    """The engine's estimate and where it comes from, asked at most once a minute."""
    found = table.facts.get("estimate")
    if found is None or time.monotonic() - found[1] > FRESH_SECONDS:
        described = table.described
        found = (lease.session.estimate(described.schema, described.table), time.monotonic())
        table.facts.put("estimate", found)
    rows, method = found[0]
    return rows, method


def exact(lease: Lease, shape: Shape) -> int:
    """Count the rows. May take long; the running statement can be cancelled."""
    where = f" WHERE {shape.condition.sql}" if shape.condition.sql else ""
    sql = f"SELECT count(*) FROM {shape.source}{where}"
    with lease.session.execute(sql, list(shape.condition.params)) as reading:
        cell = reading.block(1).columns[0][0]
    rows = int(cell) if isinstance(cell, int | str) else 0
    remember(shape, rows)
    return rows
