"""Saved connections in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Engine, RowMapping, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from embedded_server.wire.connections import Profile

from .models import connections


class Profiles:
    """Reads and writes profiles; secrets never pass through here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Profile]:
        """Most recently used first, then by name."""
        query = select(connections).order_by(connections.c.last_used.desc(), connections.c.name)
        with self._engine.connect() as connection:
            return [_profile(row) for row in connection.execute(query).mappings()]

    def get(self, name: str) -> Profile | None:
        """The profile of that name."""
        with self._engine.connect() as connection:
            row = connection.execute(select(connections).where(connections.c.name == name)).mappings().first()
        return _profile(row) if row is not None else None

    def save(self, profile: Profile, previous: str = "") -> Profile:
        """Create or replace; `previous` is the old name when it is renamed."""
        fields: dict[str, Any] = msgspec.to_builtins(profile)
        with self._engine.begin() as connection:
            if previous and previous != profile.name:
                connection.execute(delete(connections).where(connections.c.name == previous))
            statement = insert(connections).values(fields)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=fields))
        return profile

    def delete(self, name: str) -> bool:
        """Remove; false if there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(connections).where(connections.c.name == name)).rowcount > 0

    def used(self, name: str) -> None:
        """Note that a saved connection was opened now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._engine.begin() as connection:
            connection.execute(update(connections).where(connections.c.name == name).values(last_used=now))


def _profile(row: RowMapping) -> Profile:
    # SQLAlchemy's keys are a subclass of str, which msgspec takes for something else.
    return msgspec.convert({str(name): value for name, value in row.items()}, Profile)
