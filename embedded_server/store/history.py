"""Past statements in the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Engine, delete, insert, select

from embedded_server.wire.console import HistoryEntry

from .conditions import COMPARISONS, Condition
from .models import history as table


class History:
    """Appends, searches and forgets statements. Texts arrive with secrets already cut."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self,
        connection: str,
        sql: str,
        elapsed_ms: float,
        *,
        count: int | None = None,
        error: str = "",
        origin: str = "console",
    ) -> int:
        """Append one statement that was run now; returns its id."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        values = {
            "at": at,
            "connection": connection,
            "sql": sql,
            "elapsed_ms": elapsed_ms,
            "count": count,
            "error": error,
            "origin": origin,
        }
        with self._engine.begin() as database:
            result = database.execute(insert(table).values(values))
        return result.lastrowid

    def search(
        self,
        connection: str = "",
        query: str = "",
        *,
        limit: int = 200,
        before: int | None = None,
        origin: str = "",
        wanted: Sequence[Condition] = (),
    ) -> list[HistoryEntry]:
        """Newest first; `query` is found anywhere in the text without regard to case; all `wanted` hold."""
        conditions = _conditions(connection, query, origin, wanted)
        if before is not None:
            conditions.append(table.c.id < before)
        listing = select(table).where(*conditions).order_by(table.c.id.desc()).limit(limit)
        with self._engine.connect() as database:
            # The columns stand in the order of the entry's fields.
            return [HistoryEntry(*row) for row in database.execute(listing)]

    def forget(
        self, connection: str = "", query: str = "", *, origin: str = "", wanted: Sequence[Condition] = ()
    ) -> None:
        """Delete what `search` with the same arguments would find."""
        with self._engine.begin() as database:
            database.execute(delete(table).where(*_conditions(connection, query, origin, wanted)))


def _conditions(
    connection: str, query: str, origin: str, wanted: Sequence[Condition]
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if connection:
        conditions.append(table.c.connection == connection)
    if origin:
        conditions.append(table.c.origin == origin)
    if query:
        conditions.append(table.c.sql.icontains(query, autoescape=True))
    conditions += [COMPARISONS[one.op](table.c[one.column], one.value) for one in wanted]
    return conditions
