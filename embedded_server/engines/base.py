"""What a database engine must offer; one file of this package implements it for one database.

Three objects: an `Engine` knows a database product, its `Grammar` writes that product's SQL, a
`Session` is one open connection. Everything above asks these and never looks at a driver.
Engines raise only `ProblemError`; a driver's exception is translated where it appears.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec

from embedded_server.wire.data import CatalogSchema, Column, Order, Routine, TableResponse
from embedded_server.wire.values import PAGE_CELL_BYTES, BadText, Cell, RowBlock

from .support.capabilities import Capabilities as Capabilities
from .support.heap import Heap as Heap

Params = Sequence[Any] | Mapping[str, Any]


class Target(msgspec.Struct, frozen=True):
    """Where to connect. `url` is a SQLAlchemy URL without a password; `options` extend its query."""

    url: str
    secret: str | None = None
    read_only: bool = True
    options: dict[str, str] = {}
    name: str = ""
    connect_timeout: float = 10.0

    def __repr__(self) -> str:
        return f"Target({self.url!r}, read_only={self.read_only})"


class SessionInfo(msgspec.Struct, frozen=True):
    """What an open session tells of itself; `tls` null where the transport has no such notion."""

    server_version: str
    read_only: bool
    database: str = ""
    user: str = ""
    default_schema: str = ""
    tls: bool | None = None
    zone: str = ""
    notes: list[str] = []


class Fragment(msgspec.Struct, frozen=True):
    """A piece of SQL with its parameters in order; placeholders are already the driver's."""

    sql: str
    params: tuple[Any, ...] = ()


class Catalog(msgspec.Struct, frozen=True):
    """Schemas with names; `warnings` say which part could not be read and why."""

    schemas: list[CatalogSchema]
    default_schema: str = ""
    warnings: list[str] = []


class Piece(msgspec.Struct, frozen=True):
    """A range of one value: `size` is the whole value's length in `unit`.

    Unit "bytes" for binary values, "characters" for text, "value" when it came whole (a number, NULL)."""

    value: Cell
    size: int
    unit: Literal["bytes", "characters", "value"]


class Reading(ABC):
    """The result of a statement while it is being read; close it (or exhaust it) before the next one.

    `columns` is empty for a statement without a result set. `affected` is the number of rows a
    writing statement changed, null if the driver cannot tell.
    """

    columns: list[Column]
    affected: int | None = None

    @abstractmethod
    def block(self, rows: int) -> RowBlock:
        """The next at most `rows` rows; fewer than asked means the end. Never reads further ahead
        than the driver's own network buffer."""

    @abstractmethod
    def close(self) -> None:
        """Give up the rest. Idempotent."""

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class CsvLayout(msgspec.Struct, frozen=True):
    """How `Session.copy_out` writes: in UTF-8, lines ended by a line feed, NULL never quoted."""

    delimiter: str = ","
    null: str = ""
    quote_all: bool = False
    header: bool = True


class Session(ABC):
    """One open connection, used by one thread at a time; only `cancel` may come from another.

    Sessions are in autocommit unless `begin` was called. With `read_only` in the target the database
    itself refuses writes. `grammar` is set where the spelling depends on the server that answered; null
    means the engine's own.
    """

    grammar: Grammar | None = None

    @abstractmethod
    def info(self) -> SessionInfo:
        """Version, user, read-only state as the server reports them (one round trip)."""

    @abstractmethod
    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        """Names of tables, views and routines: at most two queries, no per-table query.

        `schema` null: every schema by name, the default one filled; a name: only that one, filled.
        """

    @abstractmethod
    def table(self, schema: str, table: str) -> TableResponse:
        """Structure; each part that fails becomes a warning instead of an error.

        `row_key` is the primary key, else a unique key of NOT NULL columns, else the engine's row identifier
        if it is stable (SQLite's rowid under a name nothing shadows), else empty. Raises data.unknown_table.
        """

    def columns(self, schema: str, table: str) -> TableResponse:
        """Only what a page needs: columns with types, keys and references. Default: the whole structure."""
        return self.table(schema, table)

    @abstractmethod
    def source(self, routine: Routine, schema: str) -> str:
        """DDL of a function, procedure, trigger or view as the engine stores it."""

    @abstractmethod
    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        """Run one statement and read its rows exactly as the database has them.

        Values longer than `cell_bytes` arrive as `Truncated` (null: whole). `params` are in the driver's own
        style, untyped. With null the text goes out as it is; with params, even an empty sequence, marks are
        filled in and what `Grammar.escape` doubled is undone (so SQL made of fragments always comes with its
        params, a user's own text with null). Raises sql.error (with position where known), sql.read_only,
        sql.params, connection.lost, job.cancelled.
        """

    def execute_for_all(
        self, sql: str, params: Params, columns: Sequence[Column], *, cell_bytes: int
    ) -> Reading:
        """As `execute`, of a query whose `columns` are known and all of whose rows are wanted: in the way
        that costs least for each of them. Default: `execute`."""
        return self.execute(sql, params, cell_bytes=cell_bytes)

    def execute_first(self, sql: str, params: Params, *, cell_bytes: int) -> Reading:
        """As `execute`, of an ordered query with `LIMIT 1` that may have to look through many rows: in the
        way that comes to the first match soonest. Default: `execute`."""
        return self.execute(sql, params, cell_bytes=cell_bytes)

    def copy_out(self, query: str, layout: CsvLayout) -> Iterator[tuple[bytes, int]] | None:
        """A query without parameters as CSV made by the database itself: bytes, and how many lines they
        hold. Null where the database cannot, or not exactly: then the rows are to be read."""
        return None

    def insert_many(self, table: str, columns: Sequence[Column], block: RowBlock) -> bool:
        """Insert rows, all or none, faster than statements can; false where there is no such way.
        `table` is quoted. Raises like `execute`."""
        return False

    def piece(
        self,
        grammar: Grammar,
        schema: str,
        table: str,
        column: Column,
        key: Sequence[tuple[Column, Cell]],
        offset: int,
        length: int,
    ) -> Piece | None:
        """A range of one value, null if no row has this key.

        `offset` and `length` are in bytes of a binary value, characters of a text. Raises like `execute`.
        """
        size, part = grammar.size(column), grammar.piece(column, offset, length)
        where = [grammar.value(item, cell) for item, cell in key]
        terms = (
            f"{grammar.operand(item)} = {value.sql}" for (item, _), value in zip(key, where, strict=True)
        )
        source = grammar.table(schema, table)
        sql = f"SELECT {size.sql}, {part.sql} FROM {source} WHERE {' AND '.join(terms)}"
        params = [value for fragment in (size, part, *where) for value in fragment.params]
        with self.execute(sql, params, cell_bytes=None) as reading:
            rows = list(reading.block(1).rows())
        if not rows:
            return None
        found, value = rows[0]
        if not isinstance(found, int | str) or not isinstance(value, str | bytes | BadText):
            return Piece(value, 1, "value")
        return Piece(value, int(found), "bytes" if isinstance(value, bytes) else "characters")

    @abstractmethod
    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        """The engine's idea of the row count and where it comes from; (None, reason) if none. Cheap."""

    def only_short_values(self, schema: str, table: str) -> bool:
        """Whether no value of the table is long right now, so that asking each for its length is not worth
        it; false where that is not known. One cheap query."""
        return False

    def heap_pages(self, schema: str, table: str) -> Heap | None:
        """Size of an unordered heap for `Grammar.heap_range`; null where pages cannot be addressed
        (views, partitioned tables, engines without the `heap_ranges` capability). One cheap query."""
        return None

    def signature(self) -> str:
        """A cheap token that changes when the schema may have changed by others ("" if there is none)."""
        return ""

    def change_mark(self, schema: str, table: str) -> str:
        """A cheap token that changes soon after rows of the table did ("" if there is none)."""
        return ""

    @abstractmethod
    def begin(self) -> None:
        """Leave autocommit: later statements share one transaction."""

    def begin_writing(self) -> None:
        """`begin`, strictly: what does not fit is refused, keys are enforced. The session stays strict."""
        self.begin()

    @abstractmethod
    def commit(self) -> None:
        """Commit and return to autocommit."""

    @abstractmethod
    def rollback(self) -> None:
        """Roll back and return to autocommit."""

    @abstractmethod
    def in_transaction(self) -> str:
        """ "auto", "idle" (open, nothing running), "failed" or "lost", as the driver reports it."""

    @abstractmethod
    def cancel(self) -> bool:
        """Stop the running statement in the database; from any thread; true if the signal was sent."""

    @abstractmethod
    def alive(self) -> bool:
        """Whether the connection still answers, without blocking longer than a round trip."""

    def gone(self) -> bool:
        """Whether the connection is known to have ended; sends nothing, so that it keeps nothing alive."""
        return self.in_transaction() == "lost"

    @abstractmethod
    def close(self) -> None:
        """Close; never raises, never blocks for long."""

    def backend(self) -> str:
        """The number under which the database lists this session, "" where it lists none."""
        return ""

    def notices(self) -> list[str]:
        """Server messages since the last call (RAISE NOTICE, warnings), oldest first."""
        return []


class Grammar(ABC):
    """How a product spells SQL. Pure text: needs no connection.

    Parameters are positional in order of appearance; `placeholder` gives the driver's mark.
    """

    placeholder: ClassVar[str] = "?"
    nulls_are_smallest: ClassVar[bool] = True
    has_row_values: ClassVar[bool] = True
    sqlglot_dialect: ClassVar[str] = ""
    dynamic_types: ClassVar[bool] = False  # any column may hold values of any type
    sorts_stored_rows: ClassVar[bool] = False  # much faster when just the table's columns are read
    returning: ClassVar[frozenset[str]] = frozenset()  # statements that can end in RETURNING
    counts_met_rows: ClassVar[bool] = True  # UPDATE counts rows that had these values already too
    empty_insert: ClassVar[str] = "DEFAULT VALUES"  # behind the table's name: a row of defaults

    @abstractmethod
    def name(self, identifier: str) -> str:
        """An identifier, always quoted; any text the engine can store is representable."""

    def table(self, schema: str, table: str) -> str:
        """A qualified table name; an empty schema is left out."""
        return f"{self.name(schema)}.{self.name(table)}" if schema else self.name(table)

    def escape(self, sql: str) -> str:
        """Raw SQL from a user made safe beside placeholders; quoted names and literals never need it."""
        return sql

    @abstractmethod
    def cell(self, column: Column, limit: int | None) -> Fragment:
        """A select-list expression that reads the column exactly.

        With `limit`, at most that many bytes or characters of it reach the client; `decode` restores
        the mark from what it returns.
        """

    def decode(self, columns: Sequence[Column], block: RowBlock) -> RowBlock:
        """Turn what the `cell` expressions returned into cells (marks for cut values)."""
        return block

    def piece(self, column: Column, offset: int, length: int) -> Fragment:
        """A select-list expression for a range of a text (characters) or binary (bytes) value."""
        return Fragment(f"substr({self.cell(column, None).sql}, {offset + 1}, {length})")

    def size(self, column: Column) -> Fragment:
        """A select-list expression for the value's length in the unit of `piece`; NULL if it has none."""
        return Fragment(f"length({self.cell(column, None).sql})")

    def operand(self, column: Column) -> str:
        """The column as the left side of a comparison (`json` is compared as its text...)."""
        return self.name(column.name)

    def value(self, column: Column, cell: Cell) -> Fragment:
        """A cell as the right side of a comparison with `column`, untyped parameter, no rounding cast."""
        return Fragment(self.placeholder, (cell,))

    def assigned(self, column: Column, cell: Cell) -> Fragment:
        """A cell as what a column is set to: an untyped parameter, exact."""
        return Fragment(self.placeholder, (cell,))

    @abstractmethod
    def regex(self, column: Column, pattern: str) -> Fragment | None:
        """A regular-expression match, or null where the engine has none."""

    @abstractmethod
    def contains(self, column: Column, text: str, *, where: str = "contains") -> Fragment:
        """Case-insensitive search of `text` taken literally; `where`: contains, starts, ends."""

    def like(self, column: Column, pattern: str) -> Fragment:
        """LIKE with the caller's own wildcards, on the value's text where the column is none."""
        left = self.operand(column)
        left = left if column.kind == "text" else f"CAST({left} AS VARCHAR)"
        return Fragment(f"{left} LIKE {self.placeholder}", (pattern,))

    def nulls_first(self, desc: bool) -> bool:
        """Where NULLs stand when ORDER BY does not say."""
        return self.nulls_are_smallest != desc

    def order(self, column: Column, order: Order) -> str:
        """One ORDER BY term. NULL placement is written out only when asked for."""
        term = self.operand(column) + (" DESC" if order.desc else "")
        return f"{term} NULLS {order.nulls.upper()}" if order.nulls else term

    @abstractmethod
    def literal(self, column: Column | None, cell: Cell) -> str:
        """A cell as SQL text that reads back as exactly the same value (for shown and copied SQL)."""

    def heap_range(self, first: int, end: int) -> Fragment | None:
        """The condition for rows on the heap's pages [first, end), read in physical order without
        ORDER BY; null for engines without the `heap_ranges` capability."""
        return None

    def limit(self, count: int, offset: int = 0) -> str:
        """The clause that cuts a result, with a leading blank."""
        return f" LIMIT {count}" + (f" OFFSET {offset}" if offset else "")


class Engine(ABC):
    """A database product."""

    name: ClassVar[str]
    title: ClassVar[str]
    schemes: ClassVar[tuple[str, ...]]
    capabilities: ClassVar[Capabilities]
    grammar: Grammar

    def available(self) -> str:
        """Empty when the driver can be imported, else why not."""
        return ""

    @abstractmethod
    def open(self, target: Target) -> Session:
        """Connect. Raises connection.* and file.* problems with a diagnosis, secret.needed if the
        server asks for a password and none was given."""
