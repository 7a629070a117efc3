"""What the timeline shows of a trace: one row per group of statements, span and log line, on one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from desktop.kit.statements import Piece, plain, short, value_text
from desktop.kit.statements import places as places_of
from embedded_server.wire.trace import Group, Span, Trace, TracedLog, TracedStatement

from .words import plural, request_text

Kind = Literal["request", "group", "statement", "span", "log", "logs", "unexplained", "exception"]
Interval = tuple[float, float]

# Less unexplained time, or a shorter end of a transaction, is not worth a row: in milliseconds, and as a
# share of the request.
LEAST_MS, LEAST_SHARE = 0.5, 0.01
# So many log lines stand one by one; more are folded into one row.
MOST_LOGS = 6
# A group that takes at least this share of the request stands out.
SLOW_SHARE = 0.25


@dataclass(frozen=True)
class Row:
    """A line of the timeline. `bars` are pieces of time in milliseconds from the request's begin.

    `token` colours the bars; `duration` is null where a thing takes no time. `numbers` are the statements
    or the log lines it stands for.
    """

    kind: Kind
    pieces: tuple[Piece, ...]
    bars: tuple[Interval, ...]
    duration: float | None
    token: str
    badge: str = ""
    numbers: tuple[int, ...] = ()
    note: str = ""
    children: tuple[Row, ...] = field(default=())

    def text(self) -> str:
        """Its words."""
        return plain(self.pieces) + (f"  {self.badge}" if self.badge else "")

    def start(self) -> float:
        """When it begins."""
        return self.bars[0][0] if self.bars else 0.0


def rows_of(trace: Trace) -> Row:
    """The request with everything it caused, in the order of their begin."""
    total = trace.summary.duration_ms
    found = [
        *_groups(trace),
        *(_span(span) for span in trace.spans),
        *_logs(trace.logs),
        *_exception(trace),
    ]
    found.sort(key=Row.start)
    title = (Piece(request_text(trace.summary)),)
    rest = _unexplained(trace, total)
    return Row(
        "request", title, ((0.0, total),), total, "info", children=tuple([*found, *([rest] if rest else [])])
    )


# --- statements --------------------------------------------------------------------------------------


def groups_of(trace: Trace) -> list[tuple[Group, list[TracedStatement]]]:
    """The groups with their statements; statements in no group make one of their own."""
    known = {statement.number: statement for statement in trace.statements}
    found = []
    for group in trace.groups:
        members = [known.pop(number) for number in group.numbers if number in known]
        if members:
            found.append((group, members))
    for statement in known.values():
        if statement.kind == "statement":
            found.append((_alone(statement), [statement]))
    found.sort(key=_first_start)
    return found


def _first_start(entry: tuple[Group, list[TracedStatement]]) -> float:
    return entry[1][0].start_ms


def _alone(statement: TracedStatement) -> Group:
    return Group(
        fingerprint=statement.fingerprint,
        sql=statement.sql,
        count=1,
        total_ms=statement.duration_ms,
        numbers=[statement.number],
        caller=statement.callers[0] if statement.callers else None,
    )


def _groups(trace: Trace) -> list[Row]:
    entries = groups_of(trace)
    slowest = max((group.total_ms for group, _ in entries), default=0.0)
    share = trace.summary.duration_ms * SLOW_SHARE
    found = [_group(group, members, slowest if slowest >= share else -1.0) for group, members in entries]
    ends = [one for one in trace.statements if one.kind != "statement" and notable(one.duration_ms, trace)]
    grouped = {number for group, _ in entries for number in group.numbers}
    return found + [_ending(statement) for statement in ends if statement.number not in grouped]


def _group(group: Group, members: list[TracedStatement], slowest: float) -> Row:
    error = next((statement.error for statement in members if statement.error), "")
    token = "faint"
    if group.mark or error:
        token = "error"
    elif group.total_ms == slowest:
        token = "warn"
    if len(members) == 1:
        return _statement(members[0], token)
    badge = f"× {len(members):,}" + (f"  {group.mark}" if group.mark else "")
    return Row(
        "group",
        tuple(short(members[0].sql, members[0].dialect)),
        tuple(_interval(statement) for statement in members),
        group.total_ms,
        token,
        badge,
        tuple(statement.number for statement in members),
        group.reason or error,
        tuple(_statement(statement, token, values=True) for statement in members),
    )


def _statement(statement: TracedStatement, token: str, values: bool = False) -> Row:
    shown = None
    if values:
        bound = places_of(statement.sql, statement.params, statement.dialect)
        shown = [value_text(value) for _, _, value in bound]
    return Row(
        "statement",
        tuple(short(statement.sql, statement.dialect, shown)),
        (_interval(statement),),
        statement.duration_ms,
        token,
        f"× {statement.many:,}" if statement.many > 1 else "",
        (statement.number,),
        statement.error,
    )


def _ending(statement: TracedStatement) -> Row:
    word = statement.kind.upper()
    bars = (_interval(statement),)
    return Row("statement", (Piece(word),), bars, statement.duration_ms, "faint", "", (statement.number,))


def _interval(thing: TracedStatement | Span) -> Interval:
    return thing.start_ms, thing.start_ms + thing.duration_ms


# --- spans, logs, the exception ----------------------------------------------------------------------

_VERBS = {
    "template": "render",
    "http": "call",
    "redis": "redis",
    "pool": "wait for a connection",
    "custom": "",
}


def _span(span: Span) -> Row:
    word = _VERBS[span.kind]
    name = span.name if span.name != word else ""
    text = " ".join(part for part in (word, name) if part)
    token = "error" if span.error else "faint"
    note = "\n".join(part for part in (span.detail, span.error) if part)
    return Row("span", (Piece(text),), (_interval(span),), span.duration_ms, token, note=note)


def _logs(logs: Sequence[TracedLog]) -> list[Row]:
    if len(logs) <= MOST_LOGS:
        return [_log(line) for line in logs]
    loud = [line for line in logs if level_of(line) in ("warn", "error")]
    shown = loud if len(loud) <= MOST_LOGS else []
    rest = [line for line in logs if line not in shown]
    worst = "error" if any(level_of(line) == "error" for line in rest) else "faint"
    folded = Row(
        "logs",
        (Piece(plural(len(rest), "log line")),),
        tuple((line.start_ms, line.start_ms) for line in rest),
        None,
        worst,
        numbers=tuple(line.number for line in rest),
        children=tuple(_log(line) for line in rest),
    )
    return [*(_log(line) for line in shown), folded]


def level_of(line: TracedLog) -> str:
    """The colour of a log line's bar."""
    return {"CRITICAL": "error", "ERROR": "error", "WARNING": "warn", "INFO": "info"}.get(
        line.level.upper(), "faint"
    )


def _log(line: TracedLog) -> Row:
    message = " ".join(line.message.split())
    text = " ".join(part for part in (line.level, line.logger, message) if part)
    bar = (line.start_ms, line.start_ms)
    return Row("log", (Piece(text),), (bar,), None, level_of(line), "", (line.number,), line.traceback)


def _exception(trace: Trace) -> list[Row]:
    if trace.exception is None:
        return []
    word = "handled" if trace.exception.handled else "raised"
    text = f"{trace.exception.type} {word}: {' '.join(trace.exception.message.split())}"
    at = trace.summary.duration_ms
    return [Row("exception", (Piece(text),), ((at, at),), None, "error")]


# --- time that nothing explains ------------------------------------------------------------------------


def gaps(covered: Sequence[Interval], total: float) -> list[Interval]:
    """The parts of 0..total that no interval covers, in order."""
    found: list[Interval] = []
    at = 0.0
    for start, end in sorted(covered):
        if start > at:
            found.append((at, min(start, total)))
        at = max(at, end)
        if at >= total:
            break
    if at < total:
        found.append((at, total))
    return [(start, end) for start, end in found if end > start]


def notable(milliseconds: float, trace: Trace) -> bool:
    """Whether a time is worth a row of its own."""
    return milliseconds >= max(LEAST_MS, trace.summary.duration_ms * LEAST_SHARE)


def _unexplained(trace: Trace, total: float) -> Row | None:
    rest = trace.unexplained_ms
    if not notable(rest, trace):
        return None
    things: list[TracedStatement | Span] = [*trace.statements, *trace.spans]
    bars = gaps([_interval(thing) for thing in things], total)
    name = "fetch + Python" if trace.statements else "Python"
    note = "Time that no statement and no span covers: rows being read, objects being built, own code"
    return Row("unexplained", (Piece(name),), tuple(bars), rest, "bg3", note=note)
