"""Sizes and queries in words."""

from __future__ import annotations

from .query import Query


def size_text(size: int) -> str:
    """Bytes with a unit: `3.0 MB`."""
    value, unit = float(size), "B"
    for bigger in ("kB", "MB", "GB", "TB"):
        if value < 1000:
            break
        value, unit = value / 1000, bigger
    digits = 0 if unit == "B" or value >= 100 else 1
    return f"{value:,.{digits}f}\u2009{unit}"


def asked_text(query: Query) -> str:
    """What was looked for."""
    parts = [f"“{query.pattern}”" if query.pattern else "", ", ".join(query.levels())]
    parts.append(f"{query.since[:19]} – {query.until[:19]}" if query.since or query.until else "")
    return "Looked for " + ", ".join(part for part in parts if part)
