"""How a trial is done on each engine that rolls indexes back: two sessions, one of which has the index."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from typing import Any

import msgspec

from embedded_server.engines.base import Session
from embedded_server.explain.case import TableFacts
from embedded_server.explain.explainers import postgresql as pg
from embedded_server.explain.explainers import sqlite
from embedded_server.explain.parsers import postgresql_json
from embedded_server.explain.prepare import Prepared
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan, Suggestion
from embedded_server.wire.problem import problem

LOCK_SECONDS = 3
_BLOCK = 2000
# So many rows are inserted into a copy of the table to see what the index costs each of them.
_WRITTEN, _ROUNDS = 4000, 3


class Bench(ABC):
    """`plain` cannot write and does not see the index; `made` has an open transaction in which it exists."""

    def __init__(self, plain: Lease, made: Lease, statement: Prepared) -> None:
        self.plain = plain
        self.made = made
        self.statement = statement

    @abstractmethod
    def check(self) -> None:
        """Refuse a statement that may write. Raises explain.writes."""

    @abstractmethod
    def begin(self, trial: str, seconds: float) -> None:
        """Open the transaction of `made` with its limits; its session carries the trial's name."""

    @abstractmethod
    def run(self, session: Session) -> float:
        """Run the statement to its end; milliseconds."""

    @abstractmethod
    def plan(self, lease: Lease) -> Plan:
        """The plan; measured where the engine can."""

    @abstractmethod
    def size(self, name: str, schema: str) -> int | None:
        """Bytes of the index."""

    @abstractmethod
    def temporary(self, table: str, schema: str) -> str:
        """Make an empty temporary copy of the table without indexes; its name in SQL."""

    def build(self, ddl: str) -> float:
        """Make the index; milliseconds."""
        started = time.perf_counter()
        self.made.session.execute(ddl).close()
        return (time.perf_counter() - started) * 1000

    def remarks(self, name: str) -> list[str]:
        """What makes the measurement unlike the real thing."""
        return []

    def write_us(self, one: Suggestion, facts: TableFacts | None) -> float | None:
        """Microseconds that each inserted row costs more, measured on a temporary copy."""
        session = self.made.session
        grammar = self.made.grammar
        copy = self.temporary(one.table, one.schema)
        source = grammar.table(one.schema, one.table)
        names = ", ".join(grammar.name(column) for column in _stored(facts, one))
        fill = f"INSERT INTO {copy} ({names}) SELECT {names} FROM {source} LIMIT {_WRITTEN}"
        columns = ", ".join(grammar.name(column) for column in one.columns)
        times: dict[bool, list[float]] = {False: [], True: []}
        rows = 0
        for _ in range(_ROUNDS):
            for indexed in (False, True):
                if indexed:
                    self._do(self._index_on(copy, columns))
                started = time.perf_counter()
                with session.execute(fill) as reading:
                    rows = reading.affected or 0
                times[indexed].append(time.perf_counter() - started)
                self._do(f"DELETE FROM {copy}")
                if indexed:
                    self._do(self._drop())
        if rows < _WRITTEN / 4:
            return None
        return max(0.0, (min(times[True]) - min(times[False])) / rows * 1e6)

    def _index_on(self, copy: str, columns: str) -> str:
        return f"CREATE INDEX backlight_w ON {copy} ({columns})"

    def _drop(self) -> str:
        return "DROP INDEX backlight_w"

    def _do(self, sql: str) -> None:
        self.made.session.execute(sql).close()


def _stored(facts: TableFacts | None, one: Suggestion) -> list[str]:
    columns = [column for column in facts.table.columns if not column.generated] if facts is not None else []
    return [column.name for column in columns if not column.hidden] or list(one.columns)


class PostgresBench(Bench):
    """An index in an open transaction is seen by that transaction alone."""

    def check(self) -> None:
        session = self.plain.session
        with pg.read_only(session, 30):
            plan = pg.plan_of(session, self.statement, "FORMAT JSON, VERBOSE")
            why = pg.why_not_run(session, self.statement, plan)
        if why:
            raise problem("explain.writes", detail=why)

    def begin(self, trial: str, seconds: float) -> None:
        session = self.made.session
        pg.run(session, f"SET application_name = 'backlight trial {trial}'")
        session.begin()
        for name, value in (
            ("lock_timeout", LOCK_SECONDS * 1000),
            ("statement_timeout", int(seconds * 1000)),
            ("idle_in_transaction_session_timeout", int(seconds * 1000) + 60_000),
        ):
            pg.run(session, f"SET LOCAL {name} = {value}")

    def run(self, session: Session) -> float:
        sql, params = self.statement.behind("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON)")
        ((document,),) = self._within(session, sql, params)
        found = postgresql_json.parse(msgspec.json.decode(document))
        return (found.execution_ms or 0.0) + (found.planning_ms or 0.0)

    def plan(self, lease: Lease) -> Plan:
        sql, params = self.statement.behind("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON, VERBOSE)")
        ((document,),) = self._within(lease.session, sql, params)
        return msgspec.structs.replace(
            postgresql_json.parse(msgspec.json.decode(document)), text=str(document)
        )

    def _within(self, session: Session, sql: str, params: Any) -> list[tuple[Any, ...]]:
        if session is self.made.session:
            return pg.run(session, sql, params)
        with pg.read_only(session, 600):
            return pg.run(session, sql, params)

    def size(self, name: str, schema: str) -> int | None:
        quoted = self.made.grammar.table(schema, name).replace("'", "''")
        ((size,),) = pg.run(self.made.session, f"SELECT pg_catalog.pg_relation_size('{quoted}')::text")
        return int(size)

    def temporary(self, table: str, schema: str) -> str:
        self._do(f"CREATE TEMPORARY TABLE backlight_t (LIKE {self.made.grammar.table(schema, table)})")
        return "pg_temp.backlight_t"

    def _drop(self) -> str:
        return "DROP INDEX pg_temp.backlight_w"

    def remarks(self, name: str) -> list[str]:
        sql = (
            "SELECT indcheckxmin::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c"
            " ON c.oid = i.indexrelid WHERE c.relname = %s"
        )
        if pg.run(self.made.session, sql, [name]) == [("true",)]:
            return [
                "Rows of the table were updated shortly before: PostgreSQL does not use the index in the "
                "transaction that made it. Measure again later."
            ]
        return []


class SqliteBench(Bench):
    """One session writes, the other reads on: what is not committed is kept in memory."""

    def check(self) -> None:
        if not self.statement.what.waits:
            raise problem("explain.writes", detail=f"It is no query, but {self.statement.what.kind}.")

    def begin(self, trial: str, seconds: float) -> None:
        # A transaction that outgrows the cache would lock readers out of the file, the other session too.
        self._do("PRAGMA cache_spill = OFF")
        self._do("BEGIN IMMEDIATE")

    def run(self, session: Session) -> float:
        started = time.perf_counter()
        with session.execute(self.statement.bound.sql, self.statement.bound.params) as reading:
            while len(reading.block(_BLOCK)) == _BLOCK:
                pass
        return (time.perf_counter() - started) * 1000

    def plan(self, lease: Lease) -> Plan:
        return sqlite.plan_of(lease, self.statement)

    def size(self, name: str, schema: str) -> int | None:
        return None

    def temporary(self, table: str, schema: str) -> str:
        source = self.made.grammar.table(schema, table)
        self._do(f"CREATE TEMPORARY TABLE backlight_t AS SELECT * FROM {source} LIMIT 0")
        return "backlight_t"

    def _index_on(self, copy: str, columns: str) -> str:
        return f"CREATE INDEX temp.backlight_w ON {copy} ({columns})"

    def _drop(self) -> str:
        return "DROP INDEX temp.backlight_w"


BENCHES: dict[str, type[Bench]] = {"postgresql": PostgresBench, "sqlite": SqliteBench}
