"""Captured requests in the workspace: added in batches, listed by key, pruned in chunks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    and_,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from embedded_server.wire.trace import Trace, TracedStatement, TraceSummary

from .conditions import Condition
from .profiles import Profiles
from .same_database import connection_of
from .steps import Steps
from .trace_conditions import clause
from .trace_models import bodies, statements, traces, values
from .trace_models import steps as steps_table
from .trace_rows import Packed, pack, unpack, value_text, with_body

MOST_BYTES, MOST_TRACES, CHUNK = 256 << 20, 20_000, 200
_SUMMARY = tuple(traces.c[name] for name in TraceSummary.__struct_fields__)
# SQLite takes this many parameters in one statement everywhere.
_AT_ONCE = 500


# The class below has a method of that name.
Summaries = list[TraceSummary]
Statements = list[TracedStatement]


class TopStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement over all captured requests; `sample` its slowest run, of the trace `trace`."""

    fingerprint: str
    sample: TracedStatement
    trace: str
    calls: int
    total_ms: float
    mean_ms: float
    max_ms: float
    requests: int
    routes: list[str]
    connection: str


class Seen(NamedTuple):
    """A request that bound a value, and in which of its statements."""

    summary: TraceSummary
    number: int


TopStatements = list[TopStatement]
SeenList = list[Seen]
Ids = list[str]


class Traces:
    """Keeps at most `most_bytes` and `most_traces`; the oldest go first, pinned ones never."""

    def __init__(self, engine: Engine, profiles: Profiles, steps: Steps) -> None:
        self._engine = engine
        self._profiles = profiles
        self._steps = steps
        self._lock = threading.Lock()
        self._total: tuple[int, int] | None = None
        self.most_bytes, self.most_traces = MOST_BYTES, MOST_TRACES

    def add(self, added: Sequence[Trace]) -> Ids:
        """Store traces in one transaction; one whose id is there already is left as it is.

        Returns the ids that are new.
        """
        return self.add_packed([pack(trace) for trace in added])

    def add_packed(self, added: Sequence[Packed]) -> Ids:
        """As `add`, of traces that were taken apart already."""
        packed = {one.row["id"]: one for one in added}
        with self._lock, self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            known = _existing(connection, traces.c.id, packed)
            fresh = [one for key, one in packed.items() if key not in known]
            if fresh:
                self._insert(connection, fresh)
                self._prune(connection)
        return [one.row["id"] for one in fresh]

    def get(self, key: str) -> Trace | None:
        """A trace with bodies, groups and steps; its statements name saved connections."""
        query = select(traces.c.record, traces.c.pinned, traces.c.request_body, traces.c.response_body)
        with self._engine.connect() as connection:
            row = connection.execute(query.where(traces.c.id == key)).first()
            if row is None:
                return None
            kept = _bodies(connection, [row.request_body, row.response_body])
        trace = unpack(row.record)
        request, response = trace.request, trace.response
        if row.request_body in kept:
            request = with_body(request, kept[row.request_body])
        if row.response_body in kept:
            response = with_body(response, kept[row.response_body])
        return msgspec.structs.replace(
            trace,
            summary=msgspec.structs.replace(trace.summary, pinned=row.pinned),
            request=request,
            response=response,
            statements=self._connected(trace.statements),
            steps=self._steps.of(key),
        )

    def summary(self, key: str) -> TraceSummary | None:
        """The line of one trace."""
        found = self._summaries(select(*_SUMMARY).where(traces.c.id == key))
        return found[0] if found else None

    def summaries(self, keys: Sequence[str]) -> Summaries:
        """The lines of several traces, newest first; unknown ids are left out."""
        found = [
            one
            for start in range(0, len(keys), _AT_ONCE)
            for one in self._summaries(
                select(*_SUMMARY).where(traces.c.id.in_(keys[start : start + _AT_ONCE]))
            )
        ]
        return sorted(found, key=_age, reverse=True)

    def list(
        self,
        wanted: Sequence[Condition] = (),
        *,
        limit: int = 200,
        before: tuple[str, str] | None = None,
    ) -> Summaries:
        """Newest first; all `wanted` hold; `before` is the (at, id) of the last line seen."""
        query = select(*_SUMMARY).where(*map(clause, wanted))
        if before is not None:
            query = query.where(tuple_(traces.c.at, traces.c.id) < before)
        return self._summaries(_newest(query).limit(limit))

    def of_run(self, run: str) -> Summaries:
        """The requests of a replay in the order they were sent."""
        named = or_(traces.c.run == run, traces.c.run.startswith(f"{run}/", autoescape=True))
        found = self._summaries(select(*_SUMMARY).where(named))
        return sorted(found, key=_turn)

    def count(self) -> int:
        """How many there are, without looking at them."""
        with self._lock, self._engine.connect() as connection:
            return self._totals(connection)[0]

    def top(self, limit: int = 50, *, since: str = "", connection: str = "") -> TopStatements:
        """The statements that took most time over all requests, slowest sum first."""
        total = func.sum(statements.c.total_ms)
        query = select(
            statements.c.fingerprint,
            statements.c.database,
            func.sum(statements.c.calls).label("calls"),
            total.label("total_ms"),
            func.max(statements.c.max_ms).label("max_ms"),
            func.count().label("requests"),
            func.group_concat(statements.c.route.distinct()).label("routes"),
        ).group_by(statements.c.fingerprint, statements.c.database)
        if since:
            query = query.where(statements.c.at >= since)
        with self._engine.connect() as database:
            rows = database.execute(query.order_by(total.desc()).limit(limit if not connection else 1000))
            found = [self._top(database, row) for row in rows.all() if self._on(row.database, connection)]
        return [one for one in found if one is not None][:limit]

    def seen(self, keys: Iterable[Any], limit: int = 50) -> SeenList:
        """Requests in which a statement bound one of these values, newest first, with that statement."""
        wanted = [text for text in map(value_text, keys) if text][:_AT_ONCE]
        query = select(*_SUMMARY, func.min(values.c.number)).join(values, values.c.seq == traces.c.seq)
        query = _newest(query.where(values.c.value.in_(wanted)).group_by(traces.c.seq)).limit(limit)
        with self._engine.connect() as connection:
            return [Seen(TraceSummary(**_named(row[:-1])), row[-1]) for row in connection.execute(query)]

    def pin(self, key: str, pinned: bool) -> bool:
        """Keep a trace from being pruned, or let it go; false if there is none."""
        change = update(traces).where(traces.c.id == key).values(pinned=pinned)
        with self._engine.begin() as connection:
            return connection.execute(change).rowcount > 0

    def delete(self, keys: Sequence[str]) -> Ids:
        """Remove traces with all that is known of them; returns the ids of those that were there."""
        return [
            key
            for start in range(0, len(keys), _AT_ONCE)
            for key in self._delete(traces.c.id.in_(keys[start : start + _AT_ONCE]))
        ]

    def clear(self) -> Ids:
        """Remove all that are not pinned."""
        return self._delete(~traces.c.pinned)

    def _delete(self, which: ColumnElement[bool]) -> Ids:
        with self._lock, self._engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            gone = connection.execute(select(traces.c.seq, traces.c.id).where(which)).all()
            for start in range(0, len(gone), CHUNK):
                _remove(connection, gone[start : start + CHUNK])
            self._total = None
            return [row.id for row in gone]

    # --- inside ------------------------------------------------------------------------------------

    def _summaries(self, query: Select[Any]) -> Summaries:
        with self._engine.connect() as connection:
            return [TraceSummary(**_named(row)) for row in connection.execute(query)]

    def _connected(self, found: Statements) -> Statements:
        profiles = self._profiles.all()
        names = {url: connection_of(url, profiles) for url in {one.database for one in found} if url}
        return [
            msgspec.structs.replace(one, connection=names[one.database]) if one.database else one
            for one in found
        ]

    def _on(self, database: str, connection: str) -> bool:
        return not connection or connection_of(database, self._profiles.all()) == connection

    def _top(self, connection: Connection, row: Row[Any]) -> TopStatement | None:
        slowest = (
            select(traces.c.record, statements.c.number)
            .join(traces, traces.c.seq == statements.c.seq)
            .where(statements.c.fingerprint == row.fingerprint, statements.c.database == row.database)
            .order_by(statements.c.max_ms.desc())
            .limit(1)
        )
        found = connection.execute(slowest).first()
        if found is None:
            return None
        trace = unpack(found.record)
        sample = next((one for one in trace.statements if one.number == found.number), None)
        if sample is None:
            return None
        (sample,) = self._connected([sample])
        return TopStatement(
            fingerprint=row.fingerprint,
            sample=sample,
            trace=trace.summary.id,
            calls=row.calls,
            total_ms=row.total_ms,
            mean_ms=row.total_ms / row.calls,
            max_ms=row.max_ms,
            requests=row.requests,
            routes=sorted(row.routes.split(",")),
            connection=sample.connection or sample.database,
        )

    def _insert(self, connection: Connection, fresh: Sequence[Packed]) -> None:
        many, size = self._totals(connection)
        self._total = many + len(fresh), size + _insert(connection, fresh)

    def _totals(self, connection: Connection) -> tuple[int, int]:
        """Number and bytes, counted once from covering indexes and carried on from there."""
        if self._total is None:
            many, size = connection.execute(select(func.count(), func.sum(traces.c.size))).one()
            kept = connection.execute(select(func.sum(bodies.c.size))).scalar()
            self._total = many, (size or 0) + (kept or 0)
        return self._total

    def _prune(self, connection: Connection) -> None:
        while True:
            many, size = self._totals(connection)
            if many <= self.most_traces and size <= self.most_bytes:
                return
            oldest = select(traces.c.seq, traces.c.id).where(~traces.c.pinned).order_by(traces.c.at)
            gone = connection.execute(oldest.limit(CHUNK)).all()
            if not gone:
                return
            _remove(connection, gone)
            self._total = None


def _insert(connection: Connection, fresh: Sequence[Packed]) -> int:
    """Write packed traces; returns the bytes that came to it."""
    kept = {body.hash: body.kept for one in fresh for body in one.bodies}
    known = _existing(connection, bodies.c.hash, kept)
    new = {key: body for key, body in kept.items() if key not in known}
    first = (connection.execute(select(func.max(traces.c.seq))).scalar() or 0) + 1
    numbered = list(enumerate(fresh, first))
    rows: list[tuple[Table, list[tuple[Any, ...]]]] = [
        (bodies, [(key, len(body), body) for key, body in new.items()]),
        (traces, [(seq, *one.columns()) for seq, one in numbered]),
        (statements, [(seq, *shape.values()) for seq, one in numbered for shape in one.shapes]),
        (values, [(value, seq, n) for seq, one in numbered for value, n in one.values.items()]),
    ]
    for table, added in rows:
        if added:
            # The driver's own way: many rows a second come through here.
            marks = ", ".join("?" * len(table.columns))
            connection.exec_driver_sql(f"INSERT INTO {table.name} VALUES ({marks})", added)
    return sum(int(one.row["size"]) for one in fresh) + sum(map(len, new.values()))


def _remove(connection: Connection, gone: Sequence[Any]) -> None:
    seqs, keys = [row.seq for row in gone], [row.id for row in gone]
    chosen = select(traces.c.request_body, traces.c.response_body).where(traces.c.seq.in_(seqs))
    hashes = {key for row in connection.execute(chosen) for key in row if key}
    for table in (traces, statements, values):
        connection.execute(delete(table).where(table.c.seq.in_(seqs)))
    connection.execute(delete(steps_table).where(steps_table.c.trace.in_(keys)))
    used = select(traces.c.seq).where(
        or_(traces.c.request_body == bodies.c.hash, traces.c.response_body == bodies.c.hash)
    )
    connection.execute(delete(bodies).where(and_(bodies.c.hash.in_(hashes), ~used.exists())))


def _existing(connection: Connection, column: ColumnElement[Any], keys: Iterable[str]) -> set[str]:
    wanted, found = list(keys), set[str]()
    for start in range(0, len(wanted), _AT_ONCE):
        found |= set(
            connection.execute(select(column).where(column.in_(wanted[start : start + _AT_ONCE]))).scalars()
        )
    return found


def _bodies(connection: Connection, hashes: list[str]) -> dict[str, bytes]:
    query = select(bodies.c.hash, bodies.c.body).where(bodies.c.hash.in_([key for key in hashes if key]))
    return {row.hash: row.body for row in connection.execute(query)}


def _newest(query: Select[Any]) -> Select[Any]:
    return query.order_by(traces.c.at.desc(), traces.c.id.desc())


def _named(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(TraceSummary.__struct_fields__, row, strict=True))


def _age(summary: TraceSummary) -> tuple[str, str]:
    return summary.at, summary.id


def _turn(summary: TraceSummary) -> tuple[int, str]:
    number = summary.run.rpartition("/")[2]
    return int(number) if number.isdigit() else 0, summary.at
