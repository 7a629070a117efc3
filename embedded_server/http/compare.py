"""Two sets of answers to one request: response, SQL, log lines and times side by side, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import msgspec

from embedded_server.store.requests import Measured, RunRecord
from embedded_server.wire.replays import (
    Answer,
    Comparison,
    Difference,
    Noise,
    Rule,
    Run,
    StatementChange,
    Tone,
    Verdict,
    VerdictRow,
)
from embedded_server.wire.trace import Message, Trace

from .captures import measured
from .diff import diff_messages, learn, real
from .pace import TOLD_PACE, pace_of
from .prepare import REDACTED
from .pressure import BUSY
from .verdict import judge

# Put on the answer by the web server, behind the place where an application captures it.
_BEHIND = frozenset(
    {"date", "server", "connection", "keep-alive", "transfer-encoding", "content-length", "via"}
)
AFTER_CAPTURE = "put on by the web server"
CUT = "cut out of the capture"


@dataclass
class Side:
    """One set of answers. `capture` for the request as it was captured: once, seen from inside."""

    run: str
    runs: list[Run]
    answers: dict[int, Answer]
    measured: Measured
    noise: list[Noise] = field(default_factory=list)
    capture: bool = False
    # The share of its time in which work waited for a processor.
    pressure: float = 0.0

    @property
    def times(self) -> list[float]:
        """Milliseconds of the exchanges that were answered."""
        return [one.ms for one in self.runs if not one.problem]

    @property
    def paces(self) -> list[float]:
        """How fast this machine was beside each of them; empty when the application runs elsewhere."""
        found = [one.pace for one in self.runs if not one.problem]
        return found if all(found) else []

    @property
    def first(self) -> Answer:
        """The answer that stands for all."""
        return self.answers[min(self.answers)] if self.answers else Answer()


def side_of(record: RunRecord, answers: dict[int, Answer]) -> Side:
    """A stored run."""
    response = record.response
    return Side(
        response.run, response.runs, answers, record.measured, record.noise, pressure=response.pressure
    )


def side_of_trace(trace: Trace) -> Side:
    """A capture, or the trace of one exchange."""
    summary = trace.summary
    run = Run(number=1, at=summary.at, status=summary.status, ms=summary.duration_ms, trace=summary.id)
    answer = Answer(status=summary.status, message=trace.response)
    return Side("", [run], {1: answer}, measured([trace]), capture=True)


def noise_of(answers: dict[int, Answer]) -> list[Noise]:
    """What differs between the first two answers of a run."""
    if 1 not in answers or 2 not in answers:
        return []
    one, other = answers[1], answers[2]
    return learn(one.message, other.message, statuses=(one.status, other.status))


def compare(before: Side, after: Side, rules: Sequence[Rule] = ()) -> Comparison:
    """The comparison; noise is that of the earlier run, of the later one when the earlier is a capture."""
    noise = before.noise if not before.capture else after.noise
    notes: list[str] = []
    differences = _differences(before, after, noise, rules, notes)
    verdict = _verdict(before, after, differences)
    return Comparison(
        before_run=before.run,
        after_run=after.run,
        diff=differences,
        noise=noise,
        statements=_statements(before.measured, after.measured),
        logs=_logs(before.measured, after.measured),
        verdict=verdict,
        before_ms=before.times,
        after_ms=after.times,
        notes=notes + _odd_answers(after) + _busy_note(before, after) + _pace_note(before, after),
    )


def alone(side: Side) -> Comparison:
    """A run with nothing to compare with."""
    middle = median(side.times) if side.times else 0.0
    nothing = Measured()
    return Comparison(
        after_run=side.run,
        noise=side.noise,
        statements=_statements(nothing, side.measured),
        verdict=Verdict(
            after_median_ms=middle,
            after_count=len(side.times),
            rows=[
                VerdictRow(label=f"response time, median of {len(side.times)}", after=milliseconds(middle)),
                *_measured_rows(nothing, side.measured),
            ],
        ),
        after_ms=side.times,
        notes=_odd_answers(side),
    )


def _differences(
    before: Side, after: Side, noise: list[Noise], rules: Sequence[Rule], notes: list[str]
) -> list[Difference]:
    one, other = before.first, after.first
    old, new = one.message, other.message
    if before.capture and (old.truncated or new.truncated) and not after.capture:
        notes.append(f"The capture kept the first {_size(old)} of the body; only those are compared.")
        new = msgspec.structs.replace(new, body=(new.body or "")[: len(old.body or "")])
    elif old.truncated or new.truncated:
        notes.append("An answer was cut at the size limit; the rest is not compared.")
    found = diff_messages(old, new, statuses=(one.status, other.status), rules=rules, noise=noise)
    if before.capture and not after.capture:
        found = [_seen_from_inside(difference) for difference in found]
    return sorted(found, key=_is_noise)


def _is_noise(difference: Difference) -> bool:
    return bool(difference.noise)


def _seen_from_inside(one: Difference) -> Difference:
    if one.noise:
        return one
    if one.part == "header" and one.kind == "added" and one.path.lower() in _BEHIND:
        return msgspec.structs.replace(one, noise=AFTER_CAPTURE)
    if REDACTED.search(one.before or ""):
        return msgspec.structs.replace(one, noise=CUT)
    return one


def _size(message: Message) -> str:
    return f"{len(message.body or ''):,} characters"


def _is_busy(before: Side, after: Side) -> bool:
    return max(before.pressure, after.pressure) > BUSY


def _busy_note(before: Side, after: Side) -> list[str]:
    if before.capture or not _is_busy(before, after):
        return []
    share = max(before.pressure, after.pressure)
    return [
        f"The machine was busy: in {share:.0%} of the time other work waited for a processor. Small changes"
        " of the time cannot be told; replay again when it is calm."
    ]


def _pace_note(before: Side, after: Side) -> list[str]:
    if not before.paces or not after.paces:
        return []
    change = pace_of(after.paces) / pace_of(before.paces)
    if max(change, 1 / change) < TOLD_PACE:
        return []
    word = "slower" if change > 1 else "faster"
    return [
        f"The machine itself was {max(change, 1 / change):.1f}× {word} in the later run: so much longer or"
        " shorter took a fixed piece of work beside each request. The verdict takes that into account; the"
        " times are as measured."
    ]


def _odd_answers(side: Side) -> list[str]:
    """Exchanges that went otherwise than the first one."""
    if not side.runs:
        return []
    first = side.runs[0].status
    odd = [one for one in side.runs if one.problem or one.status != first]
    if not odd:
        return []
    told = sorted({one.problem or str(one.status) for one in odd})
    return [f"{len(odd)} of {len(side.runs)} answered otherwise: {', '.join(told)}"]


def _statements(before: Measured, after: Measured) -> list[StatementChange]:
    old = {one.fingerprint: one for one in before.shapes}
    new = {one.fingerprint: one for one in after.shapes}
    found = []
    for key in {**old, **new}:
        one, other = old.get(key), new.get(key)
        known = other or one
        assert known is not None
        found.append(
            StatementChange(
                fingerprint=key,
                sql=known.sql,
                before=one.count if one else 0,
                after=other.count if other else 0,
                before_ms=one.ms if one else 0.0,
                after_ms=other.ms if other else 0.0,
                caller=known.caller,
                mark=other.mark if other else (one.mark if one else ""),
            )
        )
    return found


def _logs(before: Measured, after: Measured) -> list[str]:
    lost = [f"− {line}" for line in before.logs if line not in after.logs]
    return lost + [f"+ {line}" for line in after.logs if line not in before.logs]


def _verdict(before: Side, after: Side, differences: list[Difference]) -> Verdict:
    """Green is for "Faster" alone: that nothing differs is no success, and no failure."""
    told = real(differences)
    busy = _is_busy(before, after)
    if before.capture:
        timing = _once(before, after)
    else:
        timing = judge(before.times, after.times, busy=busy, paces=(before.paces, after.paces))
    response = "response unchanged" if not told else _many(len(told), "difference") + " in the response"
    tone: Tone = timing.tone
    if told:
        tone = "error" if any(one.part == "status" for one in told) else "warn"
    text = f"{timing.text}, {response}" if timing.text else response.capitalize()
    return msgspec.structs.replace(
        timing,
        text=text,
        tone=tone,
        rows=_rows(before, after, differences, timing),
    )


def _once(before: Side, after: Side) -> Verdict:
    """One capture proves nothing about time; the medians are still worth seeing."""
    old, new = before.times or [0.0], after.times or [0.0]
    return Verdict(
        before_median_ms=median(old),
        after_median_ms=median(new),
        before_count=len(before.times),
        after_count=len(after.times),
    )


def _rows(before: Side, after: Side, differences: list[Difference], timing: Verdict) -> list[VerdictRow]:
    count = len(after.times)
    label = f"response time, median of {count}" if count > 1 else "response time"
    tones: dict[str, Tone] = {"faster": "ok", "slower": "error"}
    rows = [
        VerdictRow(
            label=label,
            before=milliseconds(timing.before_median_ms),
            after=milliseconds(timing.after_median_ms),
            tone=tones.get(timing.timing, ""),
        )
    ]
    if before.first.status != after.first.status:
        status = str(before.first.status), str(after.first.status)
        rows.append(VerdictRow(label="status", before=status[0], after=status[1], tone="error"))
    rows += _measured_rows(before.measured, after.measured)
    rows.append(_body_row(differences))
    logs = _logs(before.measured, after.measured)
    if logs:
        rest = f" and {len(logs) - 1} more" if len(logs) > 1 else ""
        rows.append(VerdictRow(label="log lines", after=f"{logs[0][:80]}{rest}"))
    return rows


def _measured_rows(before: Measured, after: Measured) -> list[VerdictRow]:
    shown: list[tuple[str, float | None, float | None, Any, float]] = [
        ("statements", before.statements, after.statements, _whole, 0.0),
        ("SQL time", before.sql_ms, after.sql_ms, milliseconds, 0.1),
        ("rows returned", before.rows, after.rows, _whole, 0.0),
    ]
    rows = []
    for label, old, new, form, tolerance in shown:
        if old is None and new is None:
            continue
        tone: Tone = ""
        if old is not None and new is not None and abs(old - new) > tolerance * max(old, new):
            tone = "ok" if new < old else "warn"
        told = [form(value) if value is not None else "not reported" for value in (old, new)]
        rows.append(VerdictRow(label=label, before=told[0], after=told[1], tone=tone))
    return rows


def _body_row(differences: list[Difference]) -> VerdictRow:
    told = [one for one in real(differences) if one.part == "body"]
    noisy = len([one for one in differences if one.noise and one.part == "body"])
    beside = f" · {_many(noisy, 'noisy field')}" if noisy else ""
    if not told:
        return VerdictRow(label="response body", after=f"identical{beside}", tone="ok")
    return VerdictRow(label="response body", after=f"{_many(len(told), 'difference')}{beside}", tone="warn")


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count:,} {word}s"


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def milliseconds(value: float) -> str:
    """A time for people: three figures at most."""
    if value < 10:
        return f"{value:.2g} ms" if value < 1 else f"{value:.1f} ms"
    return f"{value:,.0f} ms"
