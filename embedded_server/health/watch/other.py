"""Databases that nobody taught this room."""

from __future__ import annotations

from collections.abc import Collection

from embedded_server.lanes import Lease
from embedded_server.wire.health import DatabaseSession

from .base import Watch

WHY_NOT = "How this database lists its sessions is not known here."


class OtherWatch(Watch):
    """Says so."""

    why_not_kill = WHY_NOT

    def sessions(
        self, lease: Lease, ours: Collection[str], everywhere: bool, notes: list[str]
    ) -> list[DatabaseSession]:
        notes.append(WHY_NOT)
        return []
