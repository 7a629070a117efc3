"""The health of a database in a whole window: from the rail to a proposal, by keys and clicks."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.health.pane import HealthPane
from desktop.health.tab import HealthTab
from embedded_server.wire.refs import HealthRef, ProposalRef, ScriptRef, TableRef

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
    with sqlite3.connect(path) as connection:
        connection.executescript(SETUP)
    connection.close()
    return str(path)


@pytest.fixture
def tab(live_shell, qtbot, shop):
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    bench = live_shell.window.bench
    bench.use_connection(shop)
    bench.show_page("health")
    pane = live_shell.window.findChild(HealthPane)
    pane.list.setFocus()
    QTest.keyClick(pane.list, Qt.Key.Key_Return)
    opened = bench.current()
    assert isinstance(opened, HealthTab) and opened.ref == HealthRef(shop)
    return opened


def test_the_overview_shows_numbers_on_one_clock(tab, qtbot) -> None:
    qtbot.waitUntil(lambda: tab.overview.loaded, timeout=PATIENCE)
    assert any(text.startswith("Database size: ") for text in tab.overview.database.texts())
    assert any(text.startswith("Processor: ") for text in tab.overview.machine.texts())
    tab.interval.setCurrentText("every 2 s")
    series = tab.overview.clock.series["size"]
    qtbot.waitUntil(lambda: len(series.points) > 1, timeout=PATIENCE)
    assert "orders" in [row.key for row in tab.overview.largest.rows()]


def test_a_finding_shows_its_proof_and_becomes_a_migration(tab, qtbot, live_shell, shop) -> None:
    tab.show_part("Schema")
    qtbot.waitUntil(lambda: tab.schema.loaded, timeout=PATIENCE)
    titles = [row.text for row in tab.schema.list.rows()]
    assert titles[:2] == [
        "orders (customer_id) refers to customers without an index",
        "visits has no primary key",
    ]
    tab.schema.list.first()
    assert tab.panel.title.text() == titles[0] and "pragma_foreign_key_list" in tab.panel.query.toPlainText()
    proposal = tab.subject(ProposalRef.kind)
    assert proposal.operations == [{"op": "create_index", "table": "orders", "columns": ["customer_id"]}]
    assert live_shell.verbs.get("migrations.make").when() == ""
    QTest.keyClick(tab.schema.list, Qt.Key.Key_Return)
    script = live_shell.window.bench.current()
    assert isinstance(script.ref, ScriptRef) and script.connection() == shop
    assert script.editor.sql().strip() == tab.panel.query.toPlainText().strip() + ";"


def test_the_data_is_checked_on_demand(tab, qtbot, live_shell) -> None:
    tab.show_part("Integrity")
    assert not tab.integrity.ran and tab.integrity.stack.currentWidget() is tab.integrity.empty
    assert live_shell.verbs.run("health.check_data") == ""
    qtbot.waitUntil(lambda: tab.integrity.ran and not tab.integrity.busy(), timeout=PATIENCE)
    assert [one.check for one in tab.integrity.found()] == ["file_check", "orphans"]
    QTest.keyClick(tab.integrity.list, Qt.Key.Key_Down)
    assert tab.panel.rows.rows()[0].value == "id 2, customer_id 9"
    live_shell.verbs.run("health.open_table")
    assert live_shell.window.bench.current().ref == TableRef(tab.ref.connection, "orders", "main")
