"""Keys: shared ones, bare ones, the user's own, and the page that is made from the verbs."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QListWidget

from desktop.kit.verb import Verb
from desktop.settings import KEYS
from desktop.shell.keys_page import KeysPage
from desktop.shell.shortcuts import is_bare, normal

from .conftest import table

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize("key", ["Space", "Esc", "Del", "A", "Shift+A", "Return", "Left", "Shift+Down"])
def test_bare_keys(key):
    assert is_bare(key)


@pytest.mark.parametrize("key", ["Ctrl+A", "Alt+Left", "F5", "Shift+F6", "Ctrl+K, Ctrl+S", "Meta+X", ""])
def test_strong_keys(key):
    assert not is_bare(key)


def test_spellings_are_one():
    assert normal("ctrl+shift+p") == normal("Shift+Ctrl+P") == "Ctrl+Shift+P"
    assert normal("no such key") == normal("") == ""


def test_the_first_verb_that_can_run_takes_a_shared_key(qtbot, shown):
    ran = []
    can = {"one": "not here", "two": ""}
    shown.verbs.add(
        Verb("t.one", "One", lambda: ran.append(1), ("Ctrl+J",), when=lambda: can["one"]),
        Verb("t.two", "Two", lambda: ran.append(2), ("Ctrl+J",), when=lambda: can["two"]),
    )
    qtbot.keyClick(shown, Qt.Key.Key_J, CTRL)
    can["one"] = ""
    qtbot.keyClick(shown, Qt.Key.Key_J, CTRL)
    assert ran == [2, 1]
    can.update(one="not here", two="nor here")
    qtbot.keyClick(shown, Qt.Key.Key_J, CTRL)
    assert ran == [2, 1] and shown.frame.status.said.text() == "not here"


def test_of_what_is_added_together_is_told_once(qtbot, shown):
    told, ran = [], []
    shown.verbs.changed.connect(lambda: told.append(len(list(shown.verbs))))
    with shown.verbs.together():
        shown.verbs.add(Verb("t.one", "One", lambda: ran.append(1), ("Ctrl+J",)))
        with shown.verbs.together():
            shown.verbs.add(Verb("t.two", "Two", lambda: ran.append(2)))
        shown.verbs.rebind({"t.two": ("Ctrl+Shift+J",)})
        assert told == []
    assert told == [len(list(shown.verbs))]
    qtbot.keyClick(shown, Qt.Key.Key_J, CTRL)
    qtbot.keyClick(shown, Qt.Key.Key_J, CTRL | SHIFT)
    assert ran == [1, 2]
    with shown.verbs.together():
        pass
    assert len(told) == 1


def test_a_key_that_no_verb_can_use_is_that_of_what_has_the_focus(qtbot, shown):
    shown.verbs.add(Verb("t.end", "End", lambda: None, ("Ctrl+End",), when=lambda: "Open a log first"))
    names = QListWidget(shown.frame.left)
    names.addItems(["one", "two", "three"])
    names.setCurrentRow(0)
    names.show()
    names.setFocus()
    qtbot.keyClick(names, Qt.Key.Key_End, CTRL)
    assert names.currentRow() == 2 and shown.frame.status.said.text() == ""
    names.hide()
    tab = shown.bench.open(table("orders"))
    tab.setFocus()
    shown.verbs.add(Verb("t.no", "No", lambda: None, ("Ctrl+J",), when=lambda: "not here"))
    qtbot.keyClick(tab.field, Qt.Key.Key_J, CTRL)
    assert shown.frame.status.said.text() == "not here"


def test_keys_reach_verbs_while_a_field_has_the_focus(qtbot, shown):
    tab = shown.bench.open(table("orders"))
    qtbot.keyClick(tab.field, Qt.Key.Key_R, CTRL)
    qtbot.keyClick(tab.field, Qt.Key.Key_F5)
    assert tab.refreshed == 2


def test_bare_keys_act_only_when_nothing_else_wants_them(qtbot, shown):
    ran = []
    shown.verbs.add(Verb("t.peek", "Peek", lambda: ran.append("peek"), ("Space",)))
    tab = shown.bench.open(table("orders"))
    qtbot.keyClick(tab.field, Qt.Key.Key_Space)
    assert ran == [] and tab.field.text() == " "
    tab.setFocusProxy(None)
    tab.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    tab.setFocus()
    qtbot.keyClick(tab, Qt.Key.Key_Space)
    assert ran == ["peek"]


def test_a_bare_key_whose_verb_cannot_run_stays_silent(qtbot, shown):
    shown.frame.status.say("before")
    qtbot.keyClick(shown, Qt.Key.Key_Escape)
    assert shown.frame.status.said.text() == "before"


def test_two_step_keys(qtbot, shown):
    qtbot.keyClick(shown, Qt.Key.Key_K, CTRL)
    qtbot.keyClick(shown, Qt.Key.Key_S, CTRL)
    assert isinstance(shown.bench.current(), KeysPage)


def test_f6_walks_through_the_panes(qtbot, shown):
    tab = shown.bench.open(table("orders"))
    assert QApplication.focusWidget() is tab.field
    seen = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
    assert seen[0] is tab.panel_field
    assert seen[1] is shown.frame.rail.buttons[0]
    assert seen[2] is shown.bench.pages[0].filter
    assert shown.frame.panes[1].isAncestorOf(seen[3])
    qtbot.keyClick(seen[3], Qt.Key.Key_F6, SHIFT)
    assert QApplication.focusWidget() is seen[2]


def test_alt_alone_opens_the_menu_and_alt_with_a_key_does_not(qtbot, shown):
    opened = []
    shown.menus.popup = lambda menu, at: opened.append(menu)
    qtbot.keyPress(shown, Qt.Key.Key_Alt)
    qtbot.keyRelease(shown, Qt.Key.Key_Alt)
    assert len(opened) == 1
    qtbot.keyPress(shown, Qt.Key.Key_Alt)
    qtbot.keyClick(shown, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    qtbot.keyRelease(shown, Qt.Key.Key_Alt)
    assert len(opened) == 1 and shown.frame.page() == "logs"


def test_the_rail_walks_with_arrows(qtbot, shown):
    rail = shown.frame.rail
    rail.buttons[0].setFocus()
    qtbot.keyClick(rail.buttons[0], Qt.Key.Key_Down)
    assert shown.frame.page() == "logs" and rail.buttons[1].hasFocus()
    qtbot.keyClick(rail.buttons[1], Qt.Key.Key_Down)
    assert shown.frame.page() == "data"


@pytest.fixture
def keys_page(shown) -> KeysPage:
    shown.verbs.run("settings.keys")
    return shown.bench.current()


def test_every_verb_is_on_the_keyboard_page(shown, keys_page):
    assert set(keys_page.lines) == {verb.id for verb in shown.verbs}
    assert keys_page.lines["go.open"].field.text() == "Ctrl+P"


def test_a_pressed_key_is_the_new_key(qtbot, shown, keys_page):
    line = keys_page.lines["view.left"]
    line.field.setFocus()
    qtbot.keyClick(line.field, Qt.Key.Key_L, CTRL | SHIFT)
    assert shown.verbs.keys("view.left") == ("Ctrl+Shift+L",)
    assert line.field.text() == "Ctrl+Shift+L" and not line.reset.isHidden()
    before = shown.frame.panes[0].isVisible()
    qtbot.keyClick(shown, Qt.Key.Key_L, CTRL | SHIFT)
    assert shown.frame.panes[0].isVisible() != before
    qtbot.keyClick(shown, Qt.Key.Key_B, CTRL)
    assert shown.frame.panes[0].isVisible() != before, "the old key does nothing any more"
    line.reset.click()
    assert shown.verbs.keys("view.left") == ("Ctrl+B",) and line.reset.isHidden()
    assert shown.settings.get(KEYS) == {}


def test_a_conflict_is_shown_with_the_other_verb(qtbot, shown, keys_page):
    line = keys_page.lines["view.left"]
    line.field.setFocus()
    qtbot.keyClick(line.field, Qt.Key.Key_P, CTRL)
    assert line.row.reason.text() == "Ctrl+P is also Open anything…"
    assert not line.row.reason.isHidden()


def test_backspace_removes_a_key(qtbot, shown, keys_page):
    line = keys_page.lines["view.left"]
    line.field.setFocus()
    qtbot.keyClick(line.field, Qt.Key.Key_Backspace)
    assert shown.verbs.keys("view.left") == ()
    assert shown.settings.get(KEYS) == {"view.left": []}
    assert line.field.placeholderText() == "no key"


def test_tab_leaves_a_key_field(qtbot, shown, keys_page):
    line = keys_page.lines["view.left"]
    line.field.setFocus()
    qtbot.keyClick(line.field, Qt.Key.Key_Tab)
    assert not line.field.hasFocus() and shown.verbs.keys("view.left") == ("Ctrl+B",)


def test_all_keys_can_be_reset(qtbot, shown, keys_page):
    shown.shortcuts.bind("view.left", ("Ctrl+1",))
    shown.shortcuts.bind("go.open", ())
    shown.shortcuts.reset()
    assert shown.verbs.keys("view.left") == ("Ctrl+B",) and shown.verbs.keys("go.open") == ("Ctrl+P",)


def test_the_filter_hides_rows_and_says_how_many(shown, keys_page):
    keys_page.filter.setText("left pane")
    visible = [row for row in keys_page.rows if not row.widget.isHidden()]
    assert len(visible) == 1
    assert keys_page.hidden.text() == f"{len(keys_page.rows) - 1} hidden by the filter"
    keys_page.filter.setText("ctrl+b")
    assert any("view.left" in row.words for row in keys_page.rows if not row.widget.isHidden())


def test_keys_survive_a_restart_and_nonsense_in_the_file_does_not(make_window):
    window = make_window()
    window.shortcuts.bind("view.left", ("Ctrl+Shift+L",))
    window.settings.set(KEYS, dict(window.settings.get(KEYS)) | {"go.open": "oops", "gone.verb": ["Ctrl+9"]})
    again = make_window()
    assert again.verbs.keys("view.left") == ("Ctrl+Shift+L",)
    assert again.verbs.keys("go.open") == ("Ctrl+P",)
