"""The journal of trials: what is about to be made in somebody's database, written before it is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import psutil
from sqlalchemy import Engine, insert, select, update

from embedded_server.wire.explain import Trial

from .explain_models import trials as table

Listed = list[Trial]


class Unfinished(NamedTuple):
    """A trial whose process is gone."""

    id: str
    at: str
    connection: str
    make: str
    undo: str
    facts: dict[str, Any]


class Trials:
    """Begins and ends trials, and finds those that nobody ended."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, connection: str, make: str, undo: str, facts: dict[str, Any]) -> str:
        """Note what will be made and how it is undone. Returns the trial's id."""
        key = str(facts.get("id") or uuid4().hex[:12])
        mine = {"pid": os.getpid(), "started": psutil.Process().create_time()}
        values = {
            "id": key,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "connection": connection,
            "make": make,
            "undo": undo,
            "state": "begun",
            "facts": facts | mine,
        }
        with self._engine.begin() as database:
            database.execute(insert(table).values(values))
        return key

    def end(self, key: str, state: str, text: str) -> bool:
        """Note how it ended; false if somebody else did already."""
        with self._engine.begin() as database:
            row = database.execute(select(table.c.facts).where(table.c.id == key)).first()
            facts = dict(row.facts) if row is not None else {}
            change = update(table).where(table.c.id == key, table.c.state == "begun")
            return database.execute(change.values(state=state, facts=facts | {"text": text})).rowcount > 0

    def open(self, key: str) -> Unfinished | None:
        """A trial that nobody ended, by its id."""
        names = ("id", "at", "connection", "make", "undo", "facts")
        query = select(*(table.c[name] for name in names)).where(table.c.state == "begun", table.c.id == key)
        with self._engine.connect() as database:
            row = database.execute(query).first()
        return None if row is None else Unfinished(*row)

    def unfinished(self) -> list[Unfinished]:
        """Trials that were begun by a process that is no more."""
        names = ("id", "at", "connection", "make", "undo", "facts")
        query = select(*(table.c[name] for name in names)).where(table.c.state == "begun")
        with self._engine.connect() as database:
            found = [Unfinished(*row) for row in database.execute(query)]
        return [one for one in found if not _lives(one.facts)]

    def list(self, limit: int = 100) -> Listed:
        """Newest first."""
        query = select(table).order_by(table.c.at.desc()).limit(limit)
        with self._engine.connect() as database:
            return [
                Trial(
                    id=row.id,
                    at=row.at,
                    connection=row.connection,
                    make=row.make,
                    state=row.state,
                    text=str(row.facts.get("text", "")),
                )
                for row in database.execute(query)
            ]


def _lives(facts: dict[str, Any]) -> bool:
    try:
        return bool(psutil.Process(int(facts["pid"])).create_time() == facts["started"])
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False
