"""Saved requests, environments and replays in the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import msgspec
import zstandard
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from embedded_server.wire.http import Draft, Environment, ReplayResponse, RunSummary
from embedded_server.wire.replays import Answer, Noise

from .http_models import answers, drafts, environments, runs

# Older replays lose their place.
MOST_RUNS = 1000


class Shape(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Statements of one fingerprint in a request of a run: how many, and how long, by medians."""

    fingerprint: str
    sql: str
    count: int
    ms: float
    caller: str = ""
    mark: str = ""


class Measured(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the application reported of a run, so far as it reports; null where it does not."""

    shapes: list[Shape] = []
    logs: list[str] = []
    statements: float | None = None
    sql_ms: float | None = None
    rows: float | None = None


class RunRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stored replay: what was answered to its caller, and what later comparisons need."""

    response: ReplayResponse
    noise: list[Noise] = []
    measured: Measured = Measured()
    draft: Draft = Draft()


_pack = msgspec.msgpack.Encoder().encode
_record = msgspec.msgpack.Decoder(RunRecord)
_answer = msgspec.msgpack.Decoder(Answer)


class Requests:
    """Reads and writes; secrets never pass through here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- drafts --------------------------------------------------------------------------------------

    def drafts(self, query: str = "", limit: int = 200) -> list[Draft]:
        """Saved requests that have all words of the query, newest first."""
        wanted = select(drafts.c.draft).order_by(drafts.c.at.desc(), drafts.c.id)
        for word in query.split():
            wanted = wanted.where(drafts.c.words.icontains(word, autoescape=True))
        with self._engine.connect() as connection:
            return [msgspec.convert(one, Draft) for one in connection.execute(wanted.limit(limit)).scalars()]

    def draft(self, key: str) -> Draft | None:
        """One saved request."""
        with self._engine.connect() as connection:
            row = connection.execute(select(drafts.c.draft).where(drafts.c.id == key)).scalar()
        return None if row is None else msgspec.convert(row, Draft)

    def keep(self, given: list[Draft]) -> list[Draft]:
        """Store requests; those without an id are new."""
        # One second apart at most, yet in the order they came.
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        kept = [msgspec.structs.replace(one, id=one.id or uuid4().hex[:12], at=now) for one in given]
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "folder": one.folder,
                "at": one.at,
                "words": f"{one.name} {one.folder} {one.method} {one.url}",
                "draft": msgspec.to_builtins(one),
            }
            for one in kept
        ]
        if rows:
            statement = insert(drafts)
            changed = {name: statement.excluded[name] for name in ("name", "folder", "at", "words", "draft")}
            with self._engine.begin() as connection:
                connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), rows)
        return kept

    def drop(self, key: str) -> bool:
        """Remove a saved request; false if there was none."""
        with self._engine.begin() as connection:
            return connection.execute(delete(drafts).where(drafts.c.id == key)).rowcount > 0

    # --- environments --------------------------------------------------------------------------------

    def environments(self) -> list[Environment]:
        """All of them, by name."""
        query = select(environments.c.environment).order_by(environments.c.name)
        with self._engine.connect() as connection:
            return [msgspec.convert(one, Environment) for one in connection.execute(query).scalars()]

    def environment(self, name: str) -> Environment | None:
        """The one of that name."""
        query = select(environments.c.environment).where(environments.c.name == name)
        with self._engine.connect() as connection:
            row = connection.execute(query).scalar()
        return None if row is None else msgspec.convert(row, Environment)

    def keep_environment(self, environment: Environment, previous: str = "") -> None:
        """Create or replace; `previous` is the old name when it is renamed."""
        fields: dict[str, Any] = {"environment": msgspec.to_builtins(environment)}
        with self._engine.begin() as connection:
            if previous and previous != environment.name:
                connection.execute(delete(environments).where(environments.c.name == previous))
            statement = insert(environments).values(name=environment.name, **fields)
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=fields))

    def drop_environment(self, name: str) -> bool:
        """Remove; false if there was none."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(environments).where(environments.c.name == name))
            return gone.rowcount > 0

    # --- replays -------------------------------------------------------------------------------------

    def add_run(self, record: RunRecord, summary: RunSummary, kept: dict[int, Answer]) -> None:
        """Store a replay with the answers worth keeping, by the number of their exchange."""
        packed = zstandard.ZstdCompressor(level=3)
        with self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            seq = (connection.execute(select(func.max(runs.c.seq))).scalar() or 0) + 1
            values = {
                "id": summary.run,
                "seq": seq,
                "trace": summary.trace,
                "summary": msgspec.to_builtins(summary),
                "record": packed.compress(_pack(record)),
            }
            connection.execute(insert(runs).values(values))
            rows = [
                {"run": summary.run, "number": number, "answer": packed.compress(_pack(answer))}
                for number, answer in kept.items()
            ]
            if rows:
                connection.execute(insert(answers), rows)
            old = select(runs.c.id).where(runs.c.seq <= seq - MOST_RUNS)
            connection.execute(delete(answers).where(answers.c.run.in_(old)))
            connection.execute(delete(runs).where(runs.c.seq <= seq - MOST_RUNS))

    def runs(self, trace: str = "", limit: int = 200) -> list[RunSummary]:
        """Replays, newest first; of one trace, or all."""
        query = select(runs.c.summary).order_by(runs.c.seq.desc()).limit(limit)
        if trace:
            query = query.where(runs.c.trace == trace)
        with self._engine.connect() as connection:
            return [msgspec.convert(one, RunSummary) for one in connection.execute(query).scalars()]

    def run(self, key: str) -> RunRecord | None:
        """One replay."""
        with self._engine.connect() as connection:
            row = connection.execute(select(runs.c.record).where(runs.c.id == key)).scalar()
        return None if row is None else _record.decode(_unpacked(row))

    def answers(self, run: str) -> dict[int, Answer]:
        """The kept answers of a replay by the number of their exchange."""
        query = select(answers.c.number, answers.c.answer).where(answers.c.run == run)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(answers.c.number)).all()
        return {row.number: _answer.decode(_unpacked(row.answer)) for row in rows}


def _unpacked(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data)
