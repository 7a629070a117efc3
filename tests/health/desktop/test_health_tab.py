"""The health of a database in a whole window: from the rail to a proposal, by keys and clicks."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from desktop.health.charts import Charts
from desktop.kit.widgets import Button
from embedded_server.wire.refs import ProposalRef, ScriptRef
from tests.health.desktop.conftest import PATIENCE


@pytest.fixture
def tab(health_of, shop):
    return health_of(shop)


def test_the_overview_shows_numbers_on_one_clock(tab, qtbot) -> None:
    qtbot.waitUntil(lambda: tab.overview.loaded, timeout=PATIENCE)
    assert any(text.startswith("Database size: ") for text in tab.overview.database.texts())
    assert any(text.startswith("Processor: ") for text in tab.overview.machine.texts())
    assert "orders" in tab.overview.largest.names()
    series = tab.overview.clock.series["size"]
    tab.overview.load()
    qtbot.waitUntil(lambda: len(series.points) > 1, timeout=PATIENCE)
    QTest.keyClick(tab.overview.machine, Qt.Key.Key_Left)
    then = tab.overview.machine.texts()
    assert any(text.startswith("Processor: …") for text in then), "before the first reading nothing is known"
    QTest.keyClick(tab.overview.machine, Qt.Key.Key_Escape)
    assert not any("…" in text for text in tab.overview.machine.texts())


def test_only_what_is_looked_at_is_asked(tab, qtbot, live_shell) -> None:
    qtbot.waitUntil(lambda: tab.overview.loaded, timeout=PATIENCE)
    assert tab._tick.isActive() and not tab.sessions.loaded
    tab.show_part("Schema")
    assert not tab._tick.isActive() and tab.interval.isHidden()
    tab.show_part("Sessions")
    qtbot.waitUntil(lambda: tab.sessions.loaded, timeout=PATIENCE)
    assert tab._tick.isActive() and not tab.interval.isHidden()
    live_shell.window.bench.open(ScriptRef(tab.ref.connection, "beside"), keep=True)
    assert not tab._tick.isActive()


def test_a_long_note_is_seen_whole(tab, qtbot, live_shell) -> None:
    live_shell.window.show()
    tab.show_part("Sessions")
    qtbot.waitUntil(lambda: tab.sessions.loaded, timeout=PATIENCE)
    tab.sessions.say("at noon", "Sessions of other users are shown without their statements. " * 8)
    note = tab.sessions.note
    assert tab.sessions.rule.isVisible(), "it is no second line of the last row"
    qtbot.waitUntil(
        lambda: note.height() >= note.heightForWidth(note.width()) > 2 * note.fontMetrics().height(),
        timeout=PATIENCE,
    )


def test_a_finding_shows_its_proof_and_becomes_a_migration(tab, qtbot, live_shell, shop) -> None:
    tab.show_part("Schema")
    qtbot.waitUntil(lambda: tab.schema.loaded, timeout=PATIENCE)
    titles = [row.text for row in tab.schema.list.rows()]
    first = "orders (customer_id) refers to customers without an index"
    assert titles[:2] == [first, "visits has no primary key"]
    tab.schema.list.first()
    assert tab.panel.title.text() == first and "pragma_foreign_key_list" in tab.panel.query.toPlainText()
    proposal = tab.subject(ProposalRef.kind)
    assert proposal.operations == [{"op": "create_index", "table": "orders", "columns": ["customer_id"]}]
    assert live_shell.verbs.get("migrations.make").when() == ""
    tab.filter.setText("primary")
    qtbot.waitUntil(lambda: len(tab.schema.list.rows()) == 1, timeout=PATIENCE)
    assert "hidden by the filter" in tab.schema.note.text()
    tab.filter.setText("no such thing")
    qtbot.waitUntil(lambda: tab.schema.stack.currentWidget() is tab.schema.nothing, timeout=PATIENCE)
    tab.schema.nothing.findChild(Button).click()
    qtbot.waitUntil(lambda: [row.text for row in tab.schema.list.rows()] == titles, timeout=PATIENCE)


def test_the_data_is_checked_on_demand(tab, qtbot, live_shell) -> None:
    tab.show_part("Integrity")
    assert not tab.integrity.ran and tab.integrity.stack.currentWidget() is tab.integrity.empty
    assert live_shell.verbs.run("health.check_data") == ""
    qtbot.waitUntil(lambda: tab.integrity.ran and not tab.integrity.busy(), timeout=PATIENCE)
    assert [one.check for one in tab.integrity.found()] == ["file_check", "orphans"]
    tab.integrity.list.first()
    QTest.keyClick(tab.integrity.list, Qt.Key.Key_Down)
    assert tab.panel.rows.rows()[0].value == "id 2, customer_id 9"
    assert tab.integrity.summary() == "2 findings"


def test_a_database_that_is_not_there_is_told_in_its_place(health_of, qtbot, tmp_path) -> None:
    tab = health_of(str(tmp_path / "none.db"))
    qtbot.waitUntil(lambda: tab.overview.stack.currentWidget() is tab.overview.trouble, timeout=PATIENCE)


INPUTS = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit, Charts)


@pytest.mark.parametrize("part", ["Overview", "Sessions", "Locks", "Schema", "Integrity"])
def test_every_control_has_a_name(tab, qtbot, live_shell, part) -> None:
    tab.show_part(part)
    if part == "Integrity":
        live_shell.verbs.run("health.check_data")
        qtbot.waitUntil(lambda: bool(tab.integrity.found()), timeout=PATIENCE)
    else:
        qtbot.waitUntil(lambda: tab.part().loaded, timeout=PATIENCE)
    widgets = [*tab.findChildren(QWidget), *tab.panel.findChildren(QWidget)]
    bare = [
        widget
        for widget in widgets
        if isinstance(widget, INPUTS)
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
        and not isinstance(widget.parent(), QComboBox)
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert not bare, [(type(widget).__name__, type(widget.parent()).__name__) for widget in bare]
