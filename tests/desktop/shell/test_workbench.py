"""Opening, reuse of passing tabs, history, closing and reopening, pages, connections."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from desktop.context import Launch
from embedded_server.wire.problem import problem
from embedded_server.wire.refs import ConnectionRef, PageRef, TraceRef

from .conftest import ListPage, NoteTab, table


def titles(window) -> list[str]:
    return [window.frame.bar.tabText(index) for index in range(window.frame.bar.count())]


def test_a_clean_passing_tab_gives_way_to_the_next(window):
    first = window.bench.open(table("orders"))
    second = window.bench.open(table("customers"))
    assert titles(window) == ["customers"]
    assert first.closed == 1 and second.closed == 0
    assert window.bench.current() is second
    assert not window.bench.tab_set.can_reopen(), "what only gave way was not closed by the user"


def test_a_dirty_tab_stays(window):
    first = window.bench.open(table("orders"))
    first.field.setText("typed")
    window.bench.touched(first)
    window.bench.open(table("customers"))
    assert titles(window) == ["orders", "customers"]
    first.field.clear()
    window.bench.touched(first)
    window.bench.open(table("reviews"))
    assert titles(window) == ["orders", "reviews"], "what was worked in once is kept"


@pytest.mark.parametrize("how", ["keep", "kept later", "double click", "pin"])
def test_kept_tabs_stay(window, how):
    first = window.bench.open(table("orders"), keep=how == "keep")
    if how == "kept later":
        window.bench.keep(first)
    elif how == "double click":
        window.frame.bar.keep_wanted.emit(0)
    elif how == "pin":
        window.verbs.run("tab.pin")
    window.bench.open(table("customers"))
    assert titles(window) == ["orders", "customers"]


def test_an_open_reference_is_shown_not_opened_twice(window):
    first = window.bench.open(table("orders"), keep=True)
    window.bench.open(table("customers"), keep=True)
    assert window.bench.open(table("orders")) is first
    assert titles(window) == ["orders", "customers"]
    assert window.bench.current() is first


def test_a_thing_is_one_whatever_it_is_called(window):
    """A log line knows the number of a request, a list its title as well: it is the same request."""
    window.bench.add_opener("trace", lambda ref, origin: NoteTab(ref, origin))
    first = window.bench.open(TraceRef("abc"), keep=True)
    assert window.bench.open(TraceRef("abc", "GET /x")) is first
    assert window.bench.open(TraceRef("abd", "GET /x"), keep=True) is not first
    window.bench.back()
    assert window.bench.current() is first
    window.bench.quick_open()
    recent = [found.ref for found in window.bench.recent]
    assert recent == [TraceRef("abc"), TraceRef("abd", "GET /x")]


def test_the_origin_reaches_the_opener(window):
    tab = window.bench.open(table("orders"), origin=table("customers"))
    assert tab.origin == table("customers")


def test_a_reference_nobody_opens_says_so(window):
    assert window.bench.open(ConnectionRef("shop")) is None
    assert window.bench.why_not("connection") == "Nothing here opens a connection"
    assert window.bench.why_not("table") == ""
    assert "Nothing here opens" in window.frame.status.said.text()


def test_an_opener_that_fails_is_a_problem_not_a_crash(window):
    def fail(ref, origin):
        raise problem("data.unknown_table", detail="orders")

    window.bench.add_opener("connection", fail)
    assert window.bench.open(ConnectionRef("shop")) is None
    assert window.frame.messages.messages[0].problem.code == "data.unknown_table"


def test_two_openers_for_a_kind_are_a_mistake(window):
    with pytest.raises(ValueError, match="opener already"):
        window.bench.add_opener("table", NoteTab)


def test_back_and_forward_bring_state_back(window):
    window.bench.open(table("orders")).restore({"text": ""})
    window.bench.open(table("customers"), keep=True).field.setText("seen")
    window.bench.open(table("reviews"))
    window.bench.back()
    assert window.bench.current().ref == table("customers")
    assert window.bench.current().field.text() == "seen"
    window.bench.back()
    assert window.bench.current().ref == table("orders"), "a tab that gave way is opened again"
    assert window.verbs.get("go.back").when() != ""
    window.bench.forward()
    window.bench.forward()
    assert window.bench.current().ref == table("reviews")
    assert window.verbs.get("go.forward").when() != ""


def test_going_somewhere_new_forgets_what_was_ahead(window):
    for name in ("a", "b", "c"):
        window.bench.open(table(name))
    window.bench.back()
    window.bench.open(table("d"))
    window.bench.forward()
    assert window.bench.current().ref == table("d")


def test_close_and_reopen_with_state(window):
    tab = window.bench.open(table("orders"), keep=True)
    tab.field.setText("half a sentence")
    window.verbs.run("tab.close")
    assert titles(window) == [] and tab.closed == 1
    assert window.verbs.run("tab.reopen") == ""
    assert window.bench.current().field.text() == "half a sentence"
    assert window.verbs.run("tab.reopen") == "No tab was closed"


def test_closing_may_ask_first_inside_the_window(window):
    tab = window.bench.open(table("orders"), keep=True)
    tab.question = "A transaction with 3 statements is open."
    window.verbs.run("tab.close")
    assert window.bench.current() is tab
    question = window.frame.messages.messages[0]
    assert question.title.text() == tab.question
    press(question, "Keep open")
    assert window.bench.current() is tab and not window.frame.messages.messages
    window.verbs.run("tab.close")
    press(window.frame.messages.messages[0], "Close tab")
    assert window.bench.current() is None and tab.closed == 1


def press(message, text: str) -> None:
    next(button for button in message.findChildren(QPushButton) if button.text() == text).click()


def test_close_others_spares_pinned_and_dirty_ones(window):
    for name in ("a", "b", "c", "d"):
        window.bench.open(table(name), keep=True)
    window.bench.tabs()[0].field.setText("dirty")
    window.bench.pin(1, True)
    window.verbs.run("tab.close_others")
    assert titles(window) == ["a", "b", "d"]


def test_touched_redraws_title_status_and_dirty_dot(window):
    tab = window.bench.open(table("orders"))
    tab.field.setText("abc")
    tab.open_transaction = "TXN 3 stmts 00:42"
    window.bench.touched(tab)
    assert window.frame.bar.look(0).dirty
    assert window.frame.status.tab.text() == "3 letters"
    assert not window.frame.status.transaction.isHidden()
    tab.open_transaction = "AUTO"
    window.bench.touched(tab)
    assert window.frame.status.transaction.isHidden() and window.frame.status.auto.text() == "AUTO"


def test_steps_go_round(window):
    for name in ("a", "b", "c"):
        window.bench.open(table(name), keep=True)
    window.verbs.run("tab.next")
    assert window.bench.current().ref == table("a")
    window.verbs.run("tab.previous")
    assert window.bench.current().ref == table("c")


def test_refresh_reaches_the_tab(window):
    assert window.verbs.run("view.refresh") == "No tab is open"
    tab = window.bench.open(table("orders"))
    window.verbs.run("view.refresh")
    assert tab.refreshed == 1


def test_pages_stand_in_the_rail_in_order(window):
    assert [button.text() for button in window.frame.rail.buttons] == ["Data", "Logs"]
    assert window.frame.page() == "data"
    window.bench.show_page("logs")
    assert window.frame.left.currentWidget() is window.bench.pages[1].widget
    assert window.verbs.keys("page.logs") == ("Alt+2",)
    window.bench.add_page(ListPage("health", "Health", "health"))
    assert [button.text() for button in window.frame.rail.buttons][-1] == "Health"
    window.frame.rail.buttons[0].click()
    assert window.frame.page() == "data"


def test_the_inspector_is_the_current_tabs_and_returns_to_it(window):
    first = window.bench.open(table("orders"), keep=True)
    assert window.frame.inspector.currentWidget() is first.panel
    second = window.bench.open(table("customers"), keep=True)
    assert window.frame.inspector.currentWidget() is second.panel
    assert first.panel.parent() is first
    window.verbs.run("settings.open")
    assert not window.frame.has_inspector()
    assert window.verbs.run("view.inspector") == "What is shown has no inspector"


def test_home_stands_where_no_tab_is(window):
    home = QLabel("start here")
    window.bench.set_home(lambda: home)
    window.bench.open(table("orders"))
    assert window.frame.stack.currentWidget() is not home
    window.verbs.run("tab.close")
    assert window.frame.stack.currentWidget() is home


def test_the_connection_in_use_colours_the_window(window, qtbot):
    assert window.bench.connection() == ""
    with qtbot.waitSignal(window.bench.connection_changed):
        window.bench.open(table("orders", "prod"), keep=True)
    assert window.frame.top.connection.text() == "prod · PostgreSQL 15"
    assert window.frame.top.connection.accessibleName().endswith("production")
    assert window.frame.contentsMargins().top() == 3
    assert window.frame.bar.look(0).class_ == "production"
    window.bench.open(table("orders"), keep=True)
    assert window.frame.contentsMargins().top() == 0
    window.verbs.run("settings.open")
    assert window.bench.connection() == "shop", "what has no connection keeps the last one"


def test_a_connection_that_changes_class_is_redrawn(window):
    window.bench.open(table("orders", "team"))
    window.bench.set_connections(lambda name: None)
    assert window.frame.bar.look(0).class_ == ""
    assert window.frame.top.connection.text() == "team"


def test_launches_go_to_the_first_who_takes_them(window):
    taken = []
    window.bench.add_launcher(lambda launch: launch.target.endswith(".db") and not taken.append(launch))
    window.bench.launch(Launch("shop.db", "orders", "/tmp"))
    assert taken == [Launch("shop.db", "orders", "/tmp")]
    window.bench.launch(Launch("shop.txt"))
    assert "Nothing here opens shop.txt" in window.frame.status.said.text()


def test_own_pages_open_once(window):
    window.verbs.run("settings.open")
    window.verbs.run("settings.keys")
    window.verbs.run("settings.open")
    assert titles(window) == ["Settings", "Keyboard shortcuts"]
    assert window.bench.current().ref == PageRef("settings", "Settings")


def test_the_window_title_says_where_one_is(window):
    assert window.windowTitle() == "Backlight"
    window.bench.open(table("orders"))
    assert window.windowTitle() == "main.orders · shop — Backlight"


def test_parts_reach_the_page_whoever_comes_first(window, qtbot):
    made = []

    def make():
        made.append(QLabel("saved", window))
        return made[-1]

    with qtbot.waitSignal(window.bench.parts_changed) as added:
        window.bench.add_part("requests", "Saved", make)
    assert added.args == ["requests"]
    window.bench.add_part("requests", "Runs", make)
    assert [part.title for part in window.bench.parts("requests")] == ["Saved", "Runs"]
    assert window.bench.parts("data") == [] and made == [], "nothing is built before the page asks"
    assert window.bench.parts("requests")[0].make().text() == "saved"


def test_the_strip_stands_over_the_status_bar_on_every_page(shown, qtbot):
    first, second = QLabel("old"), QLabel("activity")
    shown.bench.set_strip(first)
    with qtbot.waitSignal(first.destroyed):
        shown.bench.set_strip(second)
    second.setFixedHeight(30)
    for page in ("data", "logs"):
        shown.bench.show_page(page)
        qtbot.waitUntil(lambda: second.geometry().bottom() + 1 == shown.frame.status.geometry().top())
        assert second.isVisible() and second.width() == shown.frame.width()
        assert shown.frame.splitter.geometry().bottom() < second.geometry().top()
