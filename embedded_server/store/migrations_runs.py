"""Migration projects and runs in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from embedded_server.wire.migrations import Settings

from .migrations_models import projects


def now() -> str:
    """This moment, as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Migrations:
    """Remembers projects and their settings."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def folders(self) -> list[str]:
        """Remembered projects, the newest first."""
        query = select(projects.c.folder).order_by(projects.c.at.desc())
        with self._engine.connect() as connection:
            return [str(row[0]) for row in connection.execute(query)]

    def settings(self, folder: str) -> Settings:
        """What the user set for a project; empty where nothing was set."""
        query = select(projects.c.settings).where(projects.c.folder == folder)
        with self._engine.connect() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return msgspec.convert(found, Settings) if found else Settings()

    def remember(self, folder: str, settings: Settings) -> None:
        """Keep a project with its settings."""
        values = {"at": now(), "settings": msgspec.to_builtins(settings)}
        with self._engine.begin() as connection:
            changed = connection.execute(update(projects).where(projects.c.folder == folder).values(values))
            if not changed.rowcount:
                connection.execute(insert(projects).values(folder=folder, **values))

    def forget(self, folder: str) -> None:
        """Remove a project from the list; its files stay."""
        with self._engine.begin() as connection:
            connection.execute(delete(projects).where(projects.c.folder == folder))
