"""What was done about a trace: the stations of the way from slow to proven."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Engine, insert, select

from embedded_server.wire.refs import Ref
from embedded_server.wire.trace import Step, StepKind

from .trace_models import steps as table


class Steps:
    """Appends and lists steps; any capability may add one for the trace it works for."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, trace: str, kind: StepKind, text: str, ref: Ref | None, facts: dict[str, Any]) -> Step:
        """Note a step now; `facts` are JSON values."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        shown = None if ref is None else msgspec.to_builtins(ref)
        values = {"trace": trace, "kind": kind, "at": at, "text": text, "ref": shown, "facts": facts}
        with self._engine.begin() as connection:
            key = connection.execute(insert(table).values(values)).inserted_primary_key
        return Step(
            id=int(key[0]) if key else 0, trace=trace, kind=kind, at=at, text=text, ref=shown, facts=facts
        )

    def of(self, trace: str) -> list[Step]:
        """The steps of a trace, oldest first."""
        query = select(table).where(table.c.trace == trace).order_by(table.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            # SQLAlchemy's keys are a subclass of str, which msgspec takes for something else.
            return [msgspec.convert({str(name): value for name, value in row.items()}, Step) for row in rows]
