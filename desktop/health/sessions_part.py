"""Sessions, and who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.context import Context
from desktop.kit.two_lines import Row
from desktop.kit.widgets import EmptyState
from embedded_server.wire.health import (
    LOCKS,
    SESSIONS,
    DatabaseSession,
    HealthRequest,
    LockNode,
    LocksResponse,
    SessionsResponse,
)

from .details import Details, of_lock, of_session
from .part import Part
from .words import (
    lock_below,
    plural,
    seconds_text,
    session_below,
    session_number,
    session_text,
    session_token,
)


class SessionsPart(Part):
    """Those that wait or work first."""

    title = "Sessions"
    automatic = True

    def __init__(self, context: Context, connection: str) -> None:
        empty = EmptyState("Nobody else is connected", "Sessions of this database will stand here.", "user")
        super().__init__(context, connection, empty, "Sessions")
        self.answer: SessionsResponse | None = None

    def load(self) -> None:
        """Ask who is there."""
        self.run(self._fetch())

    async def _fetch(self) -> None:
        answer = await self.context.api.call(SESSIONS, HealthRequest(connection=self.connection))
        self.answer, self.dialect = answer, answer.engine
        if not answer.sessions:
            self.empty.show_text("Nobody else is connected", "\n".join(answer.notes))
        self.show_rows()
        self.say(f"at {answer.at[11:19]}{' UTC'}", *answer.notes)

    def rows(self) -> Sequence[Row]:
        """One for each session."""
        return [_row(one) for one in (self.answer.sessions if self.answer is not None else [])]

    def session(self) -> DatabaseSession | None:
        """The selected one."""
        thing = self.list.thing()
        return thing if isinstance(thing, DatabaseSession) else None

    def details(self) -> Details:
        """The selected session."""
        one = self.session()
        return of_session(one) if one is not None else Details(query=self.answer.query if self.answer else "")

    def summary(self) -> str:
        """How many, how many of them do something."""
        if self.answer is None:
            return ""
        found = self.answer.sessions
        if not found:
            return "nobody else"
        parts = [plural(len(found), "session")]
        for state in ("waiting", "active", "in transaction"):
            count = sum(1 for one in found if one.state == state)
            parts += [f"{count} {state}"] if count else []
        return " · ".join(parts)


def _row(one: DatabaseSession) -> Row:
    return Row(
        session_text(one),
        session_number(one),
        session_below(one),
        f"session {one.id}",
        token=session_token(one) if one.transaction_s is not None else "dim",
        badge=session_token(one),
        tip=one.statement,
        thing=one,
    )


class LocksPart(Part):
    """The tree of waits, then transactions that are old or at rest."""

    title = "Locks"
    automatic = True

    def __init__(self, context: Context, connection: str) -> None:
        text = "Sessions that wait for each other will stand here as a tree, and transactions that stay open."
        empty = EmptyState("Nobody waits", text, "lock")
        super().__init__(context, connection, empty, "Locks")
        self.answer: LocksResponse | None = None

    def load(self) -> None:
        """Ask who waits."""
        self.run(self._fetch())

    async def _fetch(self) -> None:
        answer = await self.context.api.call(LOCKS, HealthRequest(connection=self.connection))
        self.answer, self.dialect = answer, answer.engine
        looked = (
            f"No session waits for another, no transaction is older than {answer.long_s:.0f} s, and none "
            "is open with nothing running in it."
        )
        self.empty.show_text(
            "Nobody waits", "\n".join([looked if answer.query else "", *answer.notes]).strip()
        )
        self.show_rows()
        # Where nobody waits the middle of the page says the same.
        notes = answer.notes if self.rows() else []
        self.say(f"at {answer.at[11:19]}{' UTC'}", *notes)

    def rows(self) -> Sequence[Row]:
        """The tree in reading order; a session stands once more below only if the tree does not show it."""
        answer = self.answer
        if answer is None:
            return []
        shown = {node.session.id for node in answer.tree}
        rest = {one.id: one for one in (*answer.idle, *answer.long) if one.id not in shown}
        resting = {one.id for one in answer.idle}
        return [*map(_node_row, answer.tree), *(_rest_row(one, one.id in resting) for one in rest.values())]

    def session(self) -> DatabaseSession | None:
        """The selected one."""
        thing = self.list.thing()
        return (
            thing.session
            if isinstance(thing, LockNode)
            else thing
            if isinstance(thing, DatabaseSession)
            else None
        )

    def details(self) -> Details:
        """The selected session with its place in the tree."""
        thing = self.list.thing()
        if isinstance(thing, LockNode):
            return of_lock(thing)
        return of_session(thing) if isinstance(thing, DatabaseSession) else Details()

    def summary(self) -> str:
        """How many wait."""
        if self.answer is None:
            return ""
        waiting = {node.session.id for node in self.answer.tree if node.depth}
        parts = [f"{plural(len(waiting), 'session')} waiting" if waiting else "nobody waits"]
        if self.answer.idle:
            parts.append(f"{plural(len(self.answer.idle), 'transaction')} at rest")
        return " · ".join(parts)


def _node_row(node: LockNode) -> Row:
    one = node.session
    return Row(
        session_text(one),
        f"waits {seconds_text(node.wait_s)}" if node.wait_s is not None else session_number(one),
        lock_below(node),
        f"session {one.id}",
        token="error" if node.depth else "warn",
        badge="error" if node.depth else "warn",
        bold=node.depth == 0,
        tip=one.statement,
        indent=min(node.depth, 12),
        thing=node,
    )


def _rest_row(one: DatabaseSession, resting: bool) -> Row:
    why = "open, nothing runs in it" if resting else "a long transaction"
    return Row(
        session_text(one),
        session_number(one),
        f"{why} · {session_below(one)}",
        f"session {one.id}",
        token=session_token(one),
        badge=session_token(one),
        tip=one.statement,
        thing=one,
    )
