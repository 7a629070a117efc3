"""What verbs of schema changes leave in the database, in files and in the session."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.outside import front
from tests.schema.desktop.conftest import PATIENCE, end_with, master, type_into


@pytest.fixture
def run(live_shell: Any) -> Any:
    def act(verb: str) -> None:
        assert live_shell.verbs.run(verb) == "", verb

    return act


def test_forms_are_opened_from_a_table(live_shell, bench, garage, run, qtbot) -> None:
    from embedded_server.wire.refs import TableRef  # noqa: PLC0415  # lazy: as the window's own

    bench.use_connection(garage)
    assert live_shell.verbs.get("schema.change").when() == "Open a table first"
    for verb, what, part in (
        ("schema.change", "Change cars", ""),
        ("schema.new_index", "Change cars", "index"),
        ("schema.drop", "Drop cars", "drop"),
    ):
        bench.open(TableRef(garage, "cars"))
        run(verb)
        tab = bench.current()
        assert tab.title() == what and front(live_shell)["ref"]["table"] == "cars"
        assert front(live_shell)["ref"].get("part", "") == part
        qtbot.waitUntil(lambda tab=tab: tab.read is not None, timeout=PATIENCE)
        bench.close(tab)
    run("schema.new_table")
    assert front(live_shell)["ref"] == {"type": "schema", "connection": garage} | front(live_shell)["ref"]
    run("schema.new_view")
    assert front(live_shell)["ref"]["what"] == "view"


def test_what_is_typed_is_in_the_database(live_shell, change_of, composed, garage, run, qtbot) -> None:
    tab = change_of(garage, "cars")
    columns = tab.form.column_table
    run("schema.add_row")
    end_with(columns, "colour")
    columns.go(3, 1)
    type_into(columns, "varchar(12)")
    columns.go(1, 0)
    run("schema.remove_row")
    answer = composed(tab)
    assert "ADD COLUMN colour VARCHAR(12)" in answer.sql
    qtbot.waitUntil(lambda: not live_shell.verbs.get("schema.run").when(), timeout=PATIENCE)
    assert "maker" in master(garage)["cars"]
    tab.run()
    if tab.message() is not None:
        tab._confirmed()
    qtbot.waitUntil(lambda: "colour" in master(garage)["cars"], timeout=PATIENCE)
    assert "maker" not in master(garage)["cars"] and "plates" in master(garage)
    connection = sqlite3.connect(garage)
    assert connection.execute("SELECT id, plate, colour FROM cars").fetchall() == [
        (1, "x", None),
        (2, "y", None),
    ]
    connection.close()
    qtbot.waitUntil(lambda: not tab.dirty(), timeout=PATIENCE)
    assert [row.spec.name for row in tab.form.draft.columns] == ["id", "plate", "colour"]


def test_the_change_goes_to_console_and_revision(live_shell, bench, change_of, composed, garage, run) -> None:
    tab = change_of(garage, "cars", part="index")
    parts = tab.form.part_table
    end_with(parts, "maker, plate")
    assert composed(tab).sql == "CREATE INDEX ix_cars_maker_plate ON cars (maker, plate);\n"
    run("schema.console")
    script = bench.current()
    assert front(live_shell)["ref"]["type"] == "script" and script.editor.sql() == composed(tab).sql
    bench.open(tab.ref)
    run("schema.revision")
    ref = front(live_shell)["ref"]
    assert ref["type"] == "proposal" and ref["operations"][0]["op"] == "create_index"
    assert ref["title"] == "create index ix_cars_maker_plate on cars (maker, plate)"
    assert master(garage).keys() == {"makers", "cars", "plates"}
    assert tab.subject("proposal").operations == ref["operations"]


def test_a_new_file_and_its_first_table(
    live_shell, bench, composed, tmp_path, run, qtbot, monkeypatch
) -> None:
    from desktop.schema import capability  # noqa: PLC0415  # lazy: tests without a window load no Qt

    path = tmp_path / "fresh.db"

    def answer(title: str, name: str, kinds: str, chosen: Any, suffix: str) -> None:
        chosen(str(path))

    monkeypatch.setattr(capability, "ask_target", answer)
    run("schema.new_file")
    qtbot.waitUntil(lambda: path.exists() and bench.current() is not None, timeout=PATIENCE)
    assert path.read_bytes().startswith(b"SQLite format 3")
    qtbot.waitUntil(lambda: getattr(bench.current(), "form", None) is not None, timeout=PATIENCE)
    tab = bench.current()
    qtbot.waitUntil(lambda: bool(tab.form.columns.types), timeout=PATIENCE)
    QTest.keyClicks(tab.form.name, "things")
    QTest.keyClick(tab.form.name, Qt.Key.Key_Return)
    end_with(tab.form.column_table, "id")
    tab.form.column_table.go(0, 1)
    type_into(tab.form.column_table, "INTEGER")
    assert composed(tab).ask == ""
    run("schema.run")
    qtbot.waitUntil(lambda: "things" in master(str(path)), timeout=PATIENCE)
    qtbot.waitUntil(lambda: tab.ref.table == "things", timeout=PATIENCE)
