"""What a rule looks at: one statement with its plan, its text, its tables and the request it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from embedded_server.wire.data import Index, TableResponse
from embedded_server.wire.explain import IndexColumns, Plan, PlanNode
from embedded_server.wire.trace import Trace, TracedStatement

from .model import children
from .syntax import Parsed

# Below these a finding would be right and useless.
SLOW_MS, SLOW_SHARE, COSTLY_SHARE = 5.0, 0.10, 0.25
SMALL_ROWS, SMALL_PAGES = 1000, 100


@dataclass(frozen=True)
class TableFacts:
    """A table of the statement. `rows` as the engine knows or estimates them; `analysed` whether it has
    statistics of it (null: unknown), `changed` the rows changed since they were made. `schema` is empty where
    the table is found without."""

    table: TableResponse
    rows: int | None = None
    pages: int | None = None
    analysed: bool | None = None
    changed: int = 0
    schema: str = ""

    def index_on(self, column: str) -> Index | None:
        """An index that begins with the column."""
        return next((one for one in self.table.indexes if one.columns[:1] == [column]), None)

    def covered(self, columns: Sequence[str]) -> bool:
        """Whether an index (or the primary key) begins with these columns, in any order among them."""
        wanted = set(columns)
        keys = [list(one.columns) for one in self.table.indexes if one.valid and not one.where]
        return any(set(key[: len(wanted)]) == wanted for key in [*keys, self.table.primary_key])


@dataclass(frozen=True)
class Case:
    """Everything a rule may use. Without a database `tables` is empty, without a capture `trace` is null."""

    engine: str
    plan: Plan
    parsed: Parsed
    sql: str = ""
    tables: dict[str, TableFacts] = field(default_factory=dict)
    trace: Trace | None = None
    number: int = -1

    def facts(self, node: PlanNode) -> TableFacts | None:
        """What is known of the table that a node reads."""
        return self.tables.get(node.relation.lower())

    def facts_of(self, alias: str) -> TableFacts | None:
        """What is known of the table under this name."""
        table = self.parsed.table(alias)
        return self.tables.get(table.name.lower()) if table is not None else None

    def size(self, node: PlanNode) -> float | None:
        """How many rows the table of a node has: counted where it was read, else as estimated."""
        read = node.facts.get("Rows Read")
        if isinstance(read, int | float):
            return float(read)
        if node.rows is not None and node.removed is not None and node.kind == "scan":
            return (node.rows + node.removed) / max(1.0, node.loops)
        known = self.facts(node)
        return float(known.rows) if known is not None and known.rows is not None else None

    def small(self, node: PlanNode) -> bool:
        """Whether the table is so small that reading all of it is right."""
        rows, known = self.size(node), self.facts(node)
        pages = known.pages if known is not None else None
        return (rows is not None and rows < SMALL_ROWS) or (pages is not None and pages <= SMALL_PAGES)

    def matters(self, share: float) -> bool:
        """Whether a part of the statement of this size is worth a finding."""
        if self.plan.share_of == "time":
            return share >= SLOW_SHARE and (self.plan.execution_ms or 0.0) >= SLOW_MS
        return share >= COSTLY_SHARE

    def scans(self) -> list[PlanNode]:
        """Nodes that read a table from end to end."""
        return [node for node in self.plan.nodes if node.kind == "scan" and node.relation and not node.index]

    def scanned(self, alias: str) -> PlanNode | None:
        """The node that reads the table of this name from end to end."""
        table = self.parsed.table(alias)
        if table is None:
            return None
        names = {table.alias.lower(), table.name.lower()}
        return next((one for one in self.scans() if (one.alias or one.relation).lower() in names), None)

    def first_below(self, node: PlanNode) -> PlanNode | None:
        """The first node right below one."""
        return next(iter(children(self.plan, node)), None)

    @property
    def statement(self) -> TracedStatement | None:
        """The captured statement that is looked at."""
        if self.trace is None:
            return None
        return next((one for one in self.trace.statements if one.number == self.number), None)

    @property
    def product(self) -> str:
        """The database's name in a sentence."""
        names = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "mysql": "The server", "duckdb": "DuckDB"}
        return names.get(self.engine, "The database")


@dataclass(frozen=True)
class Example:
    """A statement on which a rule speaks or must be silent: `setup` makes its tables on `engine`; without
    an engine it needs none. `trace` is the request it came from."""

    engine: str
    sql: str
    setup: tuple[str, ...] = ()
    params: Any = None
    analyze: bool = True
    trace: Trace | None = None
    number: int = -1


def shown(index: IndexColumns) -> str:
    """The columns as a sentence shows them."""
    return f"({', '.join(index.columns)})"


def place(statement: TracedStatement | None) -> str:
    """Where the application ran it: `app/orders.py:41`."""
    caller = next(iter(statement.callers), None) if statement is not None else None
    return f"{caller.file}:{caller.line}" if caller is not None else ""
