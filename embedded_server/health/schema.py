"""What a check looks at: a schema's tables with their structure, and questions to the database itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded_server.engines.base import Grammar
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.data import CatalogTable, Column, Index, TableResponse
from embedded_server.wire.health import Confidence, HealthFinding, Severity
from embedded_server.wire.problem import ProblemError, problem

from .asking import LOST, Row, literal, rows

MOST_TABLES = 1000
# So many rows of a table tell what its texts hold; so large may it be to be read whole for it.
SAMPLE_ROWS, WHOLE_ROWS = 400, 200_000
_SAMPLE_BYTES = 200
_STORED = ("table", "partitioned table")


@dataclass(frozen=True)
class Example:
    """A schema on which a check speaks of `table` (or, as a near miss, does not). `{numbers}` in a statement
    is a table `t(n)` of 1 to 20,000."""

    engine: str
    table: str
    setup: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table: its structure, and its rows as the engine knows them (null: it does not)."""

    told: TableResponse
    rows: int | None = None

    @property
    def name(self) -> str:
        return self.told.table

    @property
    def schema(self) -> str:
        return self.told.schema

    def column(self, name: str) -> Column | None:
        """A column by name."""
        return next((one for one in self.told.columns if one.name == name), None)

    def stored(self) -> list[Column]:
        """Columns that hold data of their own."""
        return [one for one in self.told.columns if not one.generated and not one.hidden]

    def unique_keys(self) -> list[list[str]]:
        """The primary key and unique keys over all rows, as lists of columns."""
        found = [list(self.told.primary_key)] if self.told.primary_key else []
        found += [list(one.columns) for one in self.told.indexes if one.unique and not one.where]
        return found

    def led_by(self, columns: Sequence[str]) -> Index | None:
        """An index that begins with exactly these columns, in any order among them."""
        wanted = set(columns)
        for index in self.told.indexes:
            if index.valid and not index.where and set(index.columns[: len(wanted)]) == wanted:
                return index
        return None


@dataclass
class Schema:
    """The tables of one schema. `default`: it needs no naming in SQL."""

    lease: Lease
    call: Call
    name: str
    tables: list[Table]
    default: bool = True
    notes: list[str] = field(default_factory=list)
    _answers: dict[str, list[Row]] = field(default_factory=dict)
    _samples: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    @property
    def engine(self) -> str:
        """The engine's name."""
        return self.lease.engine.name

    @property
    def grammar(self) -> Grammar:
        """How the database spells names."""
        return self.lease.grammar

    def ask(self, sql: str) -> list[Row]:
        """Rows of a query, asked once. Raises sql.error."""
        self.call.check()
        if sql not in self._answers:
            self._answers[sql] = rows(self.lease.session, sql)
        return self._answers[sql]

    def sql(self, table: Table) -> str:
        """The table's name in SQL."""
        return self.grammar.table("" if self.default else table.schema, table.name)

    def column(self, name: str) -> str:
        """A column's name in SQL."""
        return self.grammar.name(name)

    def columns(self, names: Sequence[str]) -> str:
        """Columns in a list of SQL."""
        return ", ".join(self.grammar.name(name) for name in names)

    def text(self, value: str) -> str:
        """A text as a literal."""
        return self.grammar.literal(None, value) if "\\" in value else literal(value)

    def find(self, name: str) -> Table | None:
        """A table by name."""
        return next((one for one in self.tables if one.name == name), None)

    def sample(self, table: Table) -> dict[str, list[Any]]:
        """The first rows' values that are there, by column; long ones are cut. Empty where it cannot be
        read."""
        key = f"{table.schema}.{table.name}"
        if key not in self._samples:
            self._samples[key] = self._sampled(table)
        return self._samples[key]

    def _sampled(self, table: Table) -> dict[str, list[Any]]:
        names = [column.name for column in table.told.columns if not column.hidden]
        self.call.check()
        sql = f"SELECT {self.columns(names)} FROM {self.sql(table)} LIMIT {SAMPLE_ROWS}"
        try:
            with self.lease.session.execute(sql, cell_bytes=_SAMPLE_BYTES) as reading:
                found = list(reading.block(SAMPLE_ROWS).rows())
        except ProblemError as error:
            if error.problem.code in LOST:
                raise
            self.notes.append(f"{table.name} cannot be read: {error.problem.detail or error.problem.title}")
            return {}
        return {
            name: [row[place] for row in found if row[place] is not None] for place, name in enumerate(names)
        }

    def bare(self, table: Table) -> dict[str, Any]:
        """`table` and, where it must be named, `schema` of an operation."""
        shared: dict[str, Any] = {"table": table.name}
        return shared if self.default else shared | {"schema": table.schema}


def read_schema(lease: Lease, call: Call, name: str, only: str = "") -> Schema:
    """The structure of a schema's tables. Raises data.unknown_table, sql.error."""
    wanted = name or lease.info.default_schema
    catalog = lease.session.catalog(wanted or None)
    listed = next((one for one in catalog.schemas if one.name == wanted), None)
    if listed is None and wanted:
        raise problem("data.unknown_table", f"There is no schema {wanted}")
    tables = [one for one in (listed.tables if listed is not None else []) if one.kind in _STORED]
    if only:
        tables = [one for one in tables if one.name == only]
        if not tables:
            raise problem("data.unknown_table", detail=only)
    schema = Schema(lease, call, wanted, [], wanted == lease.info.default_schema)
    if len(tables) > MOST_TABLES:
        schema.notes.append(f"Only the first {MOST_TABLES:,} of {len(tables):,} tables were looked at.")
    schema.tables = list(_read_tables(schema, tables[:MOST_TABLES]))
    return schema


def _read_tables(schema: Schema, tables: Sequence[CatalogTable]) -> Iterator[Table]:
    for number, one in enumerate(tables):
        schema.call.check()
        schema.call.progress(f"reading table {number + 1} of {len(tables)}")
        try:
            told = schema.lease.session.table(schema.name, one.name)
        except ProblemError as error:
            if error.problem.code in LOST:
                raise
            schema.notes.append(f"{one.name} cannot be read: {error.problem.detail or error.problem.title}")
            continue
        count = one.rows if one.rows is not None else told.rows
        yield Table(told, count)


def finding(
    schema: Schema,
    check: str,
    table: Table | None,
    columns: Sequence[str],
    *,
    title: str,
    text: str,
    advice: str,
    severity: Severity,
    confidence: Confidence,
    query: str,
    operations: Sequence[dict[str, Any]] = (),
    doc: str = "",
    mark: str = "",
) -> HealthFinding:
    """A finding with a key that stays the same from run to run."""
    name = table.name if table is not None else ""
    key = ":".join((check, schema.name, name, mark or ",".join(columns)))
    return HealthFinding(
        key=key,
        check=check,
        title=title,
        text=text,
        advice=advice,
        severity=severity,
        confidence=confidence,
        query=query,
        table=name,
        schema=schema.name,
        columns=list(columns),
        operations=list(operations),
        doc=doc,
    )


def execute(up: str, down: str = "") -> dict[str, Any]:
    """A statement of a revision, and the one that takes it back."""
    return {"op": "execute", "sql": up, "reverse": down} if down else {"op": "execute", "sql": up}


def listed(names: str) -> frozenset[str]:
    """Words as a set."""
    return frozenset(names.split())


def words(name: str) -> list[str]:
    """`createdAt`, `created_at` -> created, at."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return [part for part in re.split(r"[^A-Za-z0-9]+", split.lower()) if part]
