"""Two captured requests side by side: SQL, log lines, times, response."""

from __future__ import annotations

import msgspec

from .endpoint import Endpoint
from .replays import Difference, StatementChange, VerdictRow
from .trace import TraceSummary


class CompareRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two requests by id."""

    before: str
    after: str


class StatementPair(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step of both statement lists, aligned by fingerprint: numbers in each, null where it has none."""

    sql: str
    before: int | None = None
    after: int | None = None
    before_ms: float = 0.0
    after_ms: float = 0.0


class LogChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A log line with its values masked, and how often each request wrote it."""

    level: str
    logger: str
    pattern: str
    before: int = 0
    after: int = 0


class CompareResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`statements` are the changes by fingerprint ("21 -> 2"), those that changed most first; `lines` both
    lists aligned; `logs` the log lines of both by pattern; `diff` where the responses differ; `rows` the
    figures side by side, `text` the SQL's difference in one line."""

    before: TraceSummary
    after: TraceSummary
    text: str
    statements: list[StatementChange]
    lines: list[StatementPair]
    logs: list[LogChange]
    diff: list[Difference]
    rows: list[VerdictRow]


COMPARE = Endpoint(
    "trace.compare",
    "POST",
    "/api/trace/compare",
    CompareRequest,
    CompareResponse,
    "What two requests did differently",
)
