"""Putting pieces of SQL together with their parameters in the order they appear."""

from __future__ import annotations

from collections.abc import Iterable

from embedded_server.engines.base import Fragment


def join(separator: str, parts: Iterable[Fragment]) -> Fragment:
    """The parts one after the other; their parameters too."""
    kept = list(parts)
    return Fragment(separator.join(part.sql for part in kept), tuple(p for part in kept for p in part.params))


def both(*parts: Fragment) -> Fragment:
    """All of them hold; no part at all is the empty condition."""
    kept = [part for part in parts if part.sql]
    return join(" AND ", kept)


def any_of(*parts: Fragment) -> Fragment:
    """One of them holds, in parentheses when there is a choice."""
    if len(parts) == 1:
        return parts[0]
    joined = join(" OR ", parts)
    return Fragment(f"({joined.sql})", joined.params)


def wrap(before: str, part: Fragment, after: str = "") -> Fragment:
    """Text around a fragment."""
    return Fragment(f"{before}{part.sql}{after}", part.params)
