"""What two requests did differently: statements by fingerprint, log lines by pattern, figures, response."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from embedded_server.wire.replays import Difference, StatementChange, Tone, VerdictRow
from embedded_server.wire.trace import Trace, TracedLog, TracedStatement
from embedded_server.wire.trace_compare import CompareResponse, LogChange, StatementPair

# Above this many statements only equal beginnings and ends are aligned.
LONGEST = 2000
# Less than this share of the time is the clock, not the code.
_NOTICEABLE = 0.1
_VALUES = re.compile(
    r"""0x[0-9a-f]+|[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}|\b(?=[a-f]*\d)[0-9a-f]{16,}\b"""
    r"""|"[^"]*"|'[^']*'|\[redacted:[0-9a-f]+\]|\d+(?:[.,:]\d+)*""",
    re.IGNORECASE,
)


def compared(before: Trace, after: Trace) -> CompareResponse:
    """The whole comparison."""
    changes = _changes(before, after)
    diff = _diff(before, after)
    return CompareResponse(
        before=before.summary,
        after=after.summary,
        text=_said(before, after, changes),
        statements=changes,
        lines=_aligned(_run(before), _run(after)),
        logs=_logs(before.logs, after.logs),
        diff=diff,
        rows=_rows(before, after, diff),
    )


def _diff(before: Trace, after: Trace) -> list[Difference]:
    try:
        from embedded_server.http.diff import diff_messages  # noqa: PLC0415  # lazy: http may be taken out
    except ImportError:
        return []
    statuses = before.summary.status, after.summary.status
    return diff_messages(before.response, after.response, statuses=statuses)


def _run(trace: Trace) -> list[TracedStatement]:
    return [one for one in trace.statements if one.kind == "statement"]


def _changes(before: Trace, after: Trace) -> list[StatementChange]:
    old = {group.fingerprint: group for group in before.groups}
    new = {group.fingerprint: group for group in after.groups}
    changes = []
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        shown = one or other
        assert shown is not None
        place = shown.caller
        changes.append(
            StatementChange(
                fingerprint=key,
                sql=shown.sql,
                before=one.count if one else 0,
                after=other.count if other else 0,
                before_ms=one.total_ms if one else 0.0,
                after_ms=other.total_ms if other else 0.0,
                caller=f"{place.file}:{place.line}" if place else "",
                mark=(other.mark if other else "") or (one.mark if one else ""),
            )
        )
    return sorted(changes, key=_weight)


def _weight(change: StatementChange) -> tuple[int, float]:
    return -abs(change.before - change.after), -abs(change.before_ms - change.after_ms)


def _said(before: Trace, after: Trace, changes: Sequence[StatementChange]) -> str:
    counts = f"{before.summary.statements} \u2192 {after.summary.statements} statements"
    new = sum(1 for change in changes if not change.before)
    gone = sum(1 for change in changes if not change.after)
    parts = [f"{new} new" if new else "", f"{gone} gone" if gone else ""]
    times = f"{before.summary.sql_ms:.1f} \u2192 {after.summary.sql_ms:.1f} ms of SQL"
    return ", ".join([counts, *filter(None, parts), times])


def _aligned(before: list[TracedStatement], after: list[TracedStatement]) -> list[StatementPair]:
    if len(before) + len(after) > LONGEST:
        return [_pair(one, None) for one in before] + [_pair(None, one) for one in after]
    keys = [one.fingerprint for one in before], [one.fingerprint for one in after]
    lines: list[StatementPair] = []
    for tag, start, stop, other_start, other_stop in SequenceMatcher(
        None, *keys, autojunk=False
    ).get_opcodes():
        if tag == "equal":
            pairs = zip(before[start:stop], after[other_start:other_stop], strict=True)
            lines += [_pair(one, other) for one, other in pairs]
        else:
            lines += [_pair(one, None) for one in before[start:stop]]
            lines += [_pair(None, one) for one in after[other_start:other_stop]]
    return lines


def _pair(before: TracedStatement | None, after: TracedStatement | None) -> StatementPair:
    shown = before or after
    assert shown is not None
    return StatementPair(
        sql=shown.sql,
        before=before.number if before else None,
        after=after.number if after else None,
        before_ms=before.duration_ms if before else 0.0,
        after_ms=after.duration_ms if after else 0.0,
    )


def pattern(message: str) -> str:
    """A log message with its numbers, ids and quoted values taken out."""
    return _VALUES.sub("#", message)[:500]


def _logs(before: Sequence[TracedLog], after: Sequence[TracedLog]) -> list[LogChange]:
    old, new = (
        Counter((log.level, log.logger, pattern(log.message)) for log in logs) for logs in (before, after)
    )
    changes = [
        LogChange(level=key[0], logger=key[1], pattern=key[2], before=old[key], after=new[key])
        for key in {**old, **new}
    ]
    return sorted(changes, key=_log_weight)


def _line(log: TracedLog) -> tuple[str, str, str]:
    return log.level, log.logger, pattern(log.message)


def _log_weight(change: LogChange) -> tuple[int, str]:
    return -abs(change.before - change.after), change.pattern


def _rows(before: Trace, after: Trace, diff: Sequence[Difference]) -> list[VerdictRow]:
    one, other = before.summary, after.summary
    differs = [one for one in diff if not one.noise]
    same = "same" if not differs else f"{len(differs)} differences"
    return [
        VerdictRow(
            label="status",
            before=str(one.status),
            after=str(other.status),
            tone="" if one.status == other.status else "error",
        ),
        VerdictRow(label="response", before="", after=same, tone="ok" if not differs else "warn"),
        _figure("time", one.duration_ms, other.duration_ms, "{:.1f} ms"),
        _figure("statements", one.statements, other.statements, "{:.0f}"),
        _figure("SQL time", one.sql_ms, other.sql_ms, "{:.1f} ms"),
        _figure("log lines", one.logs, other.logs, "{:.0f}", judged=False),
        _figure("unexplained", before.unexplained_ms, after.unexplained_ms, "{:.1f} ms", judged=False),
    ]


def _figure(label: str, before: float, after: float, form: str, judged: bool = True) -> VerdictRow:
    tone: Tone = ""
    if judged and abs(before - after) > _NOTICEABLE * max(before, after):
        tone = "ok" if after < before else "warn"
    return VerdictRow(label=label, before=form.format(before), after=form.format(after), tone=tone)
