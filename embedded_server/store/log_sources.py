"""Logs that were opened, and how they are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.sqlite import insert

from .logs_models import sources as table

MOST = 50


class Opened(NamedTuple):
    """A log by its path (or a command's words), when it was last opened, the format forced on it."""

    source: str
    at: str
    format: str
    settings: dict[str, Any]


class LogSources:
    """Remembers and lists them; the oldest are forgotten."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def opened(self, source: str, format_name: str, settings: dict[str, Any]) -> None:
        """Note that a log was opened now."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        values = {"source": source, "at": at, "format": format_name, "settings": settings}
        kept = select(table.c.source).order_by(table.c.at.desc()).limit(MOST)
        with self._engine.begin() as connection:
            connection.execute(
                insert(table).values(values).on_conflict_do_update(index_elements=["source"], set_=values)
            )
            connection.execute(delete(table).where(table.c.source.not_in(kept)))

    def get(self, source: str) -> Opened | None:
        """What is known of one."""
        with self._engine.connect() as connection:
            row = connection.execute(select(table).where(table.c.source == source)).first()
        return Opened(*row) if row is not None else None

    def recent(self, limit: int = MOST) -> list[Opened]:
        """Newest first."""
        query = select(table).order_by(table.c.at.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [Opened(*row) for row in connection.execute(query)]

    def forget(self, source: str) -> None:
        """Do not list it any more."""
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.source == source))
