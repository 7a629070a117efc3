"""What the probe inside an application sends. Unknown fields are welcome: probe and server age apart."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from .endpoint import Endpoint, Scope
from .trace import Application, Message, Span, TracedException

# Of one batch; a probe sends at most 100 requests or 2 MiB at once.
MOST_BYTES, MOST_REQUESTS = 16 << 20, 2000


# Ids are shown, searched for and sent in headers.
TraceId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class ProbeStatement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as `TracedStatement`; `frames` are indexes into the request's frames, innermost first."""

    start_ms: float = 0.0
    duration_ms: float = 0.0
    sql: str = ""
    params: Any = None
    many: int = 1
    rows: int | None = None
    error: str = ""
    frames: list[int] = []
    dialect: str = ""
    database: str = ""
    transaction: int = 0
    pool_wait_ms: float = 0.0
    kind: Literal["statement", "commit", "rollback"] = "statement"


class ProbeFrame(msgspec.Struct, frozen=True, array_like=True):
    """A place in the application's own source."""

    file: str = ""
    line: int = 0
    function: str = ""
    source: str = ""


class ProbeLog(msgspec.Struct, frozen=True, kw_only=True):
    """A log record as `TracedLog`."""

    start_ms: float = 0.0
    level: str = ""
    logger: str = ""
    message: str = ""
    file: str = ""
    line: int = 0
    traceback: str = ""


class ProbeOverflow(msgspec.Struct, frozen=True, kw_only=True):
    """Statements of one text beyond the limit: counted, not kept."""

    sql: str = ""
    count: int = 0
    total_ms: float = 0.0


class ProbeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request; `at` in seconds since 1970 (UTC). `overflow` is what was counted beyond the limits."""

    id: TraceId
    at: float
    method: str
    target: str
    re_encoded: bool = False
    route: str = ""
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] = 0
    duration_ms: float = 0.0
    ttfb_ms: float = 0.0
    host: str = ""
    run: str = ""
    origin: str = ""
    parent: str = ""
    test: str = ""
    request: Message = Message()
    response: Message = Message()
    statements: list[ProbeStatement] = []
    frames: list[ProbeFrame] = []
    logs: list[ProbeLog] = []
    spans: list[Span] = []
    exception: TracedException | None = None
    connections_leaked: int = 0
    overflow: list[ProbeOverflow] = []
    dropped: dict[str, int] = {}


class ProbeRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route the application declares and where its function stands."""

    rule: str
    methods: list[str] = []
    endpoint: str = ""
    file: str = ""
    line: int = 0


class IngestRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A batch. Each of `requests` is a `ProbeRequest`; one that is broken does not spoil the others.

    Work that belongs to no request (threads, commands) comes as one of method "" with the place as target.
    `dropped` is how many the probe had to throw away since its last batch.
    """

    application: Application = Application(name="")
    requests: list[msgspec.Raw] = []
    routes: list[ProbeRoute] = []
    dropped: int = 0


class IngestResponse(msgspec.Struct, frozen=True):
    """How many requests were taken and how many were not; `problem` is the first reason."""

    accepted: int
    dropped: int = 0
    problem: str = ""


INGEST = Endpoint(
    "probe.ingest",
    "POST",
    "/api/probe/ingest",
    IngestRequest,
    IngestResponse,
    "Take in requests that a probe captured",
    scope=Scope.INGEST,
    max_body=MOST_BYTES,
)
