"""A window with a small database, and changes typed by keys."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

PATIENCE = 20_000
SETUP = """
CREATE TABLE makers (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40));
CREATE TABLE cars (id INTEGER NOT NULL PRIMARY KEY, maker INTEGER REFERENCES makers (id), plate VARCHAR(9));
INSERT INTO makers VALUES (1, 'a'), (2, 'b');
INSERT INTO cars VALUES (1, 1, 'x'), (2, 2, 'y');
CREATE VIEW plates AS SELECT plate FROM cars;
"""


@pytest.fixture
def garage(tmp_path: Path) -> str:
    path = tmp_path / "garage.db"
    connection = sqlite3.connect(path)
    connection.executescript(SETUP)
    connection.close()
    return str(path)


def master(path: str) -> dict[str, str]:
    """What another program finds in the file."""
    connection = sqlite3.connect(path)
    try:
        return dict(
            connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
        )
    finally:
        connection.close()


@pytest.fixture
def bench(live_shell: Any, qtbot: Any) -> Any:
    if not live_shell.window.isVisible():
        with qtbot.waitExposed(live_shell.window):
            live_shell.window.show()
    return live_shell.window.bench


@pytest.fixture
def change_of(live_shell: Any, bench: Any, qtbot: Any) -> Callable[..., Any]:
    """The form of a table or view, loaded."""
    from embedded_server.wire.refs import SchemaRef  # noqa: PLC0415  # lazy: as the window's own

    def act(connection: str, table: str = "", **fields: Any) -> Any:
        bench.use_connection(connection)
        bench.open(SchemaRef(connection, table, **fields), keep=True)
        tab = bench.current()
        qtbot.waitUntil(lambda: bool(tab.form.columns.types), timeout=PATIENCE)
        qtbot.waitUntil(lambda: not table or tab.read is not None, timeout=PATIENCE)
        return tab

    return act


@pytest.fixture
def composed(qtbot: Any) -> Callable[[Any], Any]:
    def act(tab: Any) -> Any:
        qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
        return tab.answer

    return act


def type_into(table: Any, text: str) -> None:
    """Start typing on the cell in front, as a person does; Enter ends it."""
    QTest.keyClick(table, Qt.Key.Key_F2)
    editing(table).selectAll()
    end_with(table, text)


def editing(table: Any) -> QLineEdit:
    """The cell that is being typed into."""
    found = [one for one in table.findChildren(QLineEdit) if one.isVisible()]
    assert found, "nothing is being edited"
    return found[-1]


def end_with(table: Any, text: str) -> None:
    """Type into the cell that is open, and end it."""
    editor = editing(table)
    QTest.keyClicks(editor, text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
