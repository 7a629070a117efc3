"""Saved connections in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from embedded_server.wire.connections import Profile

from .models import ConnectionRow


class Profiles:
    """Reads and writes profiles; secrets never pass through here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Profile]:
        """Most recently used first, then by name."""
        query = select(ConnectionRow).order_by(ConnectionRow.last_used.desc(), ConnectionRow.name)
        with Session(self._engine) as session:
            return [_profile(row) for row in session.scalars(query)]

    def get(self, name: str) -> Profile | None:
        """The profile of that name."""
        with Session(self._engine) as session:
            row = session.get(ConnectionRow, name)
            return _profile(row) if row else None

    def save(self, profile: Profile, previous: str = "") -> Profile:
        """Create or replace; `previous` is the old name when it is renamed."""
        with Session(self._engine) as session, session.begin():
            if previous and previous != profile.name:
                session.execute(delete(ConnectionRow).where(ConnectionRow.name == previous))
            row = session.merge(ConnectionRow(**_fields(profile)))
            return _profile(row)

    def delete(self, name: str) -> bool:
        """Remove; false if there was none."""
        with Session(self._engine) as session, session.begin():
            row = session.get(ConnectionRow, name)
            if row is not None:
                session.delete(row)
            return row is not None

    def used(self, name: str) -> None:
        """Note that a saved connection was opened now."""
        with Session(self._engine) as session, session.begin():
            row = session.get(ConnectionRow, name)
            if row is not None:
                row.last_used = datetime.now(UTC).isoformat(timespec="seconds")


def _profile(row: ConnectionRow) -> Profile:
    return Profile(
        name=row.name,
        url=row.url,
        class_=row.kind,  # type: ignore[arg-type]
        read_only=row.read_only,
        color=row.color,
        options=dict(row.options),
        zone=row.zone,
        has_secret=row.has_secret,
        last_used=row.last_used,
    )


def _fields(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "url": profile.url,
        "kind": profile.class_,
        "read_only": profile.read_only,
        "color": profile.color,
        "options": profile.options,
        "zone": profile.zone,
        "has_secret": profile.has_secret,
        "last_used": profile.last_used,
    }
