"""What is used up: one file per engine, and the machine."""

from __future__ import annotations

from collections.abc import Callable

from embedded_server.lanes import Lease

from .base import Reading
from .duckdb import read as read_duckdb
from .machine import Machine
from .mariadb import read as read_mariadb
from .postgresql import read as read_postgresql
from .sqlite import read as read_sqlite

__all__ = ["Machine", "Reading", "gauge_of"]

_GAUGES: dict[str, Callable[[Lease, bool], Reading]] = {
    "postgresql": read_postgresql,
    "mysql": read_mariadb,
    "sqlite": read_sqlite,
    "duckdb": read_duckdb,
}


def _unknown(_: Lease, __: bool) -> Reading:
    return Reading(notes=["What this database tells of itself is not known here."])


def gauge_of(engine: str) -> Callable[[Lease, bool], Reading]:
    """How the numbers of this engine are read."""
    return _GAUGES.get(engine, _unknown)
