"""Suggestions in a whole window on a real server: when they open, what keys do, what is taken."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt

from desktop.kit.editor.editor import SqlEditor
from desktop.kit.editor.index import Spot
from desktop.kit.editor.suggestions import Choice, Suggestions
from desktop.settings import COMPLETION

from .conftest import PATIENCE, write

KEY = Qt.Key


@pytest.fixture
def shop(live_shell, qtbot, tab, database):
    """A script on a database of two tables, with the keyboard in it."""
    with sqlite3.connect(database) as connection:
        connection.executescript(
            "create table orders(id integer primary key, customer_id integer references customers(id),"
            " status text);"
            'create table customers(id integer primary key, name, "Full Name");'
        )
    connection.close()
    live_shell.window.show()
    live_shell.window.activateWindow()
    tab.editor.setFocus()
    qtbot.waitUntil(tab.editor.hasFocus, timeout=PATIENCE)
    return tab


def texts(tab) -> list[str]:
    return [choice.text for choice in tab.completing.list.choices()]


def type_in(qtbot, tab, text: str, *first: str) -> None:
    """Type, and wait until the suggestions begin with these."""
    qtbot.keyClicks(tab.editor, text)
    qtbot.waitUntil(lambda: texts(tab)[: len(first)] == list(first), timeout=PATIENCE)


@pytest.mark.xvfb
def test_two_letters_open_it_and_typing_on_narrows_it(qtbot, shop):
    write(shop, "select * from o|")
    qtbot.keyClicks(shop.editor, "r")
    qtbot.waitUntil(lambda: texts(shop)[:1] == ["orders"], timeout=PATIENCE)
    write(shop, "select * from c|")
    type_in(qtbot, shop, "u", "customers")
    qtbot.keyClicks(shop.editor, "zz")
    qtbot.waitUntil(lambda: not texts(shop), timeout=PATIENCE)


def test_a_dot_lists_columns_and_tab_takes_the_first(qtbot, shop):
    write(shop, "select o| from orders o")
    type_in(qtbot, shop, ".", "id", "customer_id", "status")
    qtbot.keyClick(shop.editor, KEY.Key_Down)
    qtbot.keyClick(shop.editor, KEY.Key_Tab)
    assert shop.editor.sql() == "select o.customer_id from orders o"
    assert shop.editor.spot() == Spot(0, 20) and not texts(shop)
    shop.editor.undo()
    assert shop.editor.sql() == "select o. from orders o"


def test_enter_takes_a_whole_join_and_esc_closes(live_shell, qtbot, shop):
    write(shop, "select 1 from orders o join |")
    assert live_shell.verbs.run("console.complete") == ""
    qtbot.waitUntil(lambda: texts(shop)[:1] == ["customers c ON c.id = o.customer_id"], timeout=PATIENCE)
    qtbot.keyClick(shop.editor, KEY.Key_Escape)
    assert not texts(shop) and shop.editor.hasFocus()
    qtbot.keyClick(shop.editor, KEY.Key_Space, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(texts(shop)), timeout=PATIENCE)
    qtbot.keyClick(shop.editor, KEY.Key_Return)
    assert shop.editor.sql() == "select 1 from orders o join customers c ON c.id = o.customer_id"


def test_a_name_that_needs_quotes_gets_them_and_a_function_holds_the_cursor(qtbot, shop):
    write(shop, "select c.fu| from customers c")
    type_in(qtbot, shop, "l", "Full Name")
    qtbot.keyClick(shop.editor, KEY.Key_Return)
    assert shop.editor.sql() == "select c.`Full Name` from customers c"
    write(shop, "select cou| from customers c")
    type_in(qtbot, shop, "n", "count")
    qtbot.keyClick(shop.editor, KEY.Key_Return)
    assert shop.editor.sql() == "select count() from customers c"
    assert shop.editor.spot() == Spot(0, 13)


def test_behind_a_table_enter_ends_the_line_and_takes_nothing(qtbot, shop):
    write(shop, "select * from orders o|")
    type_in(qtbot, shop, "r", "order by")
    assert shop.completing.list.current() is None
    qtbot.keyClick(shop.editor, KEY.Key_Return)
    assert shop.editor.sql() == "select * from orders or\n"
    shop.editor.undo()


def test_nothing_opens_in_strings_or_when_it_is_switched_off(live_shell, qtbot, shop):
    answered = []
    live_shell.client.finished.connect(lambda name, _: answered.append(name))
    write(shop, "select 'o|'")
    qtbot.keyClicks(shop.editor, "rd")
    qtbot.waitUntil(lambda: answered.count("console.complete") == 2, timeout=PATIENCE)
    assert not texts(shop)
    live_shell.settings.set(COMPLETION, False)
    write(shop, "select * from o|")
    answered.clear()
    qtbot.keyClicks(shop.editor, "rd")
    assert not texts(shop)
    assert live_shell.verbs.run("console.complete") == ""
    qtbot.waitUntil(lambda: texts(shop)[:1] == ["orders"], timeout=PATIENCE)
    assert answered.count("console.complete") == 1
    live_shell.settings.set(COMPLETION, True)


@pytest.mark.xvfb
def test_a_click_takes_and_leaving_the_editor_closes(live_shell, qtbot, shop):
    write(shop, "select * from cu|")
    live_shell.verbs.run("console.complete")
    qtbot.waitUntil(lambda: texts(shop)[:1] == ["customers"], timeout=PATIENCE)
    view = shop.completing.list.list
    area = view.visualRect(view.model().index(0, 0))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
    assert shop.editor.sql() == "select * from customers"
    write(shop, "select * from cu|")
    live_shell.verbs.run("console.complete")
    qtbot.waitUntil(lambda: bool(texts(shop)), timeout=PATIENCE)
    shop.editor.clearFocus()
    qtbot.waitUntil(lambda: not texts(shop), timeout=PATIENCE)


# --- the list alone ----------------------------------------------------------------------------------


def test_it_stays_inside_the_window_and_names_itself(qtbot):
    editor = SqlEditor("SQL")
    qtbot.addWidget(editor)
    editor.resize(500, 120)
    editor.setPlainText("\n" * 4 + " " * 60 + "x")
    editor.show()
    made = Suggestions(editor)
    choices = [
        Choice(f"a_rather_long_name_{number}", "x", "table", "~1,000,000 rows") for number in range(40)
    ]
    editor.moveCursor(editor.textCursor().MoveOperation.End)
    made.show_choices(choices, editor.textCursor().position() - 1, "a", "", chosen=True)
    assert made.isVisible() and made.accessibleName() == "Suggestions"
    assert editor.rect().contains(made.geometry().topLeft())
    assert made.geometry().right() <= editor.rect().right()
    assert made.current() == choices[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1; sel|ect 2; select 3", " select 2;"),
        ("select 1;\n|", "\n"),
        ("|", ""),
        ("select a|\nfrom t", "select a\nfrom t"),
        ("select ';'|; x", "select ';';"),
    ],
)
def test_only_the_statement_around_the_cursor_is_sent(qtbot, text, expected):
    editor = SqlEditor("SQL")
    qtbot.addWidget(editor)
    editor.setPlainText(text.replace("|", ""))
    cursor = editor.textCursor()
    cursor.setPosition(text.index("|"))
    editor.setTextCursor(cursor)
    sql, place, start = editor.surroundings()
    assert sql == expected and start + place == text.index("|")
