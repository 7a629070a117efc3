"""Numbers and states as these views write them."""

from __future__ import annotations

from embedded_server.wire.health import (
    CheckState,
    DatabaseSession,
    HealthFinding,
    IntegrityResult,
    LockNode,
    Metric,
)

THIN = "\u2009"
SURENESS = {"high": "certain", "medium": "likely", "low": "a hint"}
WORSE = {"error": "error", "warn": "warning", "info": "note"}
TOKENS = {"error": "error", "warn": "warn", "info": "info"}
STATE_TOKENS = {
    "waiting": "error",
    "failed": "error",
    "active": "ok",
    "in transaction": "warn",
    "open": "dim",
    "idle": "faint",
    "background": "faint",
}
# From so many seconds on an open transaction in which nothing runs is worth a colour.
RESTING_SECONDS = 30.0


def plural(count: int, word: str, many: str = "") -> str:
    """`1 row`, `17 rows`."""
    return f"1 {word}" if count == 1 else f"{count:,} {many or word + 's'}"


def seconds_text(seconds: float | None) -> str:
    """`0.4 s`, `42 s`, `3:07`, `2 h 05`, `4 days`."""
    if seconds is None:
        return ""
    if seconds < 10:
        return f"{max(seconds, 0):.1f}{THIN}s"
    if seconds < 100:
        return f"{seconds:.0f}{THIN}s"
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 100:
        return f"{minutes}:{rest:02}{THIN}min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}{THIN}h {minutes:02}" if hours < 48 else f"{hours // 24}{THIN}days"


def span_text(seconds: float) -> str:
    """`30 s`, `5 min`: how much of the time is shown."""
    return f"{seconds:.0f}{THIN}s" if seconds < 60 else f"{seconds / 60:.0f}{THIN}min"


def bytes_text(size: float) -> str:
    """`812 B`, `1.4 kB`, `36 MB`, `101 GB`."""
    for unit, step in (("B", 1), ("kB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40)):
        number = size / step
        if number < 1000 or unit == "TB":
            digits = 0 if unit == "B" or number >= 100 else 1
            return f"{number:,.{digits}f}{THIN}{unit}"
    return ""


def number_text(value: float) -> str:
    """A number with as many digits as matter."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1 else f"{value:,.2f}"


def metric_text(metric: Metric, value: float) -> str:
    """A value of a metric with its unit: of a counter per second."""
    if metric.counter:
        byte = metric.id == "temporary"
        return f"{bytes_text(value) if byte else number_text(value)}{'' if byte else THIN}/s"
    if metric.unit == "bytes":
        return bytes_text(value)
    if metric.unit == "percent":
        return f"{number_text(value)}{THIN}%"
    return number_text(value)


def limit_text(metric: Metric) -> str:
    """`of 100`, where there is a limit that is not plain from the unit."""
    if metric.limit is None or metric.unit == "percent":
        return ""
    return f"of {bytes_text(metric.limit) if metric.unit == 'bytes' else number_text(metric.limit)}"


def session_text(one: DatabaseSession) -> str:
    """What it does or did last, in one line."""
    statement = " ".join(one.statement.split())
    application = "Backlight" if one.ours else one.application
    return statement or application or one.locks or one.wait or "(nothing ran yet)"


def session_below(one: DatabaseSession) -> str:
    """Whose it is."""
    application = "Backlight" if one.ours else one.application
    told = session_text(one)
    parts = [one.state, one.user, application, one.host, one.locks, one.wait]
    return " · ".join(part for part in parts if part and part != told)


def session_number(one: DatabaseSession) -> str:
    """The age that matters: of the transaction, else of the state."""
    if one.transaction_s is not None:
        return f"transaction {seconds_text(one.transaction_s)}"
    return seconds_text(one.state_s)


def session_token(one: DatabaseSession) -> str:
    """Its colour: a transaction at rest only after a while."""
    if one.state == "in transaction" and (one.transaction_s or 0.0) < RESTING_SECONDS:
        return "dim"
    return STATE_TOKENS[one.state]


def lock_below(node: LockNode) -> str:
    """Why it stands there."""
    parts = [session_below(node.session)]
    if node.waits_for:
        parts.insert(0, f"waits for {node.waits_for}")
    if node.blocks:
        parts.insert(0, f"blocks {plural(node.blocks, 'session')}")
    if node.cycle:
        parts.insert(0, "waits for itself round the corner")
    return " · ".join(parts)


def finding_below(one: HealthFinding) -> str:
    """How bad, how sure, where."""
    return " · ".join((WORSE[one.severity], SURENESS[one.confidence], one.text))


def result_below(one: IntegrityResult) -> str:
    """What was found, or that there is no answer."""
    if one.problem:
        return f"no answer: {one.problem}"
    return one.text


def nothing_text(checks: list[CheckState], tables: int) -> str:
    """What was looked at when nothing was found."""
    asked = [one.title.lower() for one in checks if not one.skipped]
    skipped = [f"{one.title}: {one.skipped}" for one in checks if one.skipped]
    text = f"Looked at {plural(tables, 'table')} for: {', '.join(asked)}."
    return f"{text}\nNot looked at: {'; '.join(skipped)}." if skipped else text
