"""A script in a whole window on a real server."""

from __future__ import annotations

import sqlite3

import pytest

from desktop.console.tab import ScriptTab

PATIENCE = 20_000


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("create table t(id integer primary key, v text);")
        connection.executemany("insert into t values (?, ?)", [(n, f"v{n}") for n in range(1, 2501)])
    connection.close()
    return path


@pytest.fixture
def tab(live_shell, qtbot, database):
    live_shell.window.bench.use_connection(str(database))
    made = new_tab(live_shell)
    yield made
    made.running.runs.close()


def new_tab(shell) -> ScriptTab:
    assert shell.verbs.run("console.new") == ""
    made = shell.window.bench.current()
    assert isinstance(made, ScriptTab)
    return made


def write(tab: ScriptTab, text: str) -> None:
    """A script with the cursor where | stands, else at its start."""
    tab.editor.setPlainText(text.replace("|", ""))
    cursor = tab.editor.textCursor()
    cursor.setPosition(max(text.find("|"), 0))
    tab.editor.setTextCursor(cursor)
