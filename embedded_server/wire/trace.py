"""What happened in one request: its statements, spans, log lines and exception, as captured or replayed."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Done, Endpoint, Scope

TraceSource = Literal["capture", "run", "import", "otlp"]
Mark = Literal["N+1", "duplicates", "error", "writes", "leak", "truncated", "re-encoded"]
StepKind = Literal[
    "captured", "explained", "index", "migration", "rehearsed", "applied", "replayed", "verdict"
]


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    """A place in the application's source; `source` is the line's text, `own` false for library code."""

    file: str
    line: int
    function: str
    source: str = ""
    own: bool = True
    # Redacted local variables, only where the application opted in.
    variables: dict[str, str] = {}


class TracedStatement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One statement the request ran. Times in milliseconds, `start_ms` from the request's begin.

    `params` are the bound values in the driver's own shape (list, dict, null for none), redacted;
    of an executemany only the first set, `many` counts the sets. `rows` is null where the driver does not
    know. `callers` innermost first, own code only. `fingerprint` is equal for statements that differ in
    values alone. `dialect` and `database` (a URL without its password) say where it ran; `connection` is
    the saved connection that is the same database, else the URL. `transaction` numbers the database
    transactions of the request. `pool_wait_ms` is the time the checkout before it waited.
    """

    number: int
    start_ms: float
    duration_ms: float
    sql: str
    params: Any = None
    many: int = 1
    rows: int | None = None
    error: str = ""
    fingerprint: str = ""
    callers: list[Frame] = []
    dialect: str = ""
    database: str = ""
    connection: str = ""
    transaction: int = 0
    pool_wait_ms: float = 0.0
    kind: Literal["statement", "commit", "rollback"] = "statement"


class TracedLog(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A log record written while the request ran; `start_ms` from the request's begin."""

    number: int
    start_ms: float
    level: str
    logger: str
    message: str
    file: str = ""
    line: int = 0
    traceback: str = ""
    # How it was matched to the request: its own context, or only thread and time.
    match: Literal["exact", "thread", "time"] = "exact"


class Span(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Work that is no statement: a template, a call to another service, redis, a wait for a connection."""

    kind: Literal["template", "http", "redis", "pool", "custom"]
    name: str
    start_ms: float
    duration_ms: float
    detail: str = ""
    error: str = ""


class TracedException(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An exception; `handled` when an error handler answered for it. `cause` is what it was raised from."""

    type: str
    message: str
    handled: bool = False
    frames: list[Frame] = []
    cause: TracedException | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request or a response: headers in order as sent (or as WSGI gave them), body as far as kept.

    `body` is text where it is text, else null and `body_base64` has it. `body_bytes` is the whole size;
    `truncated` when less than that was kept.
    """

    headers: list[tuple[str, str]] = []
    body: str | None = None
    body_base64: str = ""
    body_bytes: int = 0
    truncated: bool = False
    content_type: str = ""


class TraceSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the list. `at` is UTC ISO 8601 with microseconds, `target` path and query as received.

    `statements` counts all, `shapes` the distinct ones; `slowest` is the text of the slowest. `run` names
    the replay it belongs to (`run/3`: its third request), `origin` the trace it replays.
    """

    id: str
    at: str
    source: TraceSource
    method: str
    target: str
    route: str = ""
    status: int = 0
    duration_ms: float = 0.0
    statements: int = 0
    shapes: int = 0
    sql_ms: float = 0.0
    logs: int = 0
    marks: list[Mark] = []
    app: str = ""
    host: str = ""
    run: str = ""
    origin: str = ""
    pinned: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Statements of one fingerprint in one request; `numbers` are theirs.

    `mark` is "N+1" (values differ, many times from one place), "duplicates" (same values again), or empty.
    `values` shows what differs, at most 20. `parent` is the number of the statement whose rows they follow.
    """

    fingerprint: str
    sql: str
    count: int
    total_ms: float
    numbers: list[int]
    mark: Literal["", "N+1", "duplicates"] = ""
    values: list[str] = []
    caller: Frame | None = None
    parent: int | None = None
    reason: str = ""


class Application(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The application as its probe described it, so that a colleague can bring up the same state."""

    name: str
    pid: int = 0
    python: str = ""
    folder: str = ""
    framework: str = ""
    versions: dict[str, str] = {}
    git_revision: str = ""
    git_dirty: bool = False
    alembic_heads: list[str] = []
    url: str = ""


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was done about a trace: a station of the way from slow to proven. `ref` opens it again.

    `text` is one line for the timeline ("Seq Scan orders 264 ms"), `facts` what a report repeats.
    """

    id: int
    trace: str
    kind: StepKind
    at: str
    text: str
    ref: dict[str, Any] | None = None
    facts: dict[str, Any] = {}


class Trace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request with everything it caused. `unexplained_ms` is time that no statement and no span covers;
    `ttfb_ms` when the first byte of the body left. `dropped` counts what limits cut off, by kind."""

    summary: TraceSummary
    request: Message
    response: Message
    statements: list[TracedStatement] = []
    groups: list[Group] = []
    logs: list[TracedLog] = []
    spans: list[Span] = []
    exception: TracedException | None = None
    application: Application | None = None
    ttfb_ms: float = 0.0
    unexplained_ms: float = 0.0
    connections_leaked: int = 0
    dropped: dict[str, int] = {}
    steps: list[Step] = []
    # The trace id of the caller's `traceparent` header, and the id of the test that sent the request.
    parent: str = ""
    test: str = ""


class ListRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Requests, newest first.

    `filter` is words that must all hold: a bare word is part of the path and query; `status:404`,
    `status:5xx`, `sql>20` (statements), `slow>200` (milliseconds), `logs>0`, `sqlms>50`, `method:POST`,
    `route:/orders`, `mark:N+1`, `app:hello`, `host:..`, `run:..`, `origin:..`, `source:run`, `pinned:yes`;
    a `-` before a word turns it round, quotes keep blanks. `before` is the `next` of an earlier answer.
    """

    filter: str = ""
    limit: int = 200
    before: str = ""
    ids: list[str] = []


class ListResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`next` asks for older ones, empty at the end. `hidden` is how many the filter left out, null when
    that would have to be counted; `total` how many requests are kept."""

    requests: list[TraceSummary]
    next: str = ""
    hidden: int | None = None
    total: int = 0


class GetRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One request by its id."""

    id: str


class RoutesRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Routes of one application, of all when `app` is empty."""

    app: str = ""


class RouteRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A route an application declares, or was called by: how often, and how it did.

    `p50_ms` and `statements` are medians over its captured requests. `file` and `line` of its function;
    `declared` false for one that only requests tell of. `last` is the newest request's id.
    """

    app: str
    rule: str
    methods: list[str] = []
    endpoint: str = ""
    file: str = ""
    line: int = 0
    declared: bool = True
    calls: int = 0
    errors: int = 0
    p50_ms: float = 0.0
    slowest_ms: float = 0.0
    statements: float = 0.0
    marks: list[Mark] = []
    last: str = ""
    last_at: str = ""


class RoutesResponse(msgspec.Struct, frozen=True):
    """Called ones first, the slowest at the top; then those that were never called."""

    rows: list[RouteRow]


class SeenRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row by its key: `key` are cells in their JSON form, of `columns` in the same order."""

    connection: str
    table: str
    key: list[Any]
    columns: list[str] = []
    schema: str = ""
    limit: int = 20


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A request with the first of its statements that named the table and bound the key."""

    request: TraceSummary
    number: int
    sql: str
    writes: bool = False


class SeenResponse(msgspec.Struct, frozen=True):
    """Newest first."""

    requests: list[Sighting]


class PinRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keep a request when older ones are removed to make room, or let it go again."""

    id: str
    pinned: bool = True


class DeleteRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests by id; `all` removes every one that is not pinned."""

    ids: list[str] = []
    all: bool = False


class DeleteResponse(msgspec.Struct, frozen=True):
    """How many are gone."""

    count: int


LIST = Endpoint(
    "trace.list", "POST", "/api/trace/list", ListRequest, ListResponse, "Captured requests, newest first"
)
GET = Endpoint("trace.get", "POST", "/api/trace/get", GetRequest, Trace, "Everything one request caused")
ROUTES = Endpoint(
    "trace.routes", "POST", "/api/trace/routes", RoutesRequest, RoutesResponse, "Routes, called or not"
)
SEEN = Endpoint(
    "trace.seen", "POST", "/api/trace/seen", SeenRequest, SeenResponse, "Requests that touched a row"
)
PIN = Endpoint("trace.pin", "POST", "/api/trace/pin", PinRequest, Done, "Keep a request", Scope.WRITE)
DELETE = Endpoint(
    "trace.delete", "POST", "/api/trace/delete", DeleteRequest, DeleteResponse, "Remove requests", Scope.WRITE
)
