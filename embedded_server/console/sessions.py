"""What a console tab's database session remembers between two runs."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from embedded_server.lanes import Lease
from embedded_server.services import Services
from embedded_server.wire.console import TransactionState
from embedded_server.wire.problem import Problem, ProblemError

from .results import OpenResult

# An unfinished result keeps a snapshot or a lock in the database; nobody needs it after this long.
RESULT_SECONDS = 600.0
# So many statements of a transaction are remembered by their text; the others are only counted.
REMEMBERED = 200
_KEY = "console"


@dataclass
class Tab:
    """State of one session: its unfinished result and its transaction.

    `statements` counts those of the open transaction, `sql` holds the first of them. `schema_changed`: the
    transaction holds DDL that others see only once it is committed.
    """

    open: OpenResult | None = None
    statements: int = 0
    sql: list[str] = field(default_factory=list)
    schema_changed: bool = False
    before: str = "auto"
    used_at: float = field(default_factory=time.monotonic)

    def ran(self, sql: str) -> None:
        """A statement ran inside the transaction."""
        self.statements += 1
        if len(self.sql) < REMEMBERED:
            self.sql.append(sql)

    def ended(self) -> None:
        """The transaction is over."""
        self.statements, self.sql = 0, []

    def close_result(self) -> None:
        """Close the unfinished result, if there is one; a lost connection closes it by itself."""
        result, self.open = self.open, None
        if result is not None:
            try:
                result.close()
            except ProblemError:
                pass

    def keep(self, result: OpenResult, services: Services, key: str) -> None:
        """Keep a result open for `console.fetch`, for a limited time that starts anew here."""
        self.open = result
        if result.timer is not None:
            result.timer.cancel()
        result.timer = threading.Timer(RESULT_SECONDS, expire, (services, key, result.id))
        result.timer.daemon = True
        result.timer.start()


def tab_of(lease: Lease) -> Tab:
    """The tab's state, made at first use."""
    tab: Tab = lease.state.setdefault(_KEY, Tab())
    return tab


def expire(services: Services, key: str, result_id: str) -> None:
    """Close a result nobody asked more of; waits for a running statement of the tab."""
    line = services.line_holding(key)
    if line is None:
        return
    try:
        lease = line.pin(key, _nothing)
    except ProblemError:
        return
    try:
        tab = tab_of(lease)
        if tab.open is not None and tab.open.id == result_id:
            tab.close_result()
    finally:
        line.rest(key)


def _nothing() -> None:
    return None


def transaction_state(lease: Lease, tab: Tab) -> TransactionState:
    """How the transaction stands; while a result is being read drivers cannot tell, so the state before
    it counts."""
    state = tab.before if tab.open is not None else lease.session.in_transaction()
    if state == "auto" and tab.statements:
        tab.ended()
    return state if state in ("idle", "failed", "lost") else "auto"  # type: ignore[return-value]


def lost(tab: Tab, cause: Problem) -> Problem:
    """The problem of a transaction that went away with its connection."""
    count = f"{tab.statements} statement{'s' if tab.statements != 1 else ''}"
    return Problem(
        "transaction.lost",
        "The connection was lost and the database rolled the transaction back",
        f"{cause.detail or cause.title}\n{count} of it did not take effect:\n" + ";\n".join(tab.sql),
        "Run the statements again.",
    )
