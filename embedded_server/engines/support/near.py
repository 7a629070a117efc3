"""What somebody may have meant by a name that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

_MOST_NAMES = 10


def similar(wanted: str, names: Sequence[str]) -> str:
    """A question that offers the names most like the wanted one; empty if none is."""
    near = difflib.get_close_matches(wanted, names, n=3)
    return f"Did you mean {', '.join(near)}?" if near else ""


def databases(wanted: str, names: Sequence[str]) -> str:
    """Which databases of a server are like the wanted one, else the first of those it has."""
    shown = ", ".join(names[:_MOST_NAMES]) + (", ..." if len(names) > _MOST_NAMES else "")
    return similar(wanted, names) or f"The server has: {shown}"
