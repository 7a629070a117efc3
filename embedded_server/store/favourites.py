"""Saved statements in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.dialects.sqlite import insert

from embedded_server.wire.favourites import Favourite

from .console_models import favourites as table


class Favourites:
    """Saves, lists, moves and deletes. Names are unique in their folder: a taken one gets a number."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[Favourite]:
        """By folder and name, without regard to case."""
        with self._engine.connect() as database:
            rows = [Favourite(**row) for row in database.execute(select(table)).mappings()]
        return sorted(rows, key=lambda one: (one.folder.casefold(), one.name.casefold(), one.id))

    def save(self, one: Favourite) -> Favourite:
        """As it stands now: with an id, a time, and a name nobody else has there."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self._engine.begin() as database:
            identity = one.id or uuid4().hex
            name = _free(database, one.folder, one.name, identity)
            saved = msgspec.structs.replace(one, id=identity, name=name, at=at)
            values = msgspec.to_builtins(saved)
            database.execute(
                insert(table).values(values).on_conflict_do_update(index_elements=["id"], set_=values)
            )
        return saved

    def move(self, ids: list[str], to: str) -> None:
        """Into another folder; unknown ids are left out."""
        with self._engine.begin() as database:
            for identity in ids:
                name = database.execute(select(table.c.name).where(table.c.id == identity)).scalar()
                if name is not None:
                    values = {"folder": to, "name": _free(database, to, name, identity)}
                    database.execute(table.update().where(table.c.id == identity).values(values))

    def delete(self, ids: list[str]) -> None:
        """They go."""
        with self._engine.begin() as database:
            database.execute(delete(table).where(table.c.id.in_(ids)))


def _free(database: Connection, folder: str, name: str, identity: str) -> str:
    others = select(table.c.name).where(table.c.folder == folder, table.c.id != identity)
    taken = {str(row[0]).casefold() for row in database.execute(others)}
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name} ({number})"
    return found
