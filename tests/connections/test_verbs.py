"""Every verb of connections, seen from outside: in the server's profiles, in the session's file."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton

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
