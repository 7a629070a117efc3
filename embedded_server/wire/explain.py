"""Plans, what they tell, and indexes that would help: from a statement to measured advice.

Every number says what it is: `estimated` is the planner's guess, `rows` and times were measured.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Done, Endpoint, Scope

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


STATEMENT = Endpoint(
    "explain.statement",
    "POST",
    "/api/explain/statement",
    StatementRequest,
    StatementResponse,
    "The plan of a statement and what it tells",
)
PLAN = Endpoint(
    "explain.plan",
    "POST",
    "/api/explain/plan",
    PlanRequest,
    StatementResponse,
    "Read a plan from elsewhere, or a stored one",
    max_body=8 << 20,
)
PLANS = Endpoint("explain.plans", "POST", "/api/explain/plans", PlansRequest, PlansResponse, "Stored plans")
PIN = Endpoint("explain.pin", "POST", "/api/explain/pin", PinRequest, Done, "Keep a stored plan", Scope.WRITE)
