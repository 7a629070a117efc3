"""Who is connected: one file per engine, each with a `Watch`."""

from __future__ import annotations

from .base import Wait, Watch
from .duckdb import DuckdbWatch
from .mariadb import MariadbWatch
from .other import OtherWatch
from .postgresql import PostgresWatch
from .sqlite import SqliteWatch

__all__ = ["Wait", "Watch", "watch_of"]

_WATCHES: dict[str, type[Watch]] = {
    "postgresql": PostgresWatch,
    "mysql": MariadbWatch,
    "sqlite": SqliteWatch,
    "duckdb": DuckdbWatch,
}


def watch_of(engine: str) -> Watch:
    """How sessions of this engine are seen."""
    return _WATCHES.get(engine, OtherWatch)()
