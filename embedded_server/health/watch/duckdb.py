"""DuckDB runs inside the one process that has the file open: there is nobody else to see."""

from __future__ import annotations

from collections.abc import Collection

from embedded_server.lanes import Lease
from embedded_server.wire.health import DatabaseSession

from .base import Watch

WHY_NOT = (
    "DuckDB has no server and keeps no list of sessions: one process has the file open for writing, and "
    "here that is Backlight's own."
)


class DuckdbWatch(Watch):
    """Says why there is no list."""

    why_not_kill = WHY_NOT

    def sessions(
        self, lease: Lease, ours: Collection[str], everywhere: bool, notes: list[str]
    ) -> list[DatabaseSession]:
        notes.append(WHY_NOT)
        return []
