"""Plans, what they tell, and indexes that would help: from a statement to measured advice.

Every number says what it is: `estimated` is the planner's guess, `rows` and times were measured.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Done, Endpoint, Nothing, Request, Response, Scope

Confidence = Literal["high", "medium", "low", "note"]
Stage = Literal["candidate", "planner", "measured"]
NodeKind = Literal["scan", "index", "join", "sort", "aggregate", "subquery", "limit", "write", "other"]


class PlanNode(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One operator. Nodes come in reading order; `parent` is the id of the node above, -1 at the top.

    `estimated` and `rows` (null: not measured) count what it gave its parent over all `loops`; `removed`
    what a condition threw away. `cost` and `time_ms` include what lies below, `self_cost` and `self_ms` do
    not; times in milliseconds of wall time. `share` (0..1) is its own part of the statement, in the measure
    that the plan's `share_of` names. `conditions` by their role: filter, index, join, recheck, sort, group.
    `facts` holds what only this engine tells, under the engine's own names.
    """

    id: int
    parent: int = -1
    depth: int = 0
    operator: str
    kind: NodeKind = "other"
    relation: str = ""
    schema: str = ""
    alias: str = ""
    index: str = ""
    detail: str = ""
    conditions: dict[str, str] = {}
    estimated: float | None = None
    rows: float | None = None
    removed: float | None = None
    loops: float = 1
    cost: float | None = None
    self_cost: float | None = None
    time_ms: float | None = None
    self_ms: float | None = None
    share: float = 0.0
    facts: dict[str, Any] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plan of any engine. `measured`: the statement ran and the numbers were counted while it did.

    `format` names the parser that read it, "text" when there is none for this engine and only `text`, the
    engine's own words, is there. `share_of` says what the shares are of: "time", "cost", "rows" or "".
    `notes` are sentences for the reader.
    """

    engine: str
    format: str
    nodes: list[PlanNode] = []
    measured: bool = False
    execution_ms: float | None = None
    planning_ms: float | None = None
    cost: float | None = None
    rows: float | None = None
    share_of: Literal["time", "cost", "rows", ""] = ""
    settings: dict[str, str] = {}
    notes: list[str] = []
    text: str = ""


class IndexColumns(msgspec.Struct, frozen=True, omit_defaults=True):
    """An index by what it covers, in order."""

    table: str
    columns: list[str]
    schema: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is wrong and what to do. `title` one short sentence, `text` the evidence, `advice` the cure.

    `node` is the plan node it speaks of (-1: the statement). `primary` marks the one to read first.
    `measured` false means that it rests on the planner's guesses. `index` is a proposal to try.
    `place` is the line of the application that ran the statement.
    """

    rule: str
    title: str
    text: str
    advice: str = ""
    confidence: Confidence = "medium"
    node: int = -1
    gain_ms: float = 0.0
    share: float = 0.0
    primary: bool = False
    measured: bool = False
    index: IndexColumns | None = None
    place: str = ""
    doc: str = ""


class StatementRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Explain one statement. `params` are its values in the driver's own shape: a list, or a dict by name.

    With `analyze` the statement runs: only one that surely reads, in a read-only transaction that is rolled
    back, for at most `timeout` seconds. `origin` is the trace it is done for, `number` the statement there.
    """

    connection: str
    sql: str
    params: Any = None
    analyze: bool = False
    origin: str = ""
    number: int = -1
    timeout: float = 30.0


class StatementResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The plan with its findings, the weightiest first. `id` names it in the workspace. `sql` is the
    statement with its values written in. `static` says why the text itself gave no advice, if so."""

    id: str
    plan: Plan
    findings: list[Finding]
    sql: str = ""
    connection: str = ""
    params: Any = None
    at: str = ""
    origin: str = ""
    pinned: bool = False
    static: str = ""


class PlanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Read a plan that came from elsewhere, as text or JSON, or a stored one by `id`.

    `dialect` names the engine where the text does not show it; `sql` is its statement, if known.
    """

    plan: Any = None
    id: str = ""
    sql: str = ""
    dialect: str = ""
    origin: str = ""


class PlansRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Stored plans, newest first: of one `connection`, of statements like `sql`, only `pinned` ones."""

    connection: str = ""
    sql: str = ""
    pinned: bool = False
    limit: int = 100


class PlanSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A stored plan in a list. `at` is UTC, ISO 8601."""

    id: str
    at: str
    connection: str
    sql: str
    pinned: bool
    measured: bool
    execution_ms: float | None = None
    cost: float | None = None
    trace: str = ""


class PlansResponse(msgspec.Struct, frozen=True):
    """Stored plans."""

    plans: list[PlanSummary]


class PinRequest(msgspec.Struct, frozen=True):
    """Keep a stored plan for good, or let it go with the others."""

    id: str
    pinned: bool = True


class Suggestion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An index that might help, and how far that is known.

    `stage`: "candidate" follows from the statement's text alone; "planner" means the planner would use it
    (`uses`), by its own guess at `cost_before` and `cost_after`; "measured" means that it was built and the
    statement ran `before_ms` and `after_ms` (medians of `before` and `after`, interleaved): the `verdict`.
    `recommended` marks the set to try. `bytes` is the index's size, at most that where `bytes_at_most`.
    `write_us` and `write_bytes` are what each inserted row costs more, as measured here. `operation` is the
    change for `migrations.generate`.
    """

    name: str
    table: str
    columns: list[str]
    ddl: str
    stage: Stage = "candidate"
    schema: str = ""
    reason: str = ""
    uses: bool | None = None
    recommended: bool = False
    cost_before: float | None = None
    cost_after: float | None = None
    before_ms: float | None = None
    after_ms: float | None = None
    before: list[float] = []
    after: list[float] = []
    ratio: float | None = None
    verdict: Literal["", "faster", "slower", "same"] = ""
    build_ms: float | None = None
    bytes: int | None = None
    bytes_at_most: bool = False
    write_us: float | None = None
    write_bytes: float | None = None
    write_cost: str = ""
    notes: list[str] = []
    operation: dict[str, Any] = {}
    plan: Plan | None = None


class AdviseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which indexes would help a statement; nothing is made. `limit` bounds the number of suggestions."""

    connection: str
    sql: str
    params: Any = None
    origin: str = ""
    limit: int = 8
    timeout: float = 20.0


class AdviseResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Suggestions, the best first, and the plan as it is now. `what_if` says who was asked: "hypopg",
    "clone" (a copy of the schema in memory) or "" with the reason in `notes`."""

    suggestions: list[Suggestion]
    plan: Plan
    what_if: str = ""
    sql: str = ""
    notes: list[str] = []


class TrialRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Build an index in a transaction that is rolled back, and measure the statement with and without it.

    `runs` pairs are measured, fewer when the statement is slow: all of it takes `timeout` seconds at most. On
    databases that are not local `confirm` is needed: writers to the table wait while the index is built.
    """

    connection: str
    sql: str
    table: str
    columns: list[str]
    params: Any = None
    schema: str = ""
    runs: int = 7
    timeout: float = 60.0
    confirm: bool = False
    origin: str = ""


class TrialResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What was measured, and the plans without and with the index."""

    id: str
    suggestion: Suggestion
    before: Plan
    after: Plan
    notes: list[str] = []


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A trial in the journal. `state`: "begun", "done", "failed", or "mended" after it was killed; `text`
    tells what happened and what was found afterwards."""

    id: str
    at: str
    connection: str
    make: str
    state: str
    text: str = ""


class TrialsResponse(msgspec.Struct, frozen=True):
    """Trials, newest first; killed ones have been looked after."""

    trials: list[Trial]


class CompareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Two plans: each a stored one's id, or a plan as text or JSON."""

    before: Any
    after: Any


class CompareLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An operator in both plans, or in one only; the largest change first. `before_node` and `after_node` are
    node ids (-1: not there), `before` and `after` its own part in the comparison's `unit`."""

    text: str
    change: Literal["same", "changed", "added", "removed"]
    before_node: int = -1
    after_node: int = -1
    before: float | None = None
    after: float | None = None
    delta: float = 0.0
    before_rows: float | None = None
    after_rows: float | None = None


class CompareResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What differs. `unit` is "ms", "cost" or "rows"; `text` says it in a sentence."""

    lines: list[CompareLine]
    before: Plan
    after: Plan
    unit: str
    text: str


class TopRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Statements that took most time: from captured requests, and from `connection`'s own statistics."""

    connection: str = ""
    limit: int = 50
    since: str = ""


class TopStatement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement over all its runs; times in milliseconds. `source` is "captures" or "pg_stat_statements".

    From captures `sql` and `params` are those of the slowest run, statement `number` of `trace`.
    """

    sql: str
    source: str
    connection: str
    calls: int
    total_ms: float
    mean_ms: float
    max_ms: float = 0.0
    requests: int = 0
    routes: list[str] = []
    rows: float | None = None
    params: Any = None
    trace: str = ""
    number: int = -1
    fingerprint: str = ""


class TopResponse(msgspec.Struct, frozen=True):
    """Statements, the largest sum first; `notes` say what could not be asked."""

    statements: list[TopStatement]
    notes: list[str] = []


def _post(
    name: str,
    request: type[Request],
    response: type[Response],
    summary: str,
    scope: Scope = Scope.READ,
    megabytes: int = 1,
) -> Endpoint[Request, Response]:
    path = f"/api/explain/{name}"
    full = f"explain.{name}"
    return Endpoint(full, "POST", path, request, response, summary, scope, max_body=megabytes << 20)


STATEMENT = _post(
    "statement", StatementRequest, StatementResponse, "The plan of a statement and what it tells", megabytes=2
)
PLAN = _post(
    "plan", PlanRequest, StatementResponse, "Read a plan from elsewhere, or a stored one", megabytes=8
)
PLANS = _post("plans", PlansRequest, PlansResponse, "Stored plans")
PIN = _post("pin", PinRequest, Done, "Keep a stored plan", Scope.WRITE)
ADVISE = _post("advise", AdviseRequest, AdviseResponse, "Indexes that would help, by the planner's word")
TRIAL = _post("trial", TrialRequest, TrialResponse, "Build an index, measure, and roll it back", Scope.WRITE)
TRIALS = _post("trials", Nothing, TrialsResponse, "Past trials; killed ones are mended")
COMPARE = _post("compare", CompareRequest, CompareResponse, "What differs between two plans", megabytes=16)
TOP = _post("top", TopRequest, TopResponse, "The slowest statements")
