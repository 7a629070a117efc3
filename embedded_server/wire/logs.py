"""Logs: views over files, compressed files and the output of commands.

A line stands between two line feeds; a record is a line that some format recognises, with the lines that
belong to it (a traceback). Rows are lines.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .endpoint import Done, Endpoint, Scope
from .trace import Frame

Level = Literal["debug", "info", "warning", "error", "critical"]
SourceKind = Literal["file", "packed", "command"]
# Of one line at most this is sent with a page of rows; the rest by `logs.record`.
ROW_BYTES = 8192
MOST_ROWS = 2000


class LogRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line. `row` is its place in the view (from 0, -1 while unknown), `line` its number in its file
    (from 1, as `grep -n` counts, 0 while unknown), `offset` where it starts, `bytes` its length without the
    line feed.

    `text` is the line as it stands without its line feed, U+FFFD for what is no UTF-8 (then `raw` has the
    bytes in base64), cut after 8 KiB (`cut`). `level` is that of its record, "" for none; `start` false for
    a line that continues the record above. `time` as written; `logger` and `message` where the format names
    them (`message` only if it is not `text[body:]`). `file` counts the files of a rotated log, 0 the newest.
    """

    row: int
    line: int
    offset: int
    bytes: int
    text: str
    level: str = ""
    word: str = ""
    start: bool = True
    time: str = ""
    logger: str = ""
    message: str = ""
    body: int = 0
    cut: bool = False
    raw: str = ""
    file: int = 0


class FormatScore(msgspec.Struct, frozen=True):
    """How well a format reads a log: the share of its beginning's and end's lines, 0 to 1."""

    name: str
    title: str
    score: float = 0.0


class LogState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a source stands. `source` names it in other calls.

    `count` is the number of lines, an estimate until `exact`; `size` in bytes, `indexed` of them read.
    `levels` counts records by level as far as indexed ("" those without one). `format` is what reads it
    (others that were seen beside it in `also`). `first_time` and `last_time` as written. `notice` says what
    happened to the file (rotated, shrunk, gone). `files` counts it and those it was rotated from that are
    still readable; `earlier` the lines of these.
    """

    source: str
    title: str
    path: str
    kind: SourceKind = "file"
    size: int = 0
    indexed: int = 0
    count: int = 0
    exact: bool = False
    levels: dict[str, int] = {}
    format: str = ""
    also: list[str] = []
    forced: bool = False
    first_time: str = ""
    last_time: str = ""
    notice: str = ""
    missing: bool = False
    files: int = 1
    earlier: int = 0
    command: list[str] = []
    running: bool = False
    exit_code: int | None = None


class OpenLogRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Open a file (plain or .gz) and follow it. `format` forces one by name, "" keeps what was chosen
    before or else recognises it. `limit` rows of each end come back at once."""

    path: str
    format: str = ""
    limit: int = 200


class OpenLogResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The first screens: `head` the first rows, `tail` the last ones (their numbers are still unknown unless
    the file is small); `formats` what else could read it, best first."""

    state: LogState
    head: list[LogRow]
    tail: list[LogRow]
    formats: list[FormatScore]


class RunCommandRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Run a command in `folder` ("" for home) and follow what it prints; it ends with `logs.close`."""

    command: list[str]
    folder: str = ""
    format: str = ""


class SourceRequest(msgspec.Struct, frozen=True):
    """A source by the name that `logs.open` gave, or by a path, which opens it."""

    source: str


class StateRequest(msgspec.Struct, frozen=True):
    """`wait` up to so many seconds until everything there is now was indexed."""

    source: str
    wait: float = 0.0


class RowsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a source, at most `limit` (2000): from place `row`, or from the line at byte `offset`, or the
    `last` ones.

    `view` names a search whose hits are the rows, "" all lines. `earlier` puts the lines of rotated files
    that are still readable before those of the file. `before` so many lines above `row` or `offset` as well.
    """

    source: str
    row: int | None = None
    offset: int | None = None
    last: bool = False
    limit: int = 100
    view: str = ""
    earlier: bool = False
    before: int = 0


class RowsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`count` is the number of rows of the view, an estimate until `exact`; `next` the row to ask for next,
    null at the end."""

    rows: list[LogRow]
    count: int
    exact: bool
    next: int | None = None


class RecordRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The record around the line at byte `offset` of `file` (see `LogRow`), with `limit` bytes of text."""

    source: str
    offset: int
    file: int = 0
    limit: int = 1 << 18


class TracebackPart(msgspec.Struct, frozen=True, omit_defaults=True):
    """One exception of a traceback, root cause first; `relation` how it came to the next one."""

    type: str
    message: str
    frames: list[Frame] = []
    relation: str = ""


class LogId(msgspec.Struct, frozen=True, omit_defaults=True):
    """An id found in a record, and the captured request it belongs to.
    `match` says how sure that is: "exact" (the id of the trace), "header" (the value stood in a header of the
    request), "time" (only the clock), "" when no request is known.
    """

    name: str
    value: str
    trace: str = ""
    title: str = ""
    match: str = ""


class RecordResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A record as a whole: `first_line` its first line's number, `lines` how many it has, `text` cut after
    `limit` bytes of `bytes`. `fields` as the format (or JSON) gives them; `parts` its traceback; `sql` the
    statement an exception names; `ids` the requests it leads to."""

    offset: int
    first_line: int
    lines: int
    bytes: int
    text: str
    cut: bool = False
    level: str = ""
    word: str = ""
    time: str = ""
    logger: str = ""
    message: str = ""
    fields: dict[str, Any] = {}
    parts: list[TracebackPart] = []
    sql: str = ""
    ids: list[LogId] = []


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Find lines. `pattern` is a regular expression (`literal` takes it as it stands), "" every line.

    `levels` keeps records of these levels; `since` and `until` bound the time, written as in the log. `view`
    names the search: its hits stay as rows of `logs.rows` and follow the file until another search takes the
    name or `logs.close`. `limit` hits come with their text. `earlier` as in `logs.rows`.
    """

    source: str
    pattern: str = ""
    literal: bool = False
    ignore_case: bool = False
    levels: list[Level] = []
    since: str = ""
    until: str = ""
    view: str = ""
    limit: int = 1000
    earlier: bool = False


class SearchBatch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was found since the last batch: `lines` with their text (until `limit`), `count` hits so far.
    `engine` is "ripgrep", or "re" for what only Python's patterns can say. The last batch has `done`."""

    lines: list[LogRow]
    count: int
    done: bool = False
    engine: str = ""
    elapsed_ms: float = 0.0


class FindResponse(msgspec.Struct, frozen=True):
    """How a search stands: `count` hits so far, `done` when everything was looked through."""

    count: int
    done: bool
    engine: str = ""


class HistogramRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Records by time and level in about `buckets` steps, between `since` and `until` if given."""

    source: str
    buckets: int = 120
    since: str = ""
    until: str = ""


class Bucket(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of time: records by level, and the byte offset where it begins in the file."""

    at: str
    counts: dict[str, int] = {}
    offset: int = 0


class HistogramResponse(msgspec.Struct, frozen=True, kw_only=True):
    """`step_ms` wide buckets; by bytes of the file (step 0, `at` "") where the format has no time.
    `exact` false: spread evenly inside blocks of 256 KiB, by their first and last time."""

    buckets: list[Bucket]
    step_ms: float
    exact: bool


class SourcesRequest(msgspec.Struct, frozen=True):
    """Logs at hand: of a folder ("" for none), recent ones, open ones."""

    folder: str = ""


class LogSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A log that can be opened; `place` is why it is listed."""

    path: str
    title: str
    place: Literal["open", "recent", "folder"]
    kind: SourceKind = "file"
    source: str = ""
    size: int = 0
    at: str = ""
    command: list[str] = []


class SourcesResponse(msgspec.Struct, frozen=True):
    """Open ones first, then recent ones, then files of the folder, each path once."""

    sources: list[LogSource]


class FormatsRequest(msgspec.Struct, frozen=True):
    """Which formats are known; for `source` with the share of it each one reads."""

    source: str = ""


class FormatsResponse(msgspec.Struct, frozen=True):
    """Best first."""

    formats: list[FormatScore]


class ForceRequest(msgspec.Struct, frozen=True):
    """Read a source as this format from now on; "" recognises it again."""

    source: str
    format: str


OPEN = Endpoint(
    "logs.open",
    "POST",
    "/api/logs/open",
    OpenLogRequest,
    OpenLogResponse,
    "Open a log file and show both its ends at once; it is indexed and followed from then on.",
)
RUN = Endpoint(
    "logs.run",
    "POST",
    "/api/logs/run",
    RunCommandRequest,
    LogState,
    "Run a command and follow its output as a log.",
    Scope.WRITE,
)
CLOSE = Endpoint(
    "logs.close",
    "POST",
    "/api/logs/close",
    SourceRequest,
    Done,
    "Close a source; a command it runs is ended.",
)
STATE = Endpoint("logs.state", "POST", "/api/logs/state", StateRequest, LogState, "How far a source is read.")
ROWS = Endpoint("logs.rows", "POST", "/api/logs/rows", RowsRequest, RowsResponse, "Lines of a source.")
RECORD = Endpoint(
    "logs.record",
    "POST",
    "/api/logs/record",
    RecordRequest,
    RecordResponse,
    "One record with its fields, its traceback and the requests it belongs to.",
)
SEARCH = Endpoint(
    "logs.search",
    "POST",
    "/api/logs/search",
    SearchRequest,
    SearchBatch,
    "Find lines by pattern, level and time; hits arrive in batches.",
    stream=True,
)
FIND = Endpoint(
    "logs.find",
    "POST",
    "/api/logs/find",
    SearchRequest,
    FindResponse,
    "Begin a search whose hits are rows of `logs.rows` and told by events; no condition ends it.",
)
HISTOGRAM = Endpoint(
    "logs.histogram",
    "POST",
    "/api/logs/histogram",
    HistogramRequest,
    HistogramResponse,
    "Records by time and level.",
)
SOURCES = Endpoint(
    "logs.sources", "POST", "/api/logs/sources", SourcesRequest, SourcesResponse, "Logs that can be opened."
)
FORMATS = Endpoint(
    "logs.formats",
    "POST",
    "/api/logs/formats",
    FormatsRequest,
    FormatsResponse,
    "Log formats that are known.",
)
FORCE = Endpoint(
    "logs.force",
    "POST",
    "/api/logs/force",
    ForceRequest,
    LogState,
    "Read a source as a format, whatever it looks like.",
)
