"""Plans that were looked at: the newest ones, and those that were pinned."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec
from sqlalchemy import Engine, delete, insert, select, update

from embedded_server.wire.explain import PlanSummary, StatementResponse

from .explain_models import plans as table

# So many plans that nobody pinned are kept.
MOST = 500
_LISTED = ("id", "at", "connection", "sql", "pinned", "measured", "execution_ms", "cost", "trace")

Summaries = list[PlanSummary]


class Plans:
    """Adds, finds and pins plans with what was found in them."""

    def __init__(self, engine: Engine, most: int = MOST) -> None:
        self._engine = engine
        self._most = most

    def add(self, answer: StatementResponse, fingerprint: str) -> str:
        """Store an answer under an id of its own; the oldest that nobody pinned go. Returns the id."""
        key = uuid4().hex[:16]
        values: dict[str, Any] = {
            "id": key,
            "at": answer.at,
            "connection": answer.connection,
            "sql": answer.sql,
            "fingerprint": fingerprint,
            "trace": answer.origin,
            "pinned": False,
            "measured": answer.plan.measured,
            "execution_ms": answer.plan.execution_ms,
            "cost": answer.plan.cost,
            "plan": msgspec.to_builtins(msgspec.structs.replace(answer, id=key)),
        }
        oldest = select(table.c.id).where(table.c.pinned.is_(False)).order_by(table.c.at.desc())
        with self._engine.begin() as connection:
            connection.execute(insert(table).values(values))
            connection.execute(delete(table).where(table.c.id.in_(oldest.offset(self._most))))
        return key

    def get(self, key: str) -> StatementResponse | None:
        """A stored plan with its findings."""
        with self._engine.connect() as connection:
            row = connection.execute(select(table.c.plan, table.c.pinned).where(table.c.id == key)).first()
        if row is None:
            return None
        answer = msgspec.convert(row.plan, StatementResponse)
        return msgspec.structs.replace(answer, pinned=row.pinned)

    def list(
        self, *, connection: str = "", fingerprint: str = "", pinned: bool = False, limit: int = 100
    ) -> Summaries:
        """Newest first; every argument that is given narrows it."""
        query = select(*(table.c[name] for name in _LISTED)).order_by(table.c.at.desc()).limit(limit)
        if connection:
            query = query.where(table.c.connection == connection)
        if fingerprint:
            query = query.where(table.c.fingerprint == fingerprint)
        if pinned:
            query = query.where(table.c.pinned.is_(True))
        with self._engine.connect() as database:
            rows = database.execute(query).all()
        return [PlanSummary(**dict(zip(_LISTED, row, strict=True))) for row in rows]

    def pin(self, key: str, pinned: bool) -> bool:
        """Keep a plan for good or not; false if there is none of that id."""
        with self._engine.begin() as connection:
            change = update(table).where(table.c.id == key).values(pinned=pinned)
            return connection.execute(change).rowcount > 0
