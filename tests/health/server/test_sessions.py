"""Who is there, who waits for whom, and that what is ended is really gone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import psycopg
import pymysql
import pytest

from embedded_server.health.asking import rows
from embedded_server.jobs import Call
from embedded_server.wire.child_env import child_env
from embedded_server.wire.connections import Profile
from embedded_server.wire.health import (
    INTEGRITY,
    KILL,
    LINT,
    LOCKS,
    RESOURCES,
    SESSIONS,
    DatabaseSession,
    HealthRequest,
    IntegrityRequest,
    KillRequest,
    LintRequest,
    LocksResponse,
    ResourcesRequest,
)
from tests.health.databases import Database, maria
from tests.health.server.conftest import Desk
from tests.waiting import wait_until

SERVERS = ("postgresql", pytest.param("mysql", marks=pytest.mark.engine("mariadb")))
SLEEPS = {"postgresql": "SELECT pg_sleep(60)", "mysql": "SELECT SLEEP(60)"}


class Other:
    """A session of somebody else's, with a thread of its own for statements that wait."""

    def __init__(self, database: Database) -> None:
        self._engine = database.engine
        if database.engine == "postgresql":
            url = database.url.replace("+psycopg", "")
            self.connection: Any = psycopg.connect(url, autocommit=True, application_name="somebody")
            self.id = str(self.connection.info.backend_pid)
        else:
            self.connection = maria(database.url)
            self.id = str(self.connection.thread_id())
        self._thread: threading.Thread | None = None
        self.error: Exception | None = None

    def run(self, sql: str) -> None:
        cursor = self.connection.cursor()
        cursor.execute(sql)

    def behind(self, sql: str) -> None:
        """Run it in the background."""

        def work() -> None:
            try:
                self.run(sql)
            except (psycopg.Error, pymysql.Error) as error:
                self.error = error

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def ended(self) -> bool:
        return self._thread is not None and not self._thread.is_alive()

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join(20)
        with suppress(psycopg.Error, pymysql.Error):
            self.connection.close()


@pytest.fixture(scope="module")
def server_of(database_of: Callable[[str], Database]) -> Callable[[str], Database]:
    made: dict[str, Database] = {}

    def of(engine: str) -> Database:
        if engine not in made:
            made[engine] = database_of(engine)
            kind = " ENGINE=InnoDB" if engine == "mysql" else ""
            made[engine].run(
                f"CREATE TABLE stock (id integer PRIMARY KEY, n integer){kind}",
                "INSERT INTO stock VALUES (1, 10), (2, 20)",
            )
        return made[engine]

    return of


@pytest.fixture
def others(desk: Desk) -> Iterator[Callable[[Database], Other]]:
    with ExitStack() as stack:

        def make(database: Database) -> Other:
            one = Other(database)
            stack.callback(one.close)
            return one

        yield make


def seen(desk: Desk, database: Database, number: str) -> DatabaseSession | None:
    answer = desk.call(SESSIONS, HealthRequest(connection=database.url))
    return next((one for one in answer.sessions if one.id == number), None)


def in_state(desk: Desk, database: Database, number: str, state: str) -> DatabaseSession:
    found: list[DatabaseSession] = []

    def there() -> bool:
        one = seen(desk, database, number)
        found[:] = [one] if one is not None and one.state == state else []
        return bool(found)

    wait_until(there, f"session {number} to be {state}")
    return found[0]


@pytest.mark.parametrize("engine", SERVERS)
def test_sessions_tell_what_they_do_and_ours_are_marked(engine: str, desk, server_of, others) -> None:
    database = server_of(engine)
    one = others(database)
    idle = in_state(desk, database, one.id, "idle")
    assert not idle.ours and idle.user and idle.transaction_s is None
    assert engine == "mysql" or (idle.application == "somebody" and idle.started.endswith("Z"))
    one.run("BEGIN")
    one.run("UPDATE stock SET n = 11 WHERE id = 1")
    resting = in_state(desk, database, one.id, "in transaction")
    assert resting.transaction_s is not None
    one.run("ROLLBACK")
    one.behind(SLEEPS[engine])
    busy = in_state(desk, database, one.id, "active")
    assert "sleep" in busy.statement.lower()
    call = Call("beside", "test", desk.services)
    with call.session(database.url, "background") as lease:
        ours = in_state(desk, database, lease.session.backend(), "idle")
        assert ours.ours and ours.application == "Backlight"
    desk.call(KILL, KillRequest(connection=database.url, id=one.id, what="terminate"))


@pytest.mark.parametrize("engine", SERVERS)
def test_who_waits_for_whom_is_a_tree(engine: str, desk, server_of, others) -> None:
    database = server_of(engine)
    first, second, third = (others(database) for _ in range(3))
    first.run("BEGIN")
    first.run("UPDATE stock SET n = 11 WHERE id = 1")
    second.run("BEGIN")
    second.run("UPDATE stock SET n = 21 WHERE id = 2")
    second.behind("UPDATE stock SET n = 12 WHERE id = 1")
    third.behind("UPDATE stock SET n = 22 WHERE id = 2")
    answers: list[LocksResponse] = []

    def grown() -> bool:
        answers[:] = [desk.call(LOCKS, HealthRequest(connection=database.url))]
        ids = {node.session.id for node in answers[0].tree}
        return {first.id, second.id, third.id} <= ids

    wait_until(grown, "the tree")
    mine = [node for node in answers[0].tree if node.session.id in (first.id, second.id, third.id)]
    assert [(node.session.id, node.depth) for node in mine] == [(first.id, 0), (second.id, 1), (third.id, 2)]
    assert [node.blocks for node in mine] == [2, 1, 0]
    assert mine[0].waits_for == "" and mine[1].waits_for and mine[1].session.blocked_by == [first.id]
    assert mine[1].session.state == "waiting"
    assert first.id in {one.id for one in answers[0].idle}
    killed = desk.call(KILL, KillRequest(connection=database.url, id=first.id, what="terminate"))
    assert killed.gone
    # The others go on: the second's transaction is at rest, the third still waits for it.
    wait_until(second.ended, "the second to go on")
    assert second.error is None
    desk.call(KILL, KillRequest(connection=database.url, id=second.id, what="terminate"))
    wait_until(third.ended, "the third to go on")
    assert third.error is None


@pytest.mark.parametrize("engine", SERVERS)
def test_a_statement_is_cancelled_and_its_session_stays(engine: str, desk, server_of, others) -> None:
    database = server_of(engine)
    one = others(database)
    one.behind(SLEEPS[engine])
    busy = in_state(desk, database, one.id, "active")
    request = KillRequest(connection=database.url, id=one.id, what="cancel", started=busy.started)
    answer = desk.call(KILL, request)
    assert answer.gone and "runs no more" in answer.text
    wait_until(one.ended, "the statement to end")
    assert in_state(desk, database, one.id, "idle")


STUBBORN = """DO $$ BEGIN LOOP
  BEGIN PERFORM pg_sleep(60); EXCEPTION WHEN query_canceled THEN NULL; END;
END LOOP; END $$"""


def test_a_statement_that_does_not_heed_is_not_called_gone(desk, server_of, others) -> None:
    database = server_of("postgresql")
    one = others(database)
    one.behind(STUBBORN)
    in_state(desk, database, one.id, "active")
    answer = desk.call(KILL, KillRequest(connection=database.url, id=one.id, what="cancel", seconds=0.3))
    assert not answer.gone and "still runs" in answer.text and answer.elapsed_ms >= 300
    assert desk.call(KILL, KillRequest(connection=database.url, id=one.id, what="terminate")).gone


@pytest.mark.engine("mariadb")
def test_what_innodb_told_a_moment_ago_is_not_told_again(desk, server_of, others) -> None:
    database = server_of("mysql")
    one = others(database)
    assert in_state(desk, database, one.id, "idle")
    one.run("BEGIN")
    one.run("UPDATE stock SET n = 11 WHERE id = 1")
    now = seen(desk, database, one.id)
    assert now is not None and now.state == "in transaction"


@pytest.mark.parametrize("engine", SERVERS)
def test_a_session_is_ended_and_not_believed_but_looked_for(engine: str, desk, server_of, others) -> None:
    database = server_of(engine)
    one = others(database)
    found = in_state(desk, database, one.id, "idle")
    asked = KillRequest(connection=database.url, id=one.id, what="terminate", started=found.started)
    answer = desk.call(KILL, asked)
    assert answer.gone and f"Session {one.id} was ended" in answer.text
    assert seen(desk, database, one.id) is None
    assert desk.refused(KILL, asked).code == "health.no_session"
    assert desk.refused(KILL, KillRequest(connection=database.url, id="0 OR 1")).code == "health.no_session"


def test_a_number_that_is_another_sessions_by_now_is_left_alone(desk, server_of, others) -> None:
    database = server_of("postgresql")
    one = others(database)
    in_state(desk, database, one.id, "idle")
    asked = KillRequest(
        connection=database.url, id=one.id, what="terminate", started="2020-01-01T00:00:00.000000Z"
    )
    assert desk.refused(KILL, asked).code == "health.no_session"
    assert seen(desk, database, one.id) is not None


@pytest.mark.parametrize(
    ("class_", "read_only", "code"),
    [
        ("production", False, "health.confirm"),
        ("shared", False, "health.confirm"),
        ("shared", True, "sql.read_only"),
    ],
)
def test_elsewhere_it_needs_to_be_confirmed_and_permitted(
    class_: str, read_only: bool, code: str, desk, server_of, others
) -> None:
    database = server_of("postgresql")
    one = others(database)
    in_state(desk, database, one.id, "idle")
    name = f"{class_}-{read_only}"
    desk.services.store.profiles.save(Profile(name, database.url, class_, read_only))
    wrong = KillRequest(connection=name, id=one.id, what="terminate", confirm="yes")
    refused = desk.refused(KILL, wrong)
    assert refused.code == code
    wanted = name if class_ == "production" else one.id
    assert code != "health.confirm" or repr(wanted) in refused.hint
    assert seen(desk, database, one.id) is not None
    if code == "health.confirm":
        right = KillRequest(connection=name, id=one.id, what="terminate", confirm=wanted)
        assert desk.call(KILL, right).gone


@pytest.mark.parametrize("engine", SERVERS)
def test_a_locked_table_is_named_and_not_waited_for(engine: str, desk, database_of, others) -> None:
    database: Database = database_of(engine)
    database.run(
        "CREATE TABLE busy (id integer PRIMARY KEY, note varchar(9))", "CREATE TABLE free (v integer)"
    )
    holder = others(database)
    holder.run("BEGIN" if engine == "postgresql" else "SELECT 1")
    holder.run(
        "LOCK TABLE busy IN ACCESS EXCLUSIVE MODE" if engine == "postgresql" else "LOCK TABLES busy WRITE"
    )
    resources = desk.call(RESOURCES, ResourcesRequest(connection=database.url))
    assert {one.name for one in resources.largest} >= {"busy", "free"}
    lint = desk.call(LINT, LintRequest(connection=database.url))
    assert [one.table for one in lint.findings if one.check == "no_primary_key"] == ["free"]
    events = desk.call(INTEGRITY, IntegrityRequest(connection=database.url, table="busy"))
    told = [event.result.problem for event in events if event.result is not None] + events[-1].notes
    assert len(told) == 1 and "lock" in told[0].lower() and events[-1].kind == "end"
    holder.run("ROLLBACK" if engine == "postgresql" else "UNLOCK TABLES")
    (again,) = [
        event.result
        for event in desk.call(INTEGRITY, IntegrityRequest(connection=database.url, table="busy"))
        if event.result is not None
    ]
    assert again.problem == ""
    # The session goes back to its lane as patient as it was.
    call = Call("beside", "test", desk.services)
    setting = "SHOW lock_timeout" if engine == "postgresql" else "SELECT @@lock_wait_timeout"
    for lane in ("background", "interactive"):
        with call.session(database.url, lane, read_only=True) as lease:
            assert rows(lease.session, setting)[0][0] in ("0", "86400")


HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute(sys.argv[2])
connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_who_holds_a_sqlite_file(mode: str, desk: Desk, database_of) -> None:
    database: Database = database_of("sqlite")
    database.run(f"PRAGMA journal_mode = {mode}", "CREATE TABLE t (id integer PRIMARY KEY)")
    path = database.url.removeprefix("sqlite:///")
    keeper = sqlite3.connect(path)
    keeper.execute("SELECT * FROM t").fetchall()
    command = [sys.executable, "-c", HOLDER, path, "BEGIN IMMEDIATE"]
    with subprocess.Popen(command, stdin=-1, stdout=-1, env=child_env()) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        one = seen(desk, database, str(holder.pid))
        assert one is not None and one.state == "in transaction" and not one.ours
        assert one.locks == {"delete": "is about to write, reads", "wal": "writes, reads"}[mode]
        assert "python" in one.application and one.user and one.started
        answer = desk.call(SESSIONS, HealthRequest(connection=database.url))
        assert [other.ours for other in answer.sessions if other.id != str(holder.pid)] == [True]
        assert "no server" in answer.why_not_kill
        refused = desk.refused(KILL, KillRequest(connection=database.url, id=str(holder.pid)))
        assert refused.code == "data.unsupported" and "end the program" in refused.detail
        holder.communicate(b"")
    wait_until(lambda: seen(desk, database, str(holder.pid)) is None, "the holder to be gone")
    keeper.close()


def test_duckdb_says_why_there_is_no_list(desk: Desk, database_of) -> None:
    database: Database = database_of("duckdb")
    answer = desk.call(SESSIONS, HealthRequest(connection=database.url))
    assert answer.sessions == [] and "no list of sessions" in answer.notes[0]
    assert desk.call(LOCKS, HealthRequest(connection=database.url)).tree == []
    refused = desk.refused(KILL, KillRequest(connection=database.url, id="1"))
    assert refused.code == "data.unsupported" and "DuckDB has no server" in refused.detail
