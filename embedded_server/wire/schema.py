"""Changes of a schema: what a form asks for, as SQL, as a revision's code, with what it will do."""

from __future__ import annotations

from typing import Literal

import msgspec

from .ddl import Operation, TableSpec
from .endpoint import Endpoint, Scope
from .migrations import Finding
from .problem import Problem

FileEngine = Literal["sqlite", "duckdb"]


class ReadRequest(msgspec.Struct, frozen=True):
    """A table or view by name; an empty schema is the connection's default."""

    connection: str
    table: str
    schema: str = ""


class ReadResponse(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table as a form wants it. `view` is a view's SELECT ("" for a table).

    `referred` names tables that refer here; `triggers` and `views` what hangs on the table.
    """

    engine: str
    spec: TableSpec
    view: str = ""
    rows: int | None = None
    referred: list[str] = []
    triggers: list[str] = []
    views: list[str] = []
    warnings: list[str] = []


class TypeName(msgspec.Struct, frozen=True, omit_defaults=True):
    """A type as the database spells it; `named` as in `ColumnSpec`, `hint` what it takes: `(length)`."""

    name: str
    hint: str = ""
    named: Literal["", "enum", "domain"] = ""


class Ways(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a product can do: a form leaves out the rest."""

    comments: bool = False
    schemas: bool = False
    identity: bool = True
    computed: bool = True
    partial: bool = False
    include: bool = False
    methods: list[str] = []
    add_constraints: bool = True
    copies: bool = False


class TypesRequest(msgspec.Struct, frozen=True):
    """What a connection's database has."""

    connection: str


class TypesResponse(msgspec.Struct, frozen=True):
    """Types by name, those most used first, and the product's ways.

    `refused` says why nothing can be run here directly, "" where it may.
    """

    engine: str
    types: list[TypeName]
    ways: Ways
    refused: str = ""


class Effect(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an operation does to a table in use.

    `lock` is who waits meanwhile, `work` what is read or written, `rows` how many (null: unknown, or none).
    `heavy`: it takes as long as the table is large.
    """

    lock: str = ""
    work: str = ""
    rows: int | None = None
    heavy: bool = False


class Composed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One operation: a sentence, the statements in order, the code in both directions, the effect.

    `downgrade` is empty where nothing can take it back.
    """

    title: str
    table: str
    statements: list[str]
    upgrade: str
    downgrade: str = ""
    reverse: list[str] = []
    effect: Effect = msgspec.field(default_factory=Effect)


class ComposeRequest(msgspec.Struct, frozen=True):
    """Operations in the order in which they are to run."""

    connection: str
    operations: list[Operation]


class ComposeResponse(msgspec.Struct, frozen=True):
    """What the operations are. Nothing was changed.

    `sql` is all statements as one script. `transaction`: they are run all or none. `ask` as in
    `console.guard`: "confirm", "type" (`word`) or "". `refused` says why they cannot be run here
    directly: on production, where nothing may be written, where Alembic's table of versions is.
    """

    operations: list[Operation]
    composed: list[Composed]
    sql: str
    findings: list[Finding]
    engine: str
    transaction: bool = False
    notes: list[str] = []
    ask: Literal["", "confirm", "type"] = ""
    question: str = ""
    word: str = ""
    refused: Problem | None = None
    elapsed_ms: float = 0.0


class RunRequest(msgspec.Struct, frozen=True):
    """Run operations directly. `confirmed` answers what `schema.compose` asks: "yes", or the word."""

    connection: str
    operations: list[Operation]
    confirmed: str = ""
    allow_write: bool = False
    lock_seconds: float = 3.0


class RunResponse(msgspec.Struct, frozen=True):
    """What ran, in order."""

    statements: list[str]
    notes: list[str] = []
    elapsed_ms: float = 0.0


class NewFileRequest(msgspec.Struct, frozen=True):
    """A new database file. The engine follows from the name unless it is given."""

    path: str
    engine: FileEngine | None = None


class NewFileResponse(msgspec.Struct, frozen=True):
    """Where it is; `url` opens it."""

    path: str
    url: str


READ = Endpoint("schema.read", "POST", "/api/schema/read", ReadRequest, ReadResponse, "A table to be changed")
TYPES = Endpoint("schema.types", "POST", "/api/schema/types", TypesRequest, TypesResponse, "Types and ways")
COMPOSE = Endpoint(
    "schema.compose",
    "POST",
    "/api/schema/compose",
    ComposeRequest,
    ComposeResponse,
    "A change as SQL and as a revision",
)
RUN = Endpoint("schema.run", "POST", "/api/schema/run", RunRequest, RunResponse, "Run a change", Scope.WRITE)
NEW_FILE = Endpoint(
    "schema.new_file",
    "POST",
    "/api/schema/new_file",
    NewFileRequest,
    NewFileResponse,
    "Make a database file",
    Scope.WRITE,
)
