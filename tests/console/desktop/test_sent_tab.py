"""What Backlight itself ran, in a whole window on a real server."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.console.sent.tab import SentTab
from desktop.console.sent.words import counted, facts, merged, row_of, summary
from desktop.console.tab import ScriptTab
from embedded_server.wire.data import COUNT, PAGE, CountRequest, PageRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.refs import StatementRef
from embedded_server.wire.sent import CLEAR_SENT, SENT, SentRequest, SentStatement
from tests import outside

from .conftest import PATIENCE


def wait(qtbot, call):
    qtbot.waitUntil(lambda: call.settled, timeout=PATIENCE)
    return call.result()


@pytest.fixture
def sent(live_shell, qtbot, database):
    """The tab on what one count sent; only what this test's database got is listed."""
    live_shell.window.show()
    wait(qtbot, live_shell.client.call(CLEAR_SENT, Nothing()))
    wait(qtbot, live_shell.client.call(COUNT, CountRequest(connection=str(database), table="t")))
    assert live_shell.verbs.run("console.sent") == ""
    tab = live_shell.window.bench.current()
    assert isinstance(tab, SentTab)
    tab.filter.setText(f"{database.parent.name}")
    qtbot.waitUntil(lambda: any("count" in one.sql for one in known(tab)), timeout=PATIENCE)
    return tab


def known(tab: SentTab) -> list[SentStatement]:
    return [row.thing for row in tab.list.rows()]


def choose(tab: SentTab, words: str) -> SentStatement:
    at = next(at for at, one in enumerate(known(tab)) if words in one.sql)
    tab.list.setCurrentIndex(tab.list.model().index(at, 0))
    return known(tab)[at]


def test_what_was_sent_is_listed_and_used(live_shell, qtbot, sent, database):
    assert "What Backlight ran" in outside.tabs(live_shell)
    one = choose(sent, "count(")
    assert one.purpose == "data.count" and sent.panel.heading.text() == one.title
    assert sent.panel.sql.toPlainText() == one.sql
    assert live_shell.verbs.run("console.sent_copy") == ""
    assert outside.clipboard() == one.sql
    assert sent.subject(StatementRef.kind) == StatementRef(one.connection, one.sql)
    assert live_shell.verbs.run("console.sent_open") == ""
    script = live_shell.window.bench.current()
    assert isinstance(script, ScriptTab) and one.sql in script.editor.sql()
    assert script.connection() == one.connection and outside.front(live_shell)["ref"]["type"] == "script"
    live_shell.window.bench.open(sent.ref)
    assert live_shell.verbs.run("console.sent_pause") == ""
    assert outside.front(live_shell)["state"]["paused"] is True
    assert live_shell.verbs.run("console.sent_clear") == ""
    qtbot.waitUntil(lambda: not any("count(" in one.sql for one in known(sent)), timeout=PATIENCE)
    answer = wait(qtbot, live_shell.client.call(SENT, SentRequest(query=f"count( {database.parent.name}")))
    assert answer.statements == []


def test_it_is_live_and_keeps_what_is_selected(live_shell, qtbot, sent, database):
    before = choose(sent, "count(")
    wait(qtbot, live_shell.client.call(PAGE, PageRequest(connection=str(database), table="t", limit=5)))
    qtbot.waitUntil(lambda: any(one.purpose == "data.page" for one in known(sent)), timeout=PATIENCE)
    assert known(sent)[0].purpose == "data.page", "the newest first"
    assert sent.selected() is not None and sent.selected().id == before.id
    live_shell.verbs.run("console.sent_pause")
    live_shell.verbs.run("console.sent_pause")
    assert not sent.paused and "live" in sent.status()


def test_the_filter_and_a_text_that_cannot_be_read(live_shell, qtbot, sent, database):
    sent.filter.setText(f"{database.parent.name} purpose:data.count rows=1")
    qtbot.waitUntil(lambda: {one.purpose for one in known(sent)} == {"data.count"}, timeout=PATIENCE)
    sent.filter.setText("status:well")
    qtbot.waitUntil(lambda: sent._place.message is not None, timeout=PATIENCE)
    assert known(sent), "what was shown stays"
    sent.filter.setText("zzz_nothing_like_it")
    qtbot.waitUntil(lambda: sent._stack.currentWidget() is sent._none, timeout=PATIENCE)
    assert sent._place.message is None


def test_ctrl_c_copies_and_enter_opens(live_shell, qtbot, sent):
    one = choose(sent, "count(")
    sent.list.setFocus()
    qtbot.keyClick(sent.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert outside.clipboard() == one.sql
    qtbot.keyClick(sent.list, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: isinstance(live_shell.window.bench.current(), ScriptTab), timeout=PATIENCE)


def statement(number: int, **fields: object) -> SentStatement:
    made = {"id": number, "at": "2026-01-01T00:00:00+00:00", "connection": "sqlite:///a/shop.db", "sql": "S"}
    return SentStatement(**(made | fields))


def test_how_statements_are_told():
    one = statement(1, sql="SELECT\n  1", title="Count", session="3 background", elapsed_ms=250.0, rows=1)
    row = row_of(one)
    assert (row.text, row.token, row.below_right) == ("SELECT 1", "warn", "1 row")
    assert "Count · shop.db · session 3 background" in row.below
    many = statement(2, elapsed_ms=400.0, times=400, rows=800)
    assert row_of(many).token == "dim" and counted(many) == "800 rows · 400 times"
    assert {fact.key: fact.value for fact in facts(many)}["elapsed"] == "400 ms (1.0 ms each)"
    assert {fact.key: fact.value for fact in facts(statement(4, elapsed_ms=0.044))}["elapsed"] == "44 µs"
    place = next(
        fact for fact in facts(statement(4, connection="/far/away/app.db")) if fact.key == "connection"
    )
    assert (place.value, place.copy, place.tip) == ("app.db", "/far/away/app.db", "/far/away/app.db")
    bad = row_of(statement(3, error="no such table: t\nmore"))
    assert (bad.token, bad.badge, bad.below_right) == ("error", "error", "no such table: t")
    assert summary([one, many]) == "401 statements · 650 ms in the database" and summary([]) == ""


def test_what_comes_again_takes_the_place_of_what_was_known():
    known = [statement(2), statement(1)]
    grown = statement(1, times=3)
    assert [(one.id, one.times) for one in merged(known, [grown], 9)] == [(1, 3), (2, 1)]
    assert [one.id for one in merged(known, [statement(3)], 2)] == [3, 2]
