"""Every verb of connections, seen from outside: in the server's profiles, in the session's file."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from desktop.context import Launch
from desktop.data.tree_pane import TreePane
from embedded_server.wire.connections import DELETE, LIST, ConnectionRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.refs import TableRef
from tests.outside import answer, session, tabs

PATIENCE = 20_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "made.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table t(id integer)")
    connection.close()
    return path


@pytest.fixture
def until(qtbot):
    def act(cause) -> None:
        qtbot.waitUntil(lambda: bool(cause()), timeout=PATIENCE)

    return act


@pytest.fixture
def ask(live_shell, until):
    """Call the server as the window does."""

    def act(endpoint, request):
        waiting = live_shell.client.call(endpoint, request)
        until(lambda: waiting.settled)
        return waiting.result()

    return act


@pytest.fixture
def field(live_shell, qtbot):
    """Type into the field of this name."""

    def act(name: str, text: str) -> None:
        found = live_shell.window.bench.current().findChildren(QLineEdit)
        (one,) = [line for line in found if line.accessibleName() == name]
        one.selectAll()
        qtbot.keyClicks(one, text)

    return act


def save(shell, qtbot) -> None:
    buttons = shell.window.bench.current().findChildren(QPushButton)
    (one,) = [button for button in buttons if button.text() == "Save and open"]
    qtbot.mouseClick(one, Qt.MouseButton.LeftButton)


@pytest.mark.skipif(os.name != "posix", reason="looks at the files of a process")
def test_a_file_is_opened_and_left(live_shell, live_server, database, until):
    server = psutil.Process(live_server.process.pid)
    assert live_shell.verbs.run("connection.open_file") == ""
    answer(database)
    assert session(live_shell)["connection"] == str(database)
    live_shell.window.bench.open(TableRef(str(database), "t"), keep=True)
    until(lambda: str(database) in [file.path for file in server.open_files()])
    live_shell.window.bench.close(live_shell.window.bench.current())
    assert live_shell.verbs.run("connection.close") == ""
    until(lambda: str(database) not in [file.path for file in server.open_files()])


def test_a_connection_is_made_changed_and_forgotten(live_shell, database, until, ask, field, qtbot):
    def urls() -> dict[str, str]:
        return {one.name: one.url for one in ask(LIST, Nothing()).connections}

    assert live_shell.verbs.run("connection.new") == ""
    assert tabs(live_shell) == ["New connection"]
    field("Name", "made here")
    field("URL", f"sqlite:///{database}")
    save(live_shell, qtbot)
    until(lambda: "made here" in urls())
    until(lambda: live_shell.verbs.get("connection.edit").when() == "")
    assert live_shell.verbs.run("connection.edit") == ""
    until(lambda: live_shell.window.bench.current() is not None)
    field("Name", "named anew")
    save(live_shell, qtbot)
    until(lambda: "named anew" in urls())
    ask(DELETE, ConnectionRequest("named anew"))


def test_the_start_page_closes_what_is_clean(live_shell):
    assert live_shell.verbs.run("settings.keys") == "" and tabs(live_shell)
    assert live_shell.verbs.run("connection.home") == ""
    assert tabs(live_shell) == []


# --- several at once -----------------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table far(id integer)")
    connection.close()
    return path


def listed(shell) -> list[str]:
    """The names in the tree."""
    model = shell.window.findChild(TreePane).model
    return [str(model.data(model.index(row))) for row in range(model.rowCount())]


def test_what_is_opened_beside_another_is_what_is_seen(live_shell, database, other, until):
    """By argument, file or form: a tab of another connection in front must not hide it."""
    bench = live_shell.window.bench
    live_shell.launch(Launch(str(database), "t"))
    until(lambda: listed(live_shell) == ["t"])
    live_shell.launch(Launch(str(other)))
    assert bench.connection() == str(other) and session(live_shell)["connection"] == str(other)
    until(lambda: listed(live_shell) == ["far"])
    bench.open(TableRef(str(other), "far"), keep=False)
    assert tabs(live_shell) == ["t", "far"], "the empty script gave way"
    live_shell.launch(Launch(str(database)))
    assert bench.current().ref == TableRef(str(database), "t") and len(tabs(live_shell)) == 2
    assert bench.connections() == [str(database), str(other)]


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_connections_are_switched_by_the_menu_below_their_chip(live_shell, database, other, until, qtbot):
    for path, table in ((database, "t"), (other, "far")):
        live_shell.launch(Launch(str(path), table))
    window = live_shell.window
    with qtbot.waitExposed(window):
        window.show()
    assert live_shell.verbs.run("connection.switch") == ""
    menu = QApplication.activePopupWidget()
    shown = [action for action in menu.actions() if isinstance(action.data(), str)]
    assert [action.data() for action in shown][:2] == [str(other), str(database)]
    assert shown[0].isChecked() and shown[1].text() == "made.db · local"
    menu.setActiveAction(shown[1])
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    until(lambda: session(live_shell)["connection"] == str(database))
    assert window.bench.current().ref == TableRef(str(database), "t")
    qtbot.mouseClick(window.frame.top.connection, Qt.MouseButton.LeftButton)
    until(lambda: QApplication.activePopupWidget() is not None)
    QApplication.activePopupWidget().close()
