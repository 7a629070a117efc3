"""How requests are put into words: times, ages, counts, marks, the colours of their states."""

from __future__ import annotations

from datetime import timedelta

from desktop.kit.ages import moment
from embedded_server.wire.trace import TraceSummary

# Between a number and its unit.
THIN = "\N{THIN SPACE}"


def ms_text(milliseconds: float) -> str:
    """A duration: `<0.1 ms`, `0.4 ms`, `18 ms`, `1,240 ms`, `12.3 s`."""
    if 0 < milliseconds < 0.05:
        return f"<0.1{THIN}ms"
    if milliseconds < 10:
        return f"{milliseconds:.1f}".removesuffix(".0") + THIN + "ms"
    if milliseconds < 10_000:
        return f"{milliseconds:,.0f}{THIN}ms"
    return f"{milliseconds / 1000:,.1f}{THIN}s"


def plural(number: int, word: str) -> str:
    """`1 statement`, `22 statements`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def is_outside(summary: TraceSummary) -> bool:
    """Whether it is no request but what a thread did outside of any."""
    return summary.method == "THREAD"


def status_token(status: int) -> str:
    """The colour of a status: fine, refused, failed; 0 is a request without an answer."""
    if status == 0 or status >= 500:
        return "error"
    return "warn" if status >= 400 else "ok"


def status_text(status: int) -> str:
    """The status as shown; a dash where no answer came."""
    return str(status) if status else "—"


def request_text(summary: TraceSummary) -> str:
    """`GET /orders/newest`"""
    return f"{summary.method} {summary.target}".strip()


def facts_text(summary: TraceSummary) -> str:
    """The second line of the list: `22 statements · N+1 · 3 log lines`."""
    parts = [plural(summary.statements, "statement"), *summary.marks]
    if summary.logs:
        parts.append(plural(summary.logs, "log line"))
    return " · ".join(parts)


def spoken(summary: TraceSummary) -> str:
    """A line of the list for a screen reader."""
    duration = ms_text(summary.duration_ms).replace(THIN, " ")
    return f"{status_text(summary.status)} {request_text(summary)}, {duration}, {facts_text(summary)}"


def clock_text(at: str, after_ms: float = 0.0) -> str:
    """The time of day on this machine's clock, to the millisecond."""
    shown = (moment(at) + timedelta(milliseconds=after_ms)).astimezone()
    return f"{shown:%H:%M:%S}.{shown.microsecond // 1000:03d}"


def level_token(level: str) -> str:
    """The colour of a log level."""
    return {"CRITICAL": "error", "ERROR": "error", "WARNING": "warn", "INFO": "info"}.get(
        level.upper(), "dim"
    )
