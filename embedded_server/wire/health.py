"""The live state of a database and its machine, and what is wrong with its schema and its data.

Whatever is claimed comes with the query that proves it: `query` runs as it stands in a console, and returns
rows exactly if the claim is true.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .connections import ConnectionClass
from .endpoint import Endpoint, Request, Response, Scope

Severity = Literal["error", "warn", "info"]
Confidence = Literal["high", "medium", "low"]
SessionState = Literal["active", "idle", "in transaction", "failed", "waiting", "background", "open"]


# --- who is there ----------------------------------------------------------------------------------


class HealthRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A connection. `everywhere` includes sessions of the server's other databases and its own processes."""

    connection: str
    everywhere: bool = False


class DatabaseSession(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session of the database: `id` is the database's own number, for SQLite that of the process.

    `state` is "in transaction" when one is open and nothing runs, "failed" when it can only be rolled back,
    "waiting" when the session waits for another's lock. Times are ISO texts of the server's clock, ages in
    seconds: `state_s` since when it is so, `transaction_s` how old the transaction is (null: none is open).
    `ours`: Backlight itself opened it. `locks` says in words what a process holds, where that is all that is
    known. `blocked_by` are ids.
    """

    id: str
    user: str = ""
    application: str = ""
    host: str = ""
    database: str = ""
    state: SessionState = "idle"
    started: str = ""
    state_s: float | None = None
    transaction_s: float | None = None
    wait: str = ""
    statement: str = ""
    locks: str = ""
    ours: bool = False
    blocked_by: list[str] = []


class SessionsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, those that work or wait first. `query` is what was asked, "" where the system was asked.

    `why_not_kill` is empty when sessions can be ended, else the reason; `class_` is the connection's, `name`
    what is typed to confirm on a production one; `notes` say what cannot be known.
    """

    sessions: list[DatabaseSession]
    engine: str
    at: str
    query: str = ""
    why_not_kill: str = ""
    class_: ConnectionClass = msgspec.field(default="local", name="class")
    name: str = ""
    notes: list[str] = []


class LockNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session in the tree of who waits for whom: in reading order, `depth` 0 blocks and waits for nobody.

    `waits_for` names the lock it wants (`orders · RowExclusiveLock`); `wait_s` seconds since it waits. A
    session that waits for several stands below the nearest of them; its `blocked_by` names all. `cycle`: it
    waits for itself round the corner.
    """

    session: DatabaseSession
    depth: int = 0
    waits_for: str = ""
    wait_s: float | None = None
    blocks: int = 0
    cycle: bool = False


class LocksResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`tree` is empty when nobody waits. `long` are transactions older than `long_s` seconds, `idle` those
    of them in which nothing runs, the oldest first."""

    tree: list[LockNode]
    long: list[DatabaseSession]
    idle: list[DatabaseSession]
    engine: str
    at: str
    long_s: float
    query: str = ""
    why_not_kill: str = ""
    class_: ConnectionClass = msgspec.field(default="local", name="class")
    name: str = ""
    notes: list[str] = []


class KillRequest(msgspec.Struct, frozen=True, kw_only=True):
    """End what a session runs ("cancel") or the session itself ("terminate").

    `started` of the session guards against a number that was given to another one meanwhile. On a shared
    database `confirm` repeats the session's id, on a production one the connection's name. The answer is
    given when it is gone, or after `seconds`.
    """

    connection: str
    id: str
    what: Literal["cancel", "terminate"] = "cancel"
    started: str = ""
    confirm: str = ""
    seconds: float = 5.0


class KillResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`gone` was looked at afterwards, not believed: the statement runs no more, or the session is not there.
    `text` says it in a sentence."""

    gone: bool
    text: str
    elapsed_ms: float


# --- the schema ------------------------------------------------------------------------------------


class LintRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Check a schema ("" is the default one), or one `table` of it. `checks` limits what is looked for."""

    connection: str
    schema: str = ""
    table: str = ""
    checks: list[str] = []


class HealthFinding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is wrong with the schema.

    `query` proves it. `operations` are the cure for `migrations.generate`, empty where there is none that
    could be proposed without knowing more; `advice` says in words what to do. `key` is the same at each run.
    """

    key: str
    check: str
    title: str
    text: str
    advice: str
    severity: Severity
    confidence: Confidence
    query: str
    table: str = ""
    schema: str = ""
    columns: list[str] = []
    operations: list[dict[str, Any]] = []
    doc: str = ""


class CheckState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A check that was asked for: how much it found, or in `skipped` why it could not look."""

    check: str
    title: str
    found: int = 0
    skipped: str = ""


class LintResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Findings, the worst first, and what was looked at: `checks` also those that found nothing."""

    findings: list[HealthFinding]
    checks: list[CheckState]
    tables: int
    engine: str
    schema: str
    elapsed_ms: float
    notes: list[str] = []


# --- the data --------------------------------------------------------------------------------------


class IntegrityRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Look through the data of a schema, or of one `table`; `rows` first rows are given of each result.

    Each question may take `seconds`; one that takes longer is given up and said to be so.
    """

    connection: str
    schema: str = ""
    table: str = ""
    checks: list[str] = []
    rows: int = 5
    seconds: float = 30.0


class IntegrityResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one question found: `count` things that should not be, `rows` the first of them (cells in JSON
    form) under `columns`. `query` lists them all. `declared` false: the rule is not in the schema but follows
    from a name, or from nearly all rows. `problem` says why there is no answer."""

    key: str
    check: str
    title: str
    text: str = ""
    severity: Severity = "error"
    declared: bool = True
    count: int = 0
    query: str = ""
    columns: list[str] = []
    rows: list[list[Any]] = []
    table: str = ""
    schema: str = ""
    of: list[str] = []
    advice: str = ""
    operations: list[dict[str, Any]] = []
    problem: str = ""


class IntegrityEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the stream: "begin" with the number of questions, "asking" before each of them (`text` says
    what), "result" behind each one (also where nothing was found), "end"."""

    kind: Literal["begin", "asking", "result", "end"]
    done: int = 0
    total: int = 0
    text: str = ""
    result: IntegrityResult | None = None
    elapsed_ms: float = 0.0
    notes: list[str] = []


# --- resources -------------------------------------------------------------------------------------


class Metric(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number at this moment. `of` "database" or "machine"; `unit` bytes, percent, count, seconds or "".

    `counter`: it only grows, what is of interest is its growth per second. `limit` is the most it can be.
    `note` says what it is measured over, where that is not plain.
    """

    id: str
    title: str
    value: float
    of: Literal["database", "machine"] = "database"
    unit: Literal["bytes", "percent", "count", "seconds", ""] = ""
    counter: bool = False
    limit: float | None = None
    note: str = ""


class Sized(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A table with its indexes, or an index: bytes on disk, rows as estimated."""

    name: str
    kind: Literal["table", "index"]
    bytes: int
    schema: str = ""
    table: str = ""
    rows: int | None = None


class ResourcesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers now. `sizes` false leaves out what takes most room: measuring it looks at every table."""

    connection: str
    sizes: bool = True


class ResourcesResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers at `at` (seconds since 1970, this machine's clock), and what takes most room."""

    at: float
    engine: str
    metrics: list[Metric]
    largest: list[Sized]
    notes: list[str] = []


def _post(
    name: str,
    request: type[Request],
    response: type[Response],
    summary: str,
    scope: Scope = Scope.READ,
    *,
    stream: bool = False,
) -> Endpoint[Request, Response]:
    path = f"/api/health/{name}"
    return Endpoint(f"health.{name}", "POST", path, request, response, summary, scope, stream=stream)


SESSIONS = _post("sessions", HealthRequest, SessionsResponse, "Who is connected and what they do")
LOCKS = _post("locks", HealthRequest, LocksResponse, "Who waits for whom, and old transactions")
KILL = _post("kill", KillRequest, KillResponse, "End a statement or a session", Scope.WRITE)
LINT = _post("lint", LintRequest, LintResponse, "What is wrong with the schema")
INTEGRITY = _post("integrity", IntegrityRequest, IntegrityEvent, "What is wrong with the data", stream=True)
RESOURCES = _post("resources", ResourcesRequest, ResourcesResponse, "Sizes, load and limits now")
