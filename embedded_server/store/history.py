"""Past statements in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Engine, delete, select
from sqlalchemy.orm import Session

from embedded_server.wire.console import HistoryEntry

from .models import HistoryRow


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
        row = HistoryRow(
            at=at,
            connection=connection,
            sql=sql,
            elapsed_ms=elapsed_ms,
            count=count,
            error=error,
            origin=origin,
        )
        with Session(self._engine) as session, session.begin():
            session.add(row)
            session.flush()
            return row.id

    def search(
        self,
        connection: str = "",
        query: str = "",
        *,
        limit: int = 200,
        before: int | None = None,
        origin: str = "",
    ) -> list[HistoryEntry]:
        """Newest first; `query` is found anywhere in the text without regard to case."""
        conditions = _conditions(connection, query, origin)
        if before is not None:
            conditions.append(HistoryRow.id < before)
        select_rows = select(HistoryRow).where(*conditions).order_by(HistoryRow.id.desc()).limit(limit)
        with Session(self._engine) as session:
            return [_entry(row) for row in session.scalars(select_rows)]

    def forget(self, connection: str = "", query: str = "", *, origin: str = "") -> None:
        """Delete what `search` with the same arguments would find."""
        with Session(self._engine) as session, session.begin():
            session.execute(delete(HistoryRow).where(*_conditions(connection, query, origin)))


def _conditions(connection: str, query: str, origin: str) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if connection:
        conditions.append(HistoryRow.connection == connection)
    if origin:
        conditions.append(HistoryRow.origin == origin)
    if query:
        conditions.append(HistoryRow.sql.icontains(query, autoescape=True))
    return conditions


def _entry(row: HistoryRow) -> HistoryEntry:
    return HistoryEntry(
        row.id, row.at, row.connection, row.sql, row.elapsed_ms, row.count, row.error, row.origin
    )
