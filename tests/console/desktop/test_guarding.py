"""The question before something is destroyed, in a whole window on a real server."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.console.question import GuardQuestion
from desktop.console.tab import ScriptTab
from embedded_server.wire.connections import DELETE, SAVE, ConnectionRequest, Profile, SaveRequest

from .conftest import PATIENCE, write


def rows_of(path) -> int:
    with sqlite3.connect(path) as connection:
        found = connection.execute("select count(*) from t").fetchone()[0]
    connection.close()
    return int(found)


def question(qtbot, tab: ScriptTab) -> GuardQuestion:
    """The question, once it is asked."""
    qtbot.waitUntil(lambda: isinstance(tab.results.trouble(), GuardQuestion), timeout=PATIENCE)
    found = tab.results.trouble()
    assert isinstance(found, GuardQuestion)
    return found


def ended(qtbot, tab: ScriptTab, count: int) -> None:
    """A run is over and has so many messages."""
    qtbot.waitUntil(
        lambda: not tab.running.runs.running() and len(tab.results.messages.lines()) == count,
        timeout=PATIENCE,
    )


def test_a_whole_table_is_asked_for_and_stays_without_a_yes(live_shell, qtbot, tab, database):
    live_shell.window.show()
    write(tab, "dele|te from t")
    assert live_shell.verbs.run("console.run") == ""
    asked = question(qtbot, tab)
    assert asked.title.text() == "DELETE without WHERE deletes all 2,500 rows of t"
    assert asked.field.isHidden() and asked.run.isEnabled()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is asked.dismiss, timeout=PATIENCE)
    qtbot.keyClick(asked.dismiss, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: tab.results.trouble() is None, timeout=PATIENCE)
    assert rows_of(database) == 2500 and not tab.running.runs.running()
    assert live_shell.verbs.run("console.run") == ""
    assert question(qtbot, tab).title.text().endswith("all 2,500 rows of t"), "nothing ran meanwhile"
    qtbot.mouseClick(question(qtbot, tab).run, Qt.MouseButton.LeftButton)
    ended(qtbot, tab, 1)
    assert rows_of(database) == 0 and tab.results.trouble() is None


def test_a_script_is_asked_for_once_with_its_dangers(live_shell, qtbot, tab, database):
    write(tab, "select 1;\nupdate t set v = 'x';\ndrop table t;")
    assert live_shell.verbs.run("console.run_all") == ""
    asked = question(qtbot, tab)
    assert asked.title.text().startswith("2 statements of this run")
    assert asked.text.text().split("\n") == [
        "Line 2: UPDATE without WHERE · t · 2,500 rows",
        "Line 3: DROP TABLE · t · 2,500 rows",
    ]
    asked.dismiss.click()
    assert rows_of(database) == 2500


def test_what_is_harmless_runs_at_once(live_shell, qtbot, tab, database):
    write(tab, "select count(*) from t; delete from t where id = 1; update t set v = '' where id = 2")
    assert live_shell.verbs.run("console.run_all") == ""
    ended(qtbot, tab, 3)
    assert rows_of(database) == 2499


@pytest.fixture
def production(live_client, qtbot, tab, database):
    """The tab on a saved connection that is production."""

    def wait(call):
        qtbot.waitUntil(lambda: call.settled, timeout=PATIENCE)
        return call.result()

    profile = Profile("shop-prod", f"sqlite:///{database}", "production")
    wait(live_client.call(SAVE, SaveRequest(profile)))
    qtbot.waitUntil(lambda: "shop-prod" in tab._profiles.names(), timeout=PATIENCE)
    tab.use_connection("shop-prod")
    yield tab
    tab.running.runs.close()
    wait(live_client.call(DELETE, ConnectionRequest("shop-prod")))


def test_on_production_every_write_wants_the_name_typed(live_shell, qtbot, production, database):
    tab = production
    write(tab, "insert into t values (9999, 'x')")
    assert live_shell.verbs.run("console.run") == ""
    asked = question(qtbot, tab)
    assert asked.title.text() == "INSERT writes to production"
    assert asked.text.text() == "shop-prod is production. Type its name to run this."
    assert not asked.run.isEnabled() and not asked.field.isHidden()
    qtbot.keyClicks(asked.field, "shop-pro")
    qtbot.keyClick(asked.field, Qt.Key.Key_Return)
    assert not asked.run.isEnabled() and rows_of(database) == 2500
    qtbot.keyClicks(asked.field, "d")
    qtbot.keyClick(asked.field, Qt.Key.Key_Return)
    ended(qtbot, tab, 1)
    assert rows_of(database) == 2501


def test_a_select_is_never_asked_for_even_on_production(live_shell, qtbot, production):
    write(production, "select *, nobody_knows(id) from t for update")
    assert live_shell.verbs.run("console.run") == ""
    qtbot.waitUntil(lambda: bool(production.results.messages.lines()), timeout=PATIENCE)
    assert not isinstance(production.results.trouble(), GuardQuestion)
