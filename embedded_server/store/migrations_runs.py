"""Migration projects and runs in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from embedded_server.wire.migrations import Settings

from .migrations_models import applications, projects


def now() -> str:
    """This moment, as it is stored."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Record(msgspec.Struct, frozen=True):
    """A run as it is stored: `facts` what is known of it as a whole, `journal` its statements."""

    id: str
    at: str
    project: str
    connection: str
    kind: str
    state: str
    trace: str
    facts: dict[str, Any]
    journal: list[dict[str, Any]]


class Migrations:
    """Remembers projects and their settings, and every run statement by statement."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- projects --------------------------------------------------------------------------------

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

    # --- runs ------------------------------------------------------------------------------------

    def begin(self, record: Record) -> None:
        """A run starts."""
        with self._engine.begin() as connection:
            connection.execute(insert(applications).values(msgspec.to_builtins(record)))

    def change(self, run: str, **values: Any) -> None:
        """Store what changed of a run: `state`, `facts`, `journal`."""
        with self._engine.begin() as connection:
            connection.execute(update(applications).where(applications.c.id == run).values(values))

    def run(self, run: str) -> Record | None:
        """One run."""
        found = self._records(applications.c.id == run, limit=1)
        return found[0] if found else None

    def runs(self, project: str = "", connection: str = "", state: str = "", limit: int = 50) -> list[Record]:
        """Runs, the newest first."""
        wanted = [
            column == value
            for column, value in (
                (applications.c.project, project),
                (applications.c.connection, connection),
                (applications.c.state, state),
            )
            if value
        ]
        return self._records(*wanted, limit=limit)

    def _records(self, *wanted: Any, limit: int) -> list[Record]:
        query = select(applications).where(*wanted).order_by(applications.c.at.desc()).limit(limit)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return [
                msgspec.convert({str(name): value for name, value in row.items()}, Record) for row in rows
            ]
