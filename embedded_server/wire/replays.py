"""What came of requests: exchanges, answers, how two sets of answers differ, and the verdict on them."""

from __future__ import annotations

from typing import Literal

import msgspec

from .trace import Message

Tone = Literal["", "ok", "warn", "error"]
Part = Literal["status", "header", "body"]
DifferenceKind = Literal["changed", "added", "removed", "type", "order"]
Timing = Literal["faster", "slower", "no difference shown"]


class Phases(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the time of one exchange went, in milliseconds: name lookup, connecting, TLS, sending, waiting
    for the first byte, receiving the rest."""

    dns_ms: float = 0.0
    connect_ms: float = 0.0
    tls_ms: float = 0.0
    send_ms: float = 0.0
    wait_ms: float = 0.0
    receive_ms: float = 0.0


class Sent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went over the wire: every byte in Latin-1 (`bytes` of which at most 256 KiB), and in words what
    differs from the request as captured or written ("Host follows the environment")."""

    text: str = ""
    bytes: int = 0
    truncated: bool = False
    differences: list[str] = []


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What came back. `message.headers` in order and spelling as received; `hash` of the whole body."""

    status: int = 0
    reason: str = ""
    version: str = ""
    message: Message = Message()
    hash: str = ""


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One exchange of a replay. `ms` until the last byte; `trace` what it made the application do, "" when
    the application does not report; `problem` when there was no answer; `pace` the milliseconds that a fixed
    piece of work took on this machine just before, 0 when the application runs elsewhere."""

    number: int
    at: str = ""
    status: int = 0
    ms: float = 0.0
    phases: Phases = Phases()
    trace: str = ""
    bytes: int = 0
    hash: str = ""
    truncated: bool = False
    statements: int = 0
    sql_ms: float = 0.0
    problem: str = ""
    pace: float = 0.0


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One place where two answers differ.

    `path` in a JSON body is a JSON Pointer in which `[key=value]` names an element by its key; in HTML the
    elements' names (`tr:3` the third of its kind); in text `line N`; of a header its name. `before` and
    `after` are shown values, null where there is none. `noise` names why it counts for nothing ("differs
    between two equal requests", "token", "clock"), "" for a real difference.
    """

    part: Part
    kind: DifferenceKind
    path: str
    before: str | None = None
    after: str | None = None
    noise: str = ""


class Noise(msgspec.Struct, frozen=True, kw_only=True):
    """A place that differed between two equal requests, and how."""

    part: Part
    kind: DifferenceKind
    path: str


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a comparison is to overlook at paths that match `path` (`*` for any index or key).

    "ignore" everything below, "order" of a list, "tolerance" numbers that differ by at most `value`, "type"
    values of one kind that `kind` names: timestamp, uuid, number, token.
    """

    path: str
    action: Literal["ignore", "order", "tolerance", "type"] = "ignore"
    value: float = 0.0
    kind: Literal["", "timestamp", "uuid", "number", "token"] = ""


class StatementChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Statements of one fingerprint in one request, before and after; times are medians over the runs."""

    fingerprint: str
    sql: str
    before: int = 0
    after: int = 0
    before_ms: float = 0.0
    after_ms: float = 0.0
    caller: str = ""
    mark: str = ""


class VerdictRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the table before / after."""

    label: str
    before: str = ""
    after: str = ""
    tone: Tone = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether the answer stayed the same and the time changed.

    `ratio` is before / after of the medians (2.7: that much faster), `low` and `high` its 95 % range; `p` of
    the Mann-Whitney test, two-sided. Times in milliseconds.
    """

    timing: Timing = "no difference shown"
    text: str = ""
    tone: Tone = ""
    p: float = 1.0
    ratio: float = 1.0
    low: float = 0.0
    high: float = 0.0
    before_median_ms: float = 0.0
    after_median_ms: float = 0.0
    before_count: int = 0
    after_count: int = 0
    rows: list[VerdictRow] = []


class Comparison(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Two sets of answers to one request: what differs, what is noise, the SQL, the times.

    `before_run` is "" when the capture itself is what is compared with.
    """

    before_run: str = ""
    after_run: str = ""
    diff: list[Difference] = []
    noise: list[Noise] = []
    statements: list[StatementChange] = []
    logs: list[str] = []
    verdict: Verdict = Verdict()
    before_ms: list[float] = []
    after_ms: list[float] = []
    notes: list[str] = []
