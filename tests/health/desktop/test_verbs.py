"""What verbs of health leave in the database, with the server, in the session's file and the clipboard."""

from __future__ import annotations

import threading
from contextlib import suppress

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from embedded_server.wire.connections import DELETE, SAVE, ConnectionRequest, Profile, SaveRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.server import JOBS
from tests.health.desktop.conftest import PATIENCE
from tests.outside import clipboard, front, session


@pytest.fixture
def run(live_shell):
    def act(verb: str) -> None:
        assert live_shell.verbs.run(verb) == "", verb

    return act


@pytest.fixture
def call(live_shell, qtbot):
    """The server's answer."""

    def act(endpoint, request):
        waiting = live_shell.client.call(endpoint, request)
        qtbot.waitUntil(lambda: waiting.settled, timeout=PATIENCE)
        return waiting.result()

    return act


def test_each_part_is_a_verb(live_shell, health_of, shop, run) -> None:
    health_of(shop)
    for verb in ("health.overview", "health.sessions", "health.locks", "health.schema", "health.integrity"):
        run(verb)
        saved = front(live_shell)
        assert saved["ref"]["connection"] == shop
        assert saved["state"]["part"].lower() == verb.partition(".")[2]
    live_shell.window.bench.show_page("data")
    run("page.health")
    assert session(live_shell)["page"] == "health"


def test_refreshing_is_paused_and_resumed(live_shell, health_of, shop, run) -> None:
    health_of(shop)
    assert front(live_shell)["state"]["pace"] == "every 5 s"
    run("health.pause")
    assert front(live_shell)["state"]["pace"] == "paused"
    run("health.pause")
    assert front(live_shell)["state"]["pace"] == "every 5 s"


def test_checking_the_data_is_a_job_that_can_be_stopped(live_shell, health_of, pg_database, call, run, qtbot):
    with psycopg.connect(pg_database.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE slow (id integer PRIMARY KEY, v integer)")
        connection.execute("INSERT INTO slow VALUES (1, 1)")
        connection.execute(
            "CREATE FUNCTION waits(v integer) RETURNS boolean LANGUAGE sql IMMUTABLE"
            " AS 'SELECT true FROM (SELECT 1) AS a'"
        )
        connection.execute("ALTER TABLE slow ADD CONSTRAINT ck_slow CHECK (waits(v)) NOT VALID")
        connection.execute(
            "CREATE OR REPLACE FUNCTION waits(v integer) RETURNS boolean LANGUAGE sql IMMUTABLE"
            " AS 'SELECT pg_sleep(60) IS NOT NULL'"
        )
    tab = health_of(pg_database)
    run("health.check_data")

    def jobs() -> list[str]:
        return [job.name for job in call(JOBS, Nothing()).jobs if job.connection == pg_database]

    qtbot.waitUntil(lambda: "health.integrity" in jobs(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: "Check" in tab.integrity.note.text(), timeout=PATIENCE)
    run("health.stop")
    qtbot.waitUntil(lambda: "health.integrity" not in jobs(), timeout=PATIENCE)
    assert tab.integrity.note.text().startswith("Stopped after")


def test_the_proving_query_is_opened_and_copied(live_shell, health_of, shop, run, qtbot) -> None:
    tab = health_of(shop)
    tab.show_part("Schema")
    qtbot.waitUntil(lambda: tab.schema.loaded, timeout=PATIENCE)
    run("health.copy_query")
    assert clipboard() == tab.details().query and "pragma_foreign_key_list" in clipboard()
    run("health.open_table")
    assert front(live_shell)["ref"]["table"] == "orders"
    live_shell.window.bench.open(tab.ref)
    run("health.open_query")
    script = live_shell.window.bench.current()
    assert front(live_shell)["ref"]["connection"] == shop
    assert script.editor.sql().strip() == f"{clipboard()};"


class Somebody:
    """A session of another program that sleeps in a thread."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, application_name="somebody")
        self.id = str(self.connection.info.backend_pid)
        self.asleep = threading.Thread(target=self._sleep, daemon=True)

    def _sleep(self) -> None:
        with suppress(psycopg.Error):
            self.connection.execute("SELECT pg_sleep(60)")


def select(tab, qtbot, number: str, state: str) -> None:
    """Put the cursor on a session that is in a state."""

    def there() -> bool:
        tab.refresh()
        qtbot.waitUntil(lambda: not tab.sessions.busy(), timeout=PATIENCE)
        found = [row.thing for row in tab.sessions.list.rows()]
        return any((one.id, one.state) == (number, state) for one in found)

    qtbot.waitUntil(there, timeout=PATIENCE)
    tab.sessions.list.touched = True
    place = [row.thing.id for row in tab.sessions.list.rows()].index(number)
    tab.sessions.list.setCurrentIndex(tab.sessions.list.model().index(place, 0))


def test_a_statement_is_cancelled_and_a_session_ended(live_shell, health_of, pg_database, call, run, qtbot):
    url = pg_database.replace("+psycopg", "")
    call(SAVE, SaveRequest(Profile("the shop", pg_database, "production", False)))
    tab = health_of("the shop")
    run("health.sessions")
    tab.interval.setCurrentText("paused")
    one = Somebody(url)
    one.asleep.start()
    select(tab, qtbot, one.id, "active")
    assert "pg_sleep" in tab.panel.query.toPlainText()
    run("health.cancel_statement")
    assert tab.ask.isVisible() and "production" in tab.ask.text.text() and not tab.ask.go.isEnabled()
    QTest.keyClicks(tab.ask.field, "the shop")
    QTest.keyClick(tab.ask.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not one.asleep.is_alive(), timeout=PATIENCE)
    select(tab, qtbot, one.id, "idle")
    why_not = live_shell.verbs.get("health.cancel_statement").when
    qtbot.waitUntil(lambda: why_not() == "Nothing runs in this session", timeout=PATIENCE)
    run("health.end_session")
    QTest.keyClick(tab.ask.field, Qt.Key.Key_Escape)
    assert not tab.ask.isVisible()
    one.connection.execute("SELECT 1")
    run("health.end_session")
    QTest.keyClicks(tab.ask.field, "the shop")
    QTest.keyClick(tab.ask.field, Qt.Key.Key_Return)

    def gone() -> bool:
        with psycopg.connect(url) as other:
            found = other.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [one.id])
            return found.fetchone() == (0,)

    qtbot.waitUntil(gone, timeout=PATIENCE)
    with suppress(psycopg.Error):
        one.connection.close()
    call(DELETE, ConnectionRequest("the shop"))
