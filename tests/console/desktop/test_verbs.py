"""Every verb of scripts, seen from outside: in the database, in files, in the server's history."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from desktop.console.tab import ScriptTab
from embedded_server.wire.console import HISTORY, HistoryRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.server import JOBS
from tests.outside import answer, session, spoken, tabs

PATIENCE = 20_000
ENDLESS = "with recursive c(x) as (select 1 union all select x + 1 from c) insert into t select max(x) from c"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(id integer)")
    connection.close()
    return path


@pytest.fixture
def shell(live_shell, qtbot):
    """The window, in front."""
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.activateWindow()
    return live_shell


@pytest.fixture
def tab(shell, qtbot, database):
    """A new script on the database."""
    shell.window.bench.use_connection(str(database))
    assert shell.verbs.run("console.new") == ""
    made = shell.window.bench.current()
    assert isinstance(made, ScriptTab) and tabs(shell) == [made.title()]
    made.editor.setFocus()
    yield made
    made.running.runs.close()


@pytest.fixture
def run(shell, qtbot, tab):
    """Run a verb that must be able to, to its end."""

    def act(verb: str) -> None:
        assert shell.verbs.run(verb) == "", verb
        qtbot.waitUntil(lambda: not tab.running.runs.running(), timeout=PATIENCE)

    return act


@pytest.fixture
def ask(shell, qtbot):
    """Call the server as the window does."""

    def act(endpoint, request):
        waiting = shell.client.call(endpoint, request)
        qtbot.waitUntil(lambda: waiting.settled, timeout=PATIENCE)
        return waiting.result()

    return act


def write(tab: ScriptTab, text: str) -> None:
    tab.editor.setPlainText(text)
    tab.editor.moveCursor(QTextCursor.MoveOperation.Start)


def rows(database: Path) -> list[int]:
    with sqlite3.connect(database) as connection:
        found = [row[0] for row in connection.execute("select id from t order by id")]
    connection.close()
    return found


def test_what_runs_is_in_the_database(tab, run, database):
    write(tab, "insert into t values (1);\ninsert into t values (2)")
    run("console.run")
    assert rows(database) == [1]
    run("console.run_all")
    assert rows(database) == [1, 1, 2]
    write(tab, "insert into nowhere values (1);\ninsert into t values (3)")
    run("console.run_all")
    assert 3 not in rows(database), "a script stops at its first error"
    run("console.on_error")
    run("console.run_all")
    assert 3 in rows(database)


def test_transactions_are_the_databases(tab, run, database, qtbot):
    run("console.mode")
    write(tab, "insert into t values (1)")
    run("console.run")
    assert rows(database) == []
    run("console.rollback")
    qtbot.waitUntil(lambda: not tab.running.runs.transaction.open(), timeout=PATIENCE)
    assert rows(database) == []
    run("console.run")
    run("console.commit")
    qtbot.waitUntil(lambda: rows(database) == [1], timeout=PATIENCE)


def test_a_stopped_statement_writes_nothing(tab, shell, qtbot, database, ask):
    write(tab, ENDLESS)
    assert shell.verbs.run("console.run") == ""
    running = lambda: [job.name for job in ask(JOBS, Nothing()).jobs if job.name == "console.run"]  # noqa: E731
    qtbot.waitUntil(lambda: bool(running()), timeout=PATIENCE)
    assert shell.verbs.run("console.stop") == ""
    qtbot.waitUntil(lambda: not running(), timeout=PATIENCE)
    assert rows(database) == []


def test_running_work_is_cancelled(tab, shell, qtbot, ask):
    write(tab, ENDLESS)
    assert shell.verbs.run("console.run") == ""
    running = lambda: [job.name for job in ask(JOBS, Nothing()).jobs if job.name == "console.run"]  # noqa: E731
    qtbot.waitUntil(lambda: bool(running()), timeout=PATIENCE)
    qtbot.waitUntil(lambda: shell.verbs.get("work.cancel").when() == "", timeout=PATIENCE)
    assert shell.verbs.run("work.cancel") == ""
    qtbot.waitUntil(lambda: not running(), timeout=PATIENCE)


def test_what_is_edited_is_in_the_file(tab, run, shell, qtbot, tmp_path):
    path = tmp_path / "script.sql"
    run("console.save_as")
    answer(path)
    shell.window.activateWindow()
    write(tab, "select one from t where one = 2")

    def saved(verb: str) -> str:
        tab.editor.setFocus()
        run(verb)
        qtbot.waitUntil(lambda: tab.editor.document().isModified(), timeout=PATIENCE)
        run("console.save")
        return path.read_text(encoding="utf-8")

    assert saved("console.comment") == "-- select one from t where one = 2"
    assert saved("console.comment") == "select one from t where one = 2"
    assert "\n" in saved("console.format")
    write(tab, "aa bb aa bb aa")
    run("console.find")
    qtbot.keyClicks(QApplication.focusWidget(), "aa")
    for verb, end in (("console.find_next", 8), ("console.find_previous", 2)):
        run(verb)
        assert tab.editor.textCursor().selectedText() == "aa"
        assert tab.editor.textCursor().selectionEnd() % 6 == end % 6
    tab.editor.setFocus()
    tab.editor.insertPlainText("cc")
    run("console.save")
    assert path.read_text(encoding="utf-8").count("cc") == 1
    run("console.replace")
    qtbot.keyClicks(field("Find"), "bb")
    qtbot.keyClicks(field("Replace with"), "dd")
    (replace,) = [one for one in tab.findChildren(QPushButton) if one.text() == "Replace all"]
    replace.click()
    run("console.save")
    assert path.read_text(encoding="utf-8").count("dd") == 2


def field(name: str) -> QLineEdit:
    """The empty line of this name."""
    found = [one for one in QApplication.allWidgets() if isinstance(one, QLineEdit) and one.isVisible()]
    (line,) = [one for one in found if one.accessibleName() == name]
    line.clear()
    return line


def test_a_script_is_opened_from_its_file(tab, shell, tmp_path):
    path = tmp_path / "kept.sql"
    path.write_text("select 1", encoding="utf-8")
    assert shell.verbs.run("console.open") == ""
    answer(path)
    assert "kept.sql" in tabs(shell)


def test_the_history_and_its_end(tab, run, shell, qtbot, ask):
    write(tab, "select 'to be forgotten'")
    run("console.run")
    listed = lambda: ask(HISTORY, HistoryRequest(query="forgotten")).statements  # noqa: E731
    qtbot.waitUntil(lambda: bool(listed()), timeout=PATIENCE)
    assert shell.verbs.run("console.history") == ""
    assert session(shell)["page"] == "sql" and spoken()
    assert shell.verbs.run("console.forget") == ""
    buttons = shell.window.findChildren(QPushButton)
    (button,) = [one for one in buttons if one.text().startswith("Forget them")]
    button.click()
    qtbot.waitUntil(lambda: not listed(), timeout=PATIENCE)


def test_results_below_each_other(tab, run, shell):
    write(tab, "select 1; select 2")
    run("console.run_all")
    before = names(shell)
    run("console.stack")
    assert names(shell) != before
    run("console.stack")
    assert names(shell) == before


def names(shell) -> list[str]:
    """What a screen reader finds in the results."""
    shown = [one.accessibleName() for one in QApplication.allWidgets() if one.isVisible()]
    return sorted(name for name in shown if name.startswith("Rows of"))


def test_moved_and_repeated_lines_are_in_the_file(tab, run, tmp_path):
    path = tmp_path / "lines.sql"
    run("console.save_as")
    answer(path)
    tab.editor.setFocus()
    write(tab, "select 1;\nselect 2;")
    for verb, text in (
        ("console.line_down", "select 2;\nselect 1;"),
        ("console.line_up", "select 1;\nselect 2;"),
        ("console.duplicate", "select 1;\nselect 1;\nselect 2;"),
    ):
        run(verb)
        run("console.save")
        assert path.read_text(encoding="utf-8") == text


def test_what_several_carets_type_is_in_the_file(tab, run, qtbot, tmp_path):
    path = tmp_path / "carets.sql"
    run("console.save_as")
    answer(path)
    tab.editor.setFocus()
    write(tab, "1\n2\n3")
    run("console.caret_down")
    run("console.caret_down")
    qtbot.keyClicks(tab.editor, "-")
    qtbot.keyClick(tab.editor, Qt.Key.Key_Escape)
    tab.editor.moveCursor(QTextCursor.MoveOperation.End)
    run("console.caret_up")
    qtbot.keyClicks(tab.editor, ";")
    run("console.save")
    assert path.read_text(encoding="utf-8") == "-1\n-2;\n-3;"


def test_a_pinned_result_and_what_differs_are_told(tab, shell, run):
    write(tab, "select 1 as id")
    run("console.run")
    run("console.pin")
    write(tab, "select 2 as id")
    run("console.run")
    assert [one.accessibleName() for one in tab.results.results.grids()] == [
        "Rows of result 1",
        "Rows of result 2",
    ]
    run("console.compare")
    shown = [one.accessibleName() for one in QApplication.allWidgets() if one.isVisible()]
    assert "Rows that differ" in shown


def test_a_suggestion_is_in_what_is_saved(tab, shell, run, qtbot, tmp_path):
    path = tmp_path / "suggested.sql"
    run("console.save_as")
    answer(path)
    shell.window.activateWindow()
    tab.editor.setFocus()
    write(tab, "select id from t where i")
    tab.editor.moveCursor(QTextCursor.MoveOperation.End)
    run("console.complete")
    popups = lambda: [one for one in QApplication.allWidgets() if one.accessibleName() == "Suggestions"]  # noqa: E731
    qtbot.waitUntil(lambda: any(one.isVisible() for one in popups()), timeout=PATIENCE)
    qtbot.keyClick(tab.editor, Qt.Key.Key_Return)
    run("console.save")
    assert path.read_text(encoding="utf-8").startswith("select id from t where i")
    assert path.read_text(encoding="utf-8") != "select id from t where i"
