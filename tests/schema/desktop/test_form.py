"""The form as it is used: problems in their place, nothing typed is lost, nothing runs by itself."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from desktop.schema.draft import ColumnRow
from desktop.schema.models import WRONG
from embedded_server.wire.connections import SAVE, Profile, SaveRequest
from embedded_server.wire.ddl import ColumnSpec
from tests.schema.desktop.conftest import PATIENCE, master, type_into


def test_a_wrong_type_is_told_with_its_column_and_names_near(change_of, garage, composed, qtbot) -> None:
    tab = change_of(garage, "cars")
    assert not tab.bar.remove.isHidden()
    tab.form.column_table.go(2, 1)
    type_into(tab.form.column_table, "varchr(9)")
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    assert "There is no type varchr(9)" in tab.message() and tab.answer is None
    assert tab.why_nothing() == "What stands in the form cannot be composed"
    columns = tab.form.columns
    assert [columns.index(row, 1).data(WRONG) for row in (1, 2)] == ["", "There is no type varchr(9)"]
    assert "There is no type" in columns.index(2, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    type_into(tab.form.column_table, "varchar(12)")
    assert composed(tab).findings is not None and tab.message() is None
    assert not columns.index(2, 1).data(WRONG)
    assert tab.preview.sql.toPlainText() == composed(tab).sql
    assert "every row is copied into a new table" in tab.preview.effects.told[0]
    assert "batch_alter_table" in tab.preview.upgrade.toPlainText()
    assert master(garage)["cars"].count("VARCHAR(9)") == 1


def test_the_keyboard_goes_through_the_whole_form(change_of, garage) -> None:
    tab = change_of(garage, "cars")
    columns, parts = tab.form.column_table, tab.form.part_table
    columns.go(2)
    QTest.keyClick(columns, Qt.Key.Key_Down)
    assert parts.hasFocus() and parts.current_row() == 0
    QTest.keyClick(parts, Qt.Key.Key_Up)
    assert columns.hasFocus() and columns.current_row() == 2
    columns.go(1, 2)
    QTest.keyClick(columns, Qt.Key.Key_Space)
    assert tab.form.draft.columns[1].spec.nullable is False and tab.dirty()
    QTest.keyClick(columns, Qt.Key.Key_Space)
    assert not tab.dirty()
    columns.go(0)
    QTest.keyClick(columns, Qt.Key.Key_Up)
    assert tab.form.name.hasFocus()


def test_what_is_typed_survives_in_the_session(change_of, garage, bench, qtbot) -> None:
    from desktop.schema.tab import SchemaTab  # noqa: PLC0415  # lazy: tests without a window load no Qt

    tab = change_of(garage, "cars")
    tab.form.columns.append(ColumnRow(ColumnSpec("half", "varch")))
    tab.form.columns.remove(2)
    state = tab.state()
    again = SchemaTab(tab._context, tab.ref, None)
    qtbot.addWidget(again)
    again.restore(state)
    qtbot.waitUntil(lambda: again.read is not None and again.form.draft.base is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: len(again.form.draft.columns) == 4, timeout=PATIENCE)
    assert again.form.draft.columns[3].spec == ColumnSpec("half", "varch")
    assert again.form.draft.columns[2].gone and again.operations() == tab.operations()


def test_a_cell_says_what_it_is(change_of, garage) -> None:
    tab = change_of(garage, "cars")
    tab.form.columns.remove(2)
    role = Qt.ItemDataRole.AccessibleTextRole
    model = tab.form.columns
    assert model.index(2, 0).data(role) == "Name, plate, will be dropped"
    assert model.index(0, 2).data(role) == "Null, no"
    assert (
        QAccessible.queryAccessibleInterface(tab.form.column_table).text(QAccessible.Text.Name) == "Columns"
    )


def test_production_composes_and_does_not_run(live_shell, change_of, garage, composed, qtbot) -> None:
    profile = Profile("prod", f"sqlite:///{garage}", "production", read_only=False)
    waiting = live_shell.client.call(SAVE, SaveRequest(profile))
    qtbot.waitUntil(lambda: waiting.settled, timeout=PATIENCE)
    tab = change_of("prod", "cars", part="drop")
    assert composed(tab).refused is not None
    why = live_shell.verbs.get("schema.run").when()
    assert why == "Schemas of production connections are changed by revisions only."
    assert live_shell.verbs.run("schema.run") == why and "cars" in master(garage)
    assert live_shell.verbs.get("schema.revision").when() == ""


@pytest.mark.parametrize("name", ["plates"])
def test_a_view_is_changed(change_of, composed, garage, name: str, qtbot: Any) -> None:
    tab = change_of(garage, name, what="view")
    assert tab.view.sql() == "SELECT plate FROM cars" and not tab.dirty()
    assert tab.bar.remove.isHidden(), "there is no row to take away"
    tab.view.select.setPlainText("SELECT plate, id FROM cars")
    assert composed(tab).sql.startswith("DROP VIEW")
    tab.run()
    if tab.message() is not None:
        tab._confirmed()
    qtbot.waitUntil(lambda: "plate, id" in master(garage).get(name, ""), timeout=PATIENCE)


def test_dropping_is_asked_for_and_tells_what_hangs_on_it(change_of, composed, garage, qtbot) -> None:
    tab = change_of(garage, "makers", part="drop")
    assert composed(tab).ask == "confirm" and tab.bar.remove.isHidden()
    qtbot.waitUntil(lambda: "Referred to by: cars" in tab._dropping.text.text(), timeout=PATIENCE)
    tab.run()
    assert "makers with" in tab.message() and "makers" in master(garage)
    tab._nothing()
    assert tab.message() is None and "makers" in master(garage)
