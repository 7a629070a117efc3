"""What is told of sessions, whatever the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass

from embedded_server.engines.base import Session
from embedded_server.lanes import Lease
from embedded_server.wire.health import DatabaseSession
from embedded_server.wire.problem import problem


@dataclass(frozen=True)
class Wait:
    """`waiter` waits for a lock that `blocker` holds or is before it in the queue for."""

    waiter: str
    blocker: str
    wants: str = ""
    seconds: float | None = None


class Watch(ABC):
    """`query` and `lock_query` are what is asked, for the reader."""

    query = ""
    lock_query = ""
    # Why sessions cannot be ended from here, "" where they can.
    why_not_kill = ""

    @abstractmethod
    def sessions(
        self, lease: Lease, ours: Collection[str], everywhere: bool, notes: list[str]
    ) -> list[DatabaseSession]:
        """Sessions as they are now; `ours` are the numbers of Backlight's own."""

    def waits(self, lease: Lease, notes: list[str]) -> list[Wait]:
        """Who waits for whom."""
        return []

    def cancel(self, session: Session, number: str) -> None:
        """Signal the session to give its statement up."""
        raise problem("data.unsupported", detail=self.why_not_kill)

    def terminate(self, session: Session, number: str) -> None:
        """Signal the session to end."""
        raise problem("data.unsupported", detail=self.why_not_kill)
