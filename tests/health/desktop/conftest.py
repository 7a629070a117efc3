"""A window with the health of a small shop in front, or of a PostgreSQL database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

PATIENCE = 20_000
SETUP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id));
CREATE TABLE visits (seen INTEGER);
INSERT INTO customers VALUES (1, 'a@x'), (2, 'b@x');
INSERT INTO orders VALUES (1, 1), (2, 9);
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(SETUP)
    connection.close()
    return str(path)


@pytest.fixture
def health_of(live_shell, qtbot) -> Callable[[str], Any]:
    """The health of a connection, opened from the rail by keys."""
    from desktop.health.pane import HealthPane  # noqa: PLC0415  # lazy: tests without a window load no Qt
    from desktop.health.tab import HealthTab  # noqa: PLC0415  # lazy: see above

    def act(connection: str) -> HealthTab:
        if not live_shell.window.isVisible():
            with qtbot.waitExposed(live_shell.window):
                live_shell.window.show()
        bench = live_shell.window.bench
        bench.use_connection(connection)
        bench.show_page("health")
        pane = live_shell.window.findChild(HealthPane)
        pane.list.setFocus()
        QTest.keyClick(pane.list, Qt.Key.Key_Return)
        opened = bench.current()
        assert isinstance(opened, HealthTab) and opened.ref.connection == connection
        return opened

    return act
