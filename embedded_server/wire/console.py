"""The SQL console: splitting, running, fetching more, formatting, history."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .data import Column
from .endpoint import Done, Endpoint, Scope
from .values import RowBlock

TransactionState = Literal["auto", "idle", "active", "failed", "lost"]


class SplitRequest(msgspec.Struct, frozen=True):
    """SQL text to cut into statements; `dialect` an engine name, or empty for the connection's."""

    sql: str
    dialect: str = ""
    connection: str = ""


class Statement(msgspec.Struct, frozen=True):
    """One statement: characters [start, end) of the text, 1-based `line`, and what it is.

    `kind` is the leading keyword in upper case; `reads_only` whether by its text it surely only reads (what a
    view or operator of the database's own calls is not in the text);
    `parameters` its placeholders in order of appearance (":name", "?", "$1", "%s"). `skipped` says why it is
    none and never runs ("psql command", "COPY data", "DELIMITER", "GO"), "" for a statement.
    """

    start: int
    end: int
    line: int
    sql: str
    kind: str = ""
    reads_only: bool = False
    parameters: list[str] = []
    skipped: str = ""


class SplitResponse(msgspec.Struct, frozen=True):
    """Statements in order; comments before a statement belong to it."""

    statements: list[Statement]


class RunRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Run one or more statements.

    `session` pins a console tab to one database session (made on first use); empty runs in a session
    of its own that is closed again. `params` by name, or by position as "1", "2". `limit` is how many rows
    of each result come back at once; more by `console.fetch`. `on_error` stop or continue.
    `transaction` "auto" commits each statement, "manual" leaves a transaction open in the session.
    `single` takes the text as one statement that is not to be cut (a routine from between DELIMITER lines).
    `confirmed` is the token `console.guard` gave for this text: without it nothing that writes runs on a
    production connection.
    """

    connection: str
    sql: str
    session: str = ""
    params: dict[str, Any] = {}
    limit: int = 1000
    on_error: Literal["stop", "continue"] = "stop"
    transaction: Literal["auto", "manual"] = "auto"
    allow_write: bool = False
    origin: str = ""
    single: bool = False
    confirmed: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The outcome of one statement.

    `columns`/`rows` for a result set (the first `limit` rows; `more` when it has further ones, then
    `result` names it for `console.fetch`, or is empty when a later statement of the same run or a session of
    its own made the rest unreachable); `affected` rows of a writing one; `notices` what the server said
    beside it; `error` a problem in its JSON form, its `position` counted in the request's text, 1-based
    `error_line` and `error_column` beside it. `start`/`end` are offsets in the request's text. Times in
    milliseconds. `kind` as in `Statement`; `skipped` why it was not run.
    """

    sql: str
    start: int = 0
    end: int = 0
    columns: list[Column] = []
    rows: RowBlock | None = None
    more: bool = False
    result: str = ""
    affected: int | None = None
    notices: list[str] = []
    error: dict[str, Any] | None = None
    error_line: int = 0
    error_column: int = 0
    elapsed_ms: float = 0.0
    kind: str = ""
    skipped: str = ""


class RunResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Results in the order of the statements, and the state of the session's transaction.

    Of a long script only the first 500 results are listed, and every later one with rows, messages or an
    error; `unlisted` counts the others. `not_run` counts statements behind the one that stopped the run.
    `transaction_sql` holds the statements of the open (or lost) transaction, passwords cut.
    """

    statements: list[Result]
    unlisted: int = 0
    not_run: int = 0
    session: str = ""
    transaction: TransactionState = "auto"
    transaction_statements: int = 0
    transaction_sql: list[str] = []
    read_only: bool = False
    elapsed_ms: float = 0.0


class FetchRequest(msgspec.Struct, frozen=True):
    """The next `limit` rows of an open result."""

    session: str
    result: str
    limit: int = 1000


class FetchResponse(msgspec.Struct, frozen=True):
    """Further rows; `more` false means the result is finished and closed."""

    rows: RowBlock
    more: bool


class SessionRequest(msgspec.Struct, frozen=True):
    """Name a console session and what to do with it."""

    session: str
    action: Literal["commit", "rollback", "close", "state"] = "state"


class SessionResponse(msgspec.Struct, frozen=True):
    """State after the action; `idle_ms` since the session's last statement."""

    session: str
    transaction: TransactionState
    transaction_statements: int = 0
    transaction_sql: list[str] = []
    idle_ms: float = 0.0


class FormatRequest(msgspec.Struct, frozen=True):
    """SQL to lay out; only blanks and the case of keywords may change."""

    sql: str
    dialect: str = ""
    indent: int = 4
    keyword_case: Literal["upper", "lower", "as is"] = "upper"


class FormatResponse(msgspec.Struct, frozen=True):
    """The text; unchanged with a `notice` when laying it out would alter more than blanks and case."""

    sql: str
    notice: str = ""


class HistoryRequest(msgspec.Struct, frozen=True):
    """Past statements, newest first; `before` continues a listing.

    `query` is filter text: words that all occur in the statement, `-word` that does not, `"two words"`,
    `slow>200` and `slow<5` (milliseconds), `rows>1000`, `status:error`, `status:ok`, `connection:name`,
    `origin:console`, `date:2026-11-23` (a beginning of the UTC time).
    """

    connection: str = ""
    query: str = ""
    limit: int = 200
    before: int | None = None
    origin: str = ""


class HistoryEntry(msgspec.Struct, frozen=True):
    """A statement that was run; `at` is UTC ISO 8601; `origin` "console" or the part that ran it."""

    id: int
    at: str
    connection: str
    sql: str
    elapsed_ms: float
    count: int | None = None
    error: str = ""
    origin: str = "console"


class HistoryResponse(msgspec.Struct, frozen=True):
    """Entries, newest first; `next` is the `before` of the following page."""

    statements: list[HistoryEntry]
    next: int | None = None


SPLIT = Endpoint(
    "console.split", "POST", "/api/console/split", SplitRequest, SplitResponse, "Cut", max_body=32 << 20
)
RUN = Endpoint(
    "console.run",
    "POST",
    "/api/console/run",
    RunRequest,
    RunResponse,
    "Run SQL",
    Scope.WRITE,
    max_body=32 << 20,
)
FETCH = Endpoint("console.fetch", "POST", "/api/console/fetch", FetchRequest, FetchResponse, "More rows")
SESSION = Endpoint(
    "console.session",
    "POST",
    "/api/console/session",
    SessionRequest,
    SessionResponse,
    "Commit, roll back",
    Scope.WRITE,
)
FORMAT = Endpoint(
    "console.format",
    "POST",
    "/api/console/format",
    FormatRequest,
    FormatResponse,
    "Lay out",
    max_body=32 << 20,
)
HISTORY = Endpoint(
    "console.history", "POST", "/api/console/history", HistoryRequest, HistoryResponse, "Past SQL"
)
CLEAR_HISTORY = Endpoint(
    "console.forget",
    "POST",
    "/api/console/forget",
    HistoryRequest,
    Done,
    "Delete matching history",
    Scope.WRITE,
)
