"""Previewing, rehearsing, applying and writing revisions. `project` as in `wire.migrations`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Endpoint, Scope
from .migrations import Direction, Finding, RunKind, RunState
from .problem import Problem

Depth = Literal["lint", "sql", "rehearse"]
RunDirection = Literal["upgrade", "downgrade", "stamp"]


class Lock(msgspec.Struct, frozen=True):
    """A lock a statement took: the engine's `mode`, and in words whom it keeps out."""

    mode: str
    table: str
    text: str


class Statement(msgspec.Struct, frozen=True, omit_defaults=True):
    """A statement of a revision. What was measured is null where nothing ran.

    `locks` are those it added to the transaction's; `rewritten` tables were written anew; `autocommit` ran
    outside of a transaction; `changed` was rehearsed in another form than it will run in.
    """

    sql: str
    elapsed_ms: float | None = None
    rows: int | None = None
    locks: list[Lock] = []
    rewritten: list[str] = []
    autocommit: bool = False
    changed: bool = False
    error: str = ""


class PlanStep(msgspec.Struct, frozen=True, omit_defaults=True):
    """A revision of the plan with its statements, where they are known."""

    revision: str
    title: str
    file: str
    statements: list[Statement] = []
    elapsed_ms: float | None = None


class RowChange(msgspec.Struct, frozen=True):
    """A table's number of rows before and after a rehearsal; null: it was not there."""

    table: str
    before: int | None
    after: int | None


class Rehearsal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a rehearsal found. `kind` "transaction": really run and rolled back; "clone": run on a copy.

    `tables` lists those whose number of rows changed; `broken_keys` rows whose foreign key leads nowhere
    afterwards; `problem` why it did not get through.
    """

    kind: Literal["transaction", "clone"]
    ok: bool
    elapsed_ms: float
    tables: list[RowChange] = []
    broken_keys: list[str] = []
    notes: list[str] = []
    problem: Problem | None = None


class PreviewRequest(msgspec.Struct, frozen=True):
    """What applying would do. `depth` "lint" reads files and table facts, "sql" asks the project's own
    environment for its SQL, "rehearse" runs it and takes it back.

    `revision` is the target ("" for head; for a downgrade "" means one step back); `origin` the trace served.
    """

    project: str
    connection: str = ""
    revision: str = ""
    direction: Direction = "upgrade"
    depth: Depth = "lint"
    foreign_keys_off: bool = False
    allow_write: bool = False
    origin: str = ""


class PreviewResponse(msgspec.Struct, frozen=True):
    """The plan, oldest first. `problem` says why the SQL could not be had while the rest could."""

    steps: list[PlanStep]
    findings: list[Finding]
    pending: list[str]
    current: list[str] = []
    rehearsal: Rehearsal | None = None
    problem: Problem | None = None
    engine: str = ""


class ApplyRequest(msgspec.Struct, frozen=True):
    """Run revisions for real. `confirm` repeats a production connection's name (for "stamp" the revision).

    `backup` copies the database first where that can be done; `lock_timeout_ms` bounds the wait for every
    lock (0: forever); `per_revision` gives every revision a transaction of its own; `foreign_keys_off` holds
    for SQLite only.
    """

    project: str
    connection: str
    revision: str = ""
    direction: RunDirection = "upgrade"
    confirm: str = ""
    backup: bool = True
    lock_timeout_ms: int = 2000
    statement_timeout_ms: int = 900_000
    per_revision: bool = True
    foreign_keys_off: bool = False
    allow_write: bool = False
    origin: str = ""


EventKind = Literal[
    "started", "backup", "phase", "plan", "revision", "revision_done", "statement", "statement_done",
    "waiting", "note", "done", "failed", "cancelled",
]  # fmt: skip


class ApplyEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that happened. `number` of `count` revisions; the last event is done, failed or cancelled."""

    kind: EventKind
    run: str = ""
    at_ms: float = 0.0
    revision: str = ""
    number: int = 0
    count: int = 0
    sql: str = ""
    elapsed_ms: float | None = None
    rows: int | None = None
    text: str = ""
    revisions: list[str] = []
    problem: Problem | None = None


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A journal's line: a statement and how it ended ("running" when nobody saw its end)."""

    revision: str
    sql: str
    state: Literal["running", "done", "failed"]
    elapsed_ms: float | None = None
    rows: int | None = None
    autocommit: bool = False
    message: str = ""


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """A past or running apply. `text` tells in words how it ended, `mend` what to do about it if anything."""

    id: str
    at: str
    project: str
    connection: str
    kind: RunKind
    state: RunState
    plan: list[str] = []
    done: list[str] = []
    before: list[str] = []
    after: list[str] = []
    backup: str = ""
    text: str = ""
    mend: str = ""
    journal: list[Entry] = []
    trace: str = ""


class RunsRequest(msgspec.Struct, frozen=True):
    """Past runs, newest first; `open` only those that were interrupted and are not yet told as settled."""

    project: str = ""
    connection: str = ""
    id: str = ""
    open: bool = False
    limit: int = 50


class RunsResponse(msgspec.Struct, frozen=True):
    """Runs; the journal only where one run was asked for by its id."""

    runs: list[Run]


class OperationInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """An operation of a new revision: `key` accepts it, `upgrade` and `downgrade` are its code.

    `imports` are lines that the code needs beside `op` and `sa`.
    """

    key: str
    title: str
    kind: str
    table: str = ""
    upgrade: str = ""
    downgrade: str = ""
    imports: list[str] = []


class GenerateRequest(msgspec.Struct, frozen=True):
    """A new revision from `operations`, or (`models`) from the difference of models and database.

    An operation: `{"op": "create_index", "table", "name", "columns", "unique", "schema", "where"}`,
    `{"op": "drop_index", "table", "name", "columns"}`, `{"op": "execute", "sql", "reverse"}`, or any other
    that `schema.compose` answered. `dry_run` writes nothing. `accept` keeps the operations with these keys
    (null: all). `head` is what it follows.
    """

    project: str
    connection: str = ""
    message: str = ""
    operations: list[dict[str, Any]] = []
    models: bool = False
    accept: list[str] | None = None
    head: str = ""
    dry_run: bool = False
    allow_write: bool = False
    origin: str = ""


class GenerateResponse(msgspec.Struct, frozen=True):
    """The revision: `file` and `source` of what was written, or with `dry_run` what would be.

    `tables` counts the tables of the models: 0 means that env.py sees none of them.
    """

    operations: list[OperationInfo]
    source: str
    findings: list[Finding]
    revision: str = ""
    file: str = ""
    tables: int | None = None
    notes: list[str] = []


class CheckRequest(msgspec.Struct, frozen=True):
    """Operations as in `GenerateRequest`, seen against a database."""

    connection: str
    operations: list[dict[str, Any]]


class CheckResponse(msgspec.Struct, frozen=True):
    """What the rules say of a revision of these operations."""

    findings: list[Finding]


CHECK = Endpoint(
    "migrations.check",
    "POST",
    "/api/migrations/check",
    CheckRequest,
    CheckResponse,
    "Dangers of operations",
)
PREVIEW = Endpoint(
    "migrations.preview",
    "POST",
    "/api/migrations/preview",
    PreviewRequest,
    PreviewResponse,
    "SQL, dangers and rehearsal",
    Scope.MIGRATE,
)
APPLY = Endpoint(
    "migrations.apply",
    "POST",
    "/api/migrations/apply",
    ApplyRequest,
    ApplyEvent,
    "Run revisions",
    Scope.MIGRATE,
    stream=True,
)
RUNS = Endpoint("migrations.runs", "POST", "/api/migrations/runs", RunsRequest, RunsResponse, "Past applies")
GENERATE = Endpoint(
    "migrations.generate",
    "POST",
    "/api/migrations/generate",
    GenerateRequest,
    GenerateResponse,
    "Write a revision",
    Scope.MIGRATE,
)
