"""Times of the server as people tell them: how long ago, else the day."""

from __future__ import annotations

from datetime import UTC, datetime


def moment(at: str) -> datetime:
    """A UTC time in ISO 8601; the beginning of time for one that cannot be read."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def age_text(at: str, now: datetime | None = None) -> str:
    """How long ago: `12 s ago`, `4 min ago`, `3 h ago`, then the day."""
    then = moment(at)
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if seconds < 1:
        return "just now"
    if seconds < 100:
        return f"{seconds:.0f} s ago"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min ago"
    if seconds < 24 * 3600:
        return f"{seconds / 3600:.0f} h ago"
    return f"{then.astimezone():%d %b %H:%M}"
