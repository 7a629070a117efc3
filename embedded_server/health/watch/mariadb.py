"""MariaDB: the process list with InnoDB's transactions. MySQL answers alike but was not tried."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

from embedded_server.engines.base import Session
from embedded_server.health.asking import LOST, Row, attempt, real, rows, text
from embedded_server.lanes import Lease
from embedded_server.wire.health import DatabaseSession, SessionState
from embedded_server.wire.problem import ProblemError

from .base import Wait, Watch

_SESSIONS = """SELECT p.ID, p.USER, p.HOST, p.DB, p.COMMAND, p.STATE, p.TIME, p.INFO,
  t.trx_state, TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS transaction_s
FROM information_schema.PROCESSLIST p
LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID
WHERE p.ID <> CONNECTION_ID(){where}
ORDER BY p.ID"""
_PLAIN = """SELECT p.ID, p.USER, p.HOST, p.DB, p.COMMAND, p.STATE, p.TIME, p.INFO, NULL, NULL
FROM information_schema.PROCESSLIST p
WHERE p.ID <> CONNECTION_ID(){where}
ORDER BY p.ID"""
_HERE = " AND p.DB = DATABASE() AND p.COMMAND <> 'Daemon'"
_LOCKS = """SELECT r.trx_mysql_thread_id, b.trx_mysql_thread_id, l.lock_table, l.lock_mode,
  TIMESTAMPDIFF(SECOND, r.trx_wait_started, NOW())
FROM information_schema.INNODB_LOCK_WAITS w
JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id
JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id
LEFT JOIN information_schema.INNODB_LOCKS l ON l.lock_id = w.requested_lock_id"""
_LOCKS_OF_MYSQL = """SELECT waiting_pid, blocking_pid, locked_table, waiting_lock_mode, wait_age_secs
FROM sys.innodb_lock_waits"""
_NO_TRANSACTIONS = (
    "Transactions are not shown: reading them takes the PROCESS privilege, and without it only your own "
    "sessions are listed."
)

# InnoDB tells whoever asks again within a tenth of a second what it told before, however long that goes on.
_STALE_SECONDS = 0.11
_never = threading.Event()


class MariadbWatch(Watch):
    """A transaction that has touched no InnoDB table yet is not known to the server as one."""

    query = _SESSIONS.format(where=_HERE)
    lock_query = _LOCKS

    def sessions(
        self, lease: Lease, ours: Collection[str], everywhere: bool, notes: list[str]
    ) -> list[DatabaseSession]:
        where = "" if everywhere else _HERE
        _let_it_look_anew(lease)
        try:
            found = rows(lease.session, _SESSIONS.format(where=where))
        except ProblemError as error:
            if error.problem.code in LOST:
                raise
            notes.append(_NO_TRANSACTIONS)
            found = rows(lease.session, _PLAIN.format(where=where))
        return [_session(row, ours) for row in found]

    def waits(self, lease: Lease, notes: list[str]) -> list[Wait]:
        maria = "mariadb" in lease.info.server_version.lower()
        asked = _LOCKS if maria else _LOCKS_OF_MYSQL
        _let_it_look_anew(lease)
        return [
            Wait(text(waiter), text(blocker), f"{text(table).replace('`', '')} · {text(mode)}", real(seconds))
            for waiter, blocker, table, mode, seconds in attempt(lease.session, asked, notes, "Lock waits")
        ]

    def cancel(self, session: Session, number: str) -> None:
        rows(session, f"KILL QUERY {int(number)}")

    def terminate(self, session: Session, number: str) -> None:
        rows(session, f"KILL CONNECTION {int(number)}")


def _let_it_look_anew(lease: Lease) -> None:
    since = time.monotonic() - (lease.memory.get("health.innodb") or 0.0)
    if since < _STALE_SECONDS:
        _never.wait(_STALE_SECONDS - since)
    lease.memory.put("health.innodb", time.monotonic())


def _session(row: Row, ours: Collection[str]) -> DatabaseSession:
    number, user, host, database, command, state, seconds, statement, transaction, open_s = row
    return DatabaseSession(
        id=text(number),
        user=text(user),
        application="Backlight" if text(number) in ours else "",
        host=text(host),
        database=text(database),
        state=_state(text(command), text(state), text(transaction)),
        state_s=real(seconds),
        transaction_s=real(open_s),
        wait=text(state) if text(command) not in ("Sleep", "Daemon") else "",
        statement=text(statement),
        ours=text(number) in ours,
    )


def _state(command: str, state: str, transaction: str) -> SessionState:
    if command == "Sleep":
        return "in transaction" if transaction else "idle"
    if command in ("Daemon", "Binlog Dump", "Slave_IO", "Slave_SQL"):
        return "background"
    if transaction == "LOCK WAIT" or (state.startswith("Waiting for") and "lock" in state):
        return "waiting"
    return "active"
