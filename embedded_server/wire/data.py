"""Reading tables: catalogue, structure, pages of rows, cells, counts."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Endpoint
from .snapshot_state import Snapshot
from .values import RowBlock

Kind = Literal["number", "text", "bool", "time", "json", "binary", "uuid", "array", "other"]
ObjectKind = Literal[
    "table", "view", "materialized view", "foreign table", "partitioned table", "virtual table"
]


# --- catalogue -------------------------------------------------------------------------------------


class CatalogRequest(msgspec.Struct, frozen=True):
    """Names only: one query per schema. `schema` null means every schema with the default one filled.

    `refresh` drops what the server cached. `columns` adds column names (for the filter box).
    """

    connection: str
    schema: str | None = None
    refresh: bool = False
    columns: bool = False


class CatalogTable(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table or view; `rows` is the engine's estimate (null: it has none), never a count.

    `columns` are names, present only when asked for. `parent` names the partitioned table it is a part of.
    """

    name: str
    kind: ObjectKind = "table"
    rows: int | None = None
    comment: str = ""
    columns: list[str] = []
    parent: str = ""


RoutineKind = Literal["function", "procedure", "aggregate", "trigger", "view"]


class Routine(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function, procedure or trigger by name; its source comes from `data.source`."""

    name: str
    kind: RoutineKind = "function"
    signature: str = ""
    table: str = ""


class CatalogSchema(msgspec.Struct, frozen=True, omit_defaults=True):
    """A schema; `loaded` false means only its name is known yet. `system` ones are listed last."""

    name: str
    tables: list[CatalogTable] = []
    routines: list[Routine] = []
    default: bool = False
    system: bool = False
    loaded: bool = True


class CatalogResponse(msgspec.Struct, frozen=True):
    """Schemas with their tables, views and functions; `warnings` are parts that could not be read."""

    connection: str
    engine: str
    schemas: list[CatalogSchema]
    default_schema: str = ""
    read_only: bool = False
    warnings: list[str] = []


# --- structure -------------------------------------------------------------------------------------


class TableRequest(msgspec.Struct, frozen=True):
    """A table or view by name; `schema` empty means the connection's default."""

    connection: str
    table: str
    schema: str = ""
    refresh: bool = False


class ForeignTarget(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a column points: the target table and the column of it that carries the same value."""

    table: str
    column: str
    schema: str = ""


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column of a table or result.

    `type` is the database's own spelling; `kind` decides alignment and viewers; `key` is its 1-based
    place in the primary key, 0 if none; `references` the first single-column foreign key on it.
    """

    name: str
    type: str = ""
    kind: Kind = "other"
    nullable: bool | None = None
    key: int = 0
    default: str | None = None
    generated: bool = False
    hidden: bool = False
    comment: str = ""
    collation: str = ""
    references: ForeignTarget | None = None


class ForeignKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """`columns` of this table refer to `target_columns` of `target_schema`.`target`."""

    name: str
    columns: list[str]
    target: str
    target_columns: list[str]
    target_schema: str = ""
    on_delete: str = ""
    on_update: str = ""


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """Another table that refers here: its `columns` carry the values of `target_columns`."""

    table: str
    columns: list[str]
    target_columns: list[str]
    schema: str = ""
    name: str = ""
    on_delete: str = ""


class Index(msgspec.Struct, frozen=True, omit_defaults=True):
    """An index; `columns` are names or expressions in order; `definition` is the engine's DDL."""

    name: str
    columns: list[str]
    unique: bool = False
    primary: bool = False
    method: str = ""
    where: str = ""
    definition: str = ""
    valid: bool = True


class Check(msgspec.Struct, frozen=True):
    """A check constraint with its SQL."""

    name: str
    sql: str


class Trigger(msgspec.Struct, frozen=True):
    """A trigger with its source."""

    name: str
    sql: str


class TableResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything about one table. Parts the engine could not tell are named in `warnings`."""

    table: str
    schema: str
    kind: ObjectKind
    columns: list[Column]
    primary_key: list[str] = []
    row_key: list[str] = []
    foreign_keys: list[ForeignKey] = []
    references: list[Reference] = []
    indexes: list[Index] = []
    checks: list[Check] = []
    triggers: list[Trigger] = []
    ddl: str = ""
    comment: str = ""
    rows: int | None = None
    bytes: int | None = None
    warnings: list[str] = []


class SourceRequest(msgspec.Struct, frozen=True):
    """The source of a function, procedure, trigger or view."""

    connection: str
    name: str
    schema: str = ""
    kind: RoutineKind = "function"
    table: str = ""


class SourceResponse(msgspec.Struct, frozen=True):
    """SQL text as the database gives it."""

    sql: str


# --- rows ------------------------------------------------------------------------------------------

Operator = Literal[
    "expr",
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "between",
    "in",
    "not in",
    "contains",
    "starts",
    "ends",
    "like",
    "regex",
    "null",
    "not null",
]


class Filter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A condition on one column; conditions are joined by AND.

    `op` "expr" reads `value` as header-box text: `>5`, `a..b`, `a..`, `..b`, `~re`, `null`, `!null`, `=x`,
    `!=x`, `!x` (does not contain), `a, b` (any of), `"exact"`, plain text (contains; equality on numbers).
    As in SQL `!=x` leaves NULLs out; `!=x, null` keeps them. Values are cells in JSON form; `between` and
    `in` take `values`, where null leaves a range open, and in a list stands for the NULL rows.
    """

    column: str
    op: Operator = "="
    value: Any = None
    values: list[Any] = []


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """One sort column; NULLs stand where the engine puts them unless `nulls` says otherwise."""

    column: str
    desc: bool = False
    nulls: Literal["", "first", "last"] = ""


class PageRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A window of rows.

    The window starts behind `after` (a `next` or, reading backwards, a `prev` of an earlier page),
    or at 0-based row number `row` (the last page if there are fewer), or is the `last` one, else the
    first. `limit` is at most 10,000, and a page holds fewer rows than that when they would weigh more
    than 256 KiB; `next` tells whether there are more. With `early` a search that finds rows slowly ends
    its page with those it has found, and `next` continues it (maybe to find nothing more). Of each cell at
    most 64 KiB are read, less in tables of more than 64 columns. `columns` null means all visible ones.
    `order_by` holds `Order` objects or texts such as "amount desc" or "-amount"; the row key is always the
    last sort term. `where` is a raw SQL condition. `view` names the asking view: a newer request of the
    same view supersedes a waiting older one. `signature` of an earlier page makes a changed table visible;
    `refresh` forgets what the server knows of the table (columns, counts, places) before it reads.
    """

    connection: str
    table: str
    schema: str = ""
    columns: list[str] | None = None
    limit: int = 200
    after: str | None = None
    row: int | None = None
    last: bool = False
    order_by: list[Order | str] = []
    filters: list[Filter] = []
    where: str = ""
    view: str = ""
    signature: str = ""
    early: bool = False
    refresh: bool = False
    allow_write: bool = False


class PageResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rows of one window.

    `rows[i][j]` is the cell of `columns[j]`; in msgpack the block goes column by column. Columns that were
    not asked for but belong to the row key or the order come last and are `hidden`. `row` is the
    0-based number of the first row, exact when `row_exact` (counted off, or known for less than a minute).
    `next`/`prev` are opaque, null at the end/beginning. `row_key` names the columns that identify a row
    (empty: none, so not editable).
    `access` says how the rows were reached: keyset, offset, ctid, interpolated, snapshot.
    `shown_sql` is the whole filter and order as SQL with literals, to be read and copied; `sql` and `params`
    are what ran. `count` is the number of rows if it came for free, an estimate unless `count_exact`.
    """

    columns: list[Column]
    rows: RowBlock
    row: int
    row_exact: bool
    next: str | None = None
    prev: str | None = None
    row_key: list[str] = []
    access: str = ""
    sql: str = ""
    shown_sql: str = ""
    params: list[Any] = []
    signature: str = ""
    epoch: str = ""
    changed: bool = False
    count: int | None = None
    count_exact: bool = False
    snapshot: Snapshot | None = None
    elapsed_ms: float = 0.0


class CellRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One whole value: the row whose `row_key` columns hold `key` (cells in JSON form), one column.

    `offset` and `length` are bytes of a binary value or characters of a text; length at most 8 MiB.
    """

    connection: str
    table: str
    column: str
    key: list[Any]
    key_columns: list[str] = []
    schema: str = ""
    offset: int = 0
    length: int = 1 << 20


class CellResponse(msgspec.Struct, frozen=True):
    """A part of one value; `size` is its whole length in `unit`, `next` the next offset or null."""

    value: RowBlock
    size: int
    unit: Literal["bytes", "characters", "value"]
    next: int | None = None


class CountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows: `exact` counts (cancellable, background lane), else the engine's estimate."""

    connection: str
    table: str
    schema: str = ""
    filters: list[Filter] = []
    where: str = ""
    exact: bool = True
    view: str = ""


class CountResponse(msgspec.Struct, frozen=True):
    """The number and how it came about: "counted" or "estimated" with the source in `method`."""

    count: int | None
    exact: bool
    method: str
    elapsed_ms: float = 0.0


class LookupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that carry `values` in `columns`: a foreign key's parent (hover card), or who refers here.

    `count` asks for the number of matches (bounded at 1,000) beside at most `limit` rows.
    """

    connection: str
    table: str
    columns: list[str]
    values: list[Any]
    schema: str = ""
    limit: int = 1
    count: bool = False


class LookupResponse(msgspec.Struct, frozen=True):
    """Matching rows; `label` names the column that reads best as a title (name, email...)."""

    columns: list[Column]
    rows: RowBlock
    label: str = ""
    count: int | None = None
    count_capped: bool = False


CATALOG = Endpoint("data.catalog", "POST", "/api/data/catalog", CatalogRequest, CatalogResponse, "Names")
TABLE = Endpoint("data.table", "POST", "/api/data/table", TableRequest, TableResponse, "Structure of a table")
SOURCE = Endpoint(
    "data.source", "POST", "/api/data/source", SourceRequest, SourceResponse, "Source of a routine"
)
PAGE = Endpoint("data.page", "POST", "/api/data/page", PageRequest, PageResponse, "Rows of a window")
CELL = Endpoint("data.cell", "POST", "/api/data/cell", CellRequest, CellResponse, "One value, in ranges")
COUNT = Endpoint("data.count", "POST", "/api/data/count", CountRequest, CountResponse, "How many rows")
LOOKUP = Endpoint("data.lookup", "POST", "/api/data/lookup", LookupRequest, LookupResponse, "Rows by value")
