"""Who waits for whom, as a tree: whoever blocks and waits for nobody stands at the top."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from embedded_server.wire.health import DatabaseSession, LockNode

from .watch import Wait

# A transaction that is older than this is worth a look.
LONG_SECONDS = 60.0


def tree(sessions: Iterable[DatabaseSession], waits: Sequence[Wait]) -> list[LockNode]:
    """Nodes in reading order. A session below several blockers is unfolded once; a circle is cut and said."""
    return _Tree({one.id: one for one in sessions}, waits).nodes()


class _Tree:
    def __init__(self, known: dict[str, DatabaseSession], waits: Sequence[Wait]) -> None:
        self._known = known
        self._below: dict[str, dict[str, Wait]] = {}
        for wait in waits:
            self._below.setdefault(wait.blocker, {})[wait.waiter] = wait
        self._waiting = {wait.waiter for wait in waits}
        self._blockers = {
            number: sorted(one for one, waiters in self._below.items() if number in waiters)
            for number in self._waiting
        }
        self._shown = {number: self._nearest(number) for number in self._below}
        self._unfolded: set[str] = set()
        self._found: list[LockNode] = []

    def nodes(self) -> list[LockNode]:
        blockers = sorted(self._below, key=self._by_blocked)
        for number in blockers:
            if number not in self._waiting:
                self._add(number, None, 0, frozenset())
        # Whoever is left stands in a circle, which the database is about to break.
        for number in blockers:
            if number not in self._unfolded:
                self._add(number, None, 0, frozenset())
        return self._found

    def _by_blocked(self, number: str) -> tuple[int, str]:
        return (-len(self._behind(number)), number)

    def _add(self, number: str, wait: Wait | None, depth: int, above: frozenset[str]) -> None:
        circle = number in above
        self._found.append(
            LockNode(
                session=self._session(number),
                depth=depth,
                waits_for=wait.wants if wait is not None else "",
                wait_s=wait.seconds if wait is not None else None,
                blocks=len(self._behind(number) - {number}),
                cycle=circle,
            )
        )
        if circle or number in self._unfolded:
            return
        self._unfolded.add(number)
        for waiter in self._shown.get(number, []):
            self._add(waiter, self._below[number][waiter], depth + 1, above | {number})

    def _nearest(self, number: str) -> list[str]:
        """Those who wait for it, but for those who also wait for another one of them: they stand there."""
        waiters = sorted(self._below[number])
        if number in self._behind(number):
            return waiters  # in a circle each would leave it to the other
        behind = {one: self._behind(one) for one in waiters}
        return [
            one
            for one in waiters
            if not any(one in behind[other] and other not in behind[one] for other in waiters if other != one)
        ]

    def _behind(self, number: str) -> set[str]:
        """Everybody who waits for it, directly or not; itself where it stands in a circle."""
        found: set[str] = set()
        ahead = [number]
        while ahead:
            for waiter in self._below.get(ahead.pop(), {}):
                if waiter not in found:
                    found.add(waiter)
                    ahead.append(waiter)
        return found

    def _session(self, number: str) -> DatabaseSession:
        known = self._known.get(number)
        if known is not None:
            blockers = self._blockers.get(number, [])
            # It was asked what it does a moment before it was asked whom it waits for.
            state = "waiting" if blockers else known.state
            return msgspec.structs.replace(known, blocked_by=blockers, state=state)
        if number == "0":
            return DatabaseSession(
                id="0", application="a prepared transaction", state="in transaction", statement=_PREPARED
            )
        return DatabaseSession(id=number, state="background", application="ended meanwhile, or not visible")


_PREPARED = "SELECT gid, prepared, owner, database FROM pg_prepared_xacts -- then COMMIT or ROLLBACK PREPARED"


def long_transactions(
    sessions: Iterable[DatabaseSession], seconds: float = LONG_SECONDS
) -> list[DatabaseSession]:
    """Transactions older than that, the oldest first."""
    found = [one for one in sessions if (one.transaction_s or 0.0) >= seconds]
    return sorted(found, key=_age, reverse=True)


def resting(sessions: Iterable[DatabaseSession]) -> list[DatabaseSession]:
    """Sessions with a transaction open in which nothing runs, the oldest first."""
    found = [one for one in sessions if one.state in ("in transaction", "failed")]
    return sorted(found, key=_age, reverse=True)


def _age(one: DatabaseSession) -> float:
    return one.transaction_s or 0.0
