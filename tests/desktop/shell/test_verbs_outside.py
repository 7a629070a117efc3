"""What the shell's verbs leave outside of the window: in its files, in what is read aloud, in processes."""

from __future__ import annotations

import os
import sqlite3
import tomllib
from pathlib import Path

import psutil
import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from desktop.settings import FONT_SIZE, THEME
from desktop.shell.app import Shell
from desktop.shell.options import Options
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import TableRef
from tests.outside import clipboard, front, session, spoken, tabs, within

PATIENCE = 20_000


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("create table one(id integer primary key); create table two(id integer);")
    connection.close()
    return str(path)


@pytest.fixture
def shell(live_shell, qtbot):
    """The window, in front."""
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.activateWindow()
    return live_shell


@pytest.fixture
def run(shell):
    """Run a verb that must be able to."""

    def act(verb: str) -> None:
        assert shell.verbs.run(verb) == "", verb

    return act


@pytest.fixture
def two(shell, database):
    """Two tables in tabs, the second in front."""
    shell.window.bench.use_connection(database)
    for name in ("one", "two"):
        shell.window.bench.open(TableRef(database, name), keep=name == "one")
    return shell


def saved_settings(shell) -> dict:
    return tomllib.loads((shell.options.profile / "settings.toml").read_text(encoding="utf-8"))


def test_tabs(two, run):
    assert tabs(two) == ["one", "two"] and not front(two)["kept"]
    run("tab.keep")
    assert front(two)["kept"]
    run("tab.pin")
    assert front(two)["pinned"]
    run("tab.pin")
    assert not front(two)["pinned"]
    run("tab.next")
    assert front(two)["title"] == "one"
    run("tab.previous")
    assert front(two)["title"] == "two"
    run("go.back")
    assert front(two)["title"] == "one"
    run("go.forward")
    assert front(two)["title"] == "two"
    run("tab.close")
    assert tabs(two) == ["one"]
    run("tab.reopen")
    assert sorted(tabs(two)) == ["one", "two"]
    run("tab.close_others")
    assert tabs(two) == ["two"]


def test_pages_and_panes_are_remembered(two, run):
    for page in ("data", "sql", "slow", "requests", "migrate", "logs"):
        run(f"page.{page}")
        assert session(two)["page"] == page
    for verb, key in (("view.left", "left"), ("view.inspector", "inspector")):
        before = session(two)["layout"][key]
        run(verb)
        assert session(two)["layout"][key] is not before


def test_themes_and_sizes_are_settings(shell, run):
    for name in ("light", "contrast", "dark", "system"):
        run(f"view.theme_{name}")
        assert saved_settings(shell).get(THEME.key, "system") == name
    run("view.larger")
    assert saved_settings(shell)[FONT_SIZE.key] == 14
    run("view.smaller")
    run("view.smaller")
    assert saved_settings(shell)[FONT_SIZE.key] == 12


def test_pages_of_the_application(shell, run):
    run("settings.open")
    assert front(shell)["title"] == "Settings"
    run("settings.keys")
    assert front(shell)["title"] == "Keyboard shortcuts"


def test_where_the_keyboard_goes(two, run, qtbot):
    run("go.open")
    assert "Palette" in within()
    hint = spoken()
    run("go.command")
    assert "Palette" in within() and spoken() != hint
    two.window.bench.current().setFocus()
    before = within()
    run("view.next_pane")
    assert within() != before
    run("view.previous_pane")
    assert within()[-3:] == before[-3:]


def test_messages(shell, run):
    shown = Problem("file.disk", "The disk is full", "nothing was written")
    shell.window.notifier.problem(shown)
    name = "error: The disk is full"
    assert name in names(shell)
    run("view.messages")
    assert name not in names(shell)
    run("help.problem")
    assert name in names(shell)


def names(shell) -> list[str]:
    """What a screen reader finds in the window."""
    found, todo = [], [QAccessible.queryAccessibleInterface(shell.window)]
    while todo:
        one = todo.pop()
        if not one.state().invisible:
            found.append(one.text(QAccessible.Text.Name))
            todo += [one.child(index) for index in range(one.childCount()) if one.child(index) is not None]
    return found


def test_refreshing_brings_what_others_wrote(two, run, qtbot, database):
    tab = two.window.bench.current()
    qtbot.waitUntil(lambda: tab.source.exact(), timeout=PATIENCE)
    with sqlite3.connect(database) as connection:
        connection.execute("insert into two values (4711)")
    connection.close()
    run("view.refresh")
    qtbot.waitUntil(lambda: tab.source.row_count() == 1 and tab.source.cell(0, 0) == 4711, timeout=PATIENCE)
    tab.grid.setFocus()
    run("grid.select_all")
    run("grid.copy")
    qtbot.waitUntil(lambda: clipboard().strip() == "4711", timeout=PATIENCE)


@pytest.mark.skipif(os.name != "posix", reason="looks at processes")
def test_the_server_is_started_again_and_quitting_ends_it(qapp: QApplication, tmp_path, monkeypatch, qtbot):
    monkeypatch.setenv("BACKLIGHT_NO_KEYRING", "1")
    shell = Shell(qapp, Options(tmp_path / "p", tmp_path / "w"))
    qtbot.addWidget(shell.window)
    shell.start()
    with qtbot.waitSignal(shell.watch.answered, timeout=90_000):
        pass
    first = shell.server.pid
    with qtbot.waitSignal(shell.watch.answered, timeout=90_000):
        assert shell.verbs.run("app.server") == ""
    second = shell.server.pid
    qtbot.waitUntil(lambda: not psutil.pid_exists(first), timeout=PATIENCE)
    assert second not in (0, first)
    shell.verbs.run("app.quit")
    qtbot.waitUntil(lambda: not psutil.pid_exists(second), timeout=PATIENCE)
    shell.deleteLater()
