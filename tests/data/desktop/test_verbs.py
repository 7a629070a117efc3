"""Every verb of tables and of the grid, seen from outside: clipboard, files, database, screen."""

from __future__ import annotations

import base64
import csv
import gzip
import json
import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy import create_engine

from desktop.context import Launch
from desktop.kit.grid.editing import Setting
from desktop.kit.rows import Missing
from tests.outside import clipboard, front, session, spoken

PATIENCE = 20_000
ROWS = [(1, 2, "open"), (2, 1, "paid"), (3, 2, "open")]


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            "create table customers(id integer primary key, name text);"
            "insert into customers values (1, 'Deniz'), (2, 'Ada');"
            "create table orders(id integer primary key,"
            " customer_id integer references customers(id), status text)"
        )
        connection.executemany("insert into orders values (?, ?, ?)", ROWS)
    connection.close()
    return str(path)


@pytest.fixture
def tab(live_shell, qtbot, database):
    """Orders in front, the keyboard in its first row."""
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.activateWindow()
    live_shell.launch(Launch(database, "orders"))
    tab = live_shell.window.bench.current()
    ready(qtbot, tab)
    tab.grid.setFocus()
    go(tab, 0, 2)
    return tab


def ready(qtbot, tab, rows: int = 3) -> None:
    source = tab.source
    qtbot.waitUntil(
        lambda: source.exact() and source.row_count() == rows and not isinstance(source.cell(0, 0), Missing),
        timeout=PATIENCE,
    )


def go(tab, row: int, column: int) -> None:
    """Put the cursor into a cell."""
    tab.grid.setFocus()
    tab.grid.go_to_row(row)
    tab.grid.go_to_column(column)


@pytest.fixture
def run(live_shell):
    """Run a verb that must be able to."""

    def act(verb: str) -> None:
        assert live_shell.verbs.run(verb) == "", verb

    return act


@pytest.fixture
def copied(run, qtbot):
    """What a verb that copies leaves in the clipboard."""

    def act(verb: str) -> str:
        QApplication.clipboard().setText("before")
        run(verb)
        qtbot.waitUntil(lambda: clipboard() != "before", timeout=PATIENCE)
        return clipboard()

    return act


def test_what_is_copied_can_be_pasted(tab, run, copied, database):
    assert copied("grid.copy").strip() == "open"
    run("grid.select_row")
    assert copied("grid.copy").split() == ["1", "2", "open"]
    assert copied("grid.copy_tsv_header").split() == ["id", "customer_id", "status", "1", "2", "open"]
    run("grid.select_all")
    assert list(csv.reader(copied("grid.copy_csv").splitlines()))[-1] == ["3", "2", "open"]
    assert json.loads(copied("grid.copy_json"))[1] == {"id": 2, "customer_id": 1, "status": "paid"}
    assert copied("grid.copy_markdown").splitlines()[-1].replace(" ", "") == "|3|2|open|"
    inserts = copied("grid.copy_insert")
    with sqlite3.connect(database) as connection:
        connection.execute("delete from orders")
        connection.executescript(inserts)
        assert connection.execute("select * from orders").fetchall() == ROWS
    connection.close()
    go(tab, 0, 0)
    run("grid.select_column")
    assert copied("grid.copy_in").strip() == "(1, 2, 3)"


def test_copied_code_knows_the_key_that_is_not_selected(tab, run, copied, database):
    updates = copied("grid.copy_update")
    with sqlite3.connect(database) as connection:
        connection.execute("update orders set status = 'lost'")
        connection.executescript(updates)
        assert connection.execute("select status from orders").fetchall() == [("open",), ("lost",), ("lost",)]
    connection.close()
    run("grid.select_all")
    spaces = {}
    for verb in (
        "grid.copy_python",
        "grid.copy_python_tuples",
        "grid.copy_sqlalchemy",
        "grid.copy_sqlalchemy_select",
        "grid.copy_pytest",
    ):
        exec(copied(verb), spaces.setdefault(verb.removeprefix("grid.copy_"), {}))
    assert clipboard().startswith("import pytest")
    assert (
        [tuple(row.values()) for row in spaces["python"]["rows"]] == ROWS == spaces["python_tuples"]["rows"]
    )
    engine = create_engine(f"sqlite:///{database}")
    with engine.begin() as connection:
        connection.exec_driver_sql("delete from orders")
        connection.execute(spaces["sqlalchemy"]["statement"])
        assert connection.execute(spaces["sqlalchemy_select"]["statement"]).all() == ROWS
    engine.dispose()
    assert spaces["pytest"]["orders_cells"] == spaces["python"]["rows"]


def test_a_staged_key_and_a_new_row_never_name_another_row(tab, run, copied, qtbot):
    editing = tab.source.editing()
    assert editing.set_cells([Setting(0, 0, 3)]) == ""
    assert copied("grid.copy_update") == 'UPDATE "orders" SET "status" = \'open\' WHERE "id" = 1;\n'
    new = editing.add_rows([{2: "new"}])
    qtbot.waitUntil(lambda: tab.source.cell(new, 2) == "new", timeout=PATIENCE)
    go(tab, new, 2)
    QApplication.clipboard().setText("before")
    with qtbot.waitSignal(tab.grid.failed, timeout=PATIENCE) as failed:
        run("grid.copy_update")
    assert "New rows have no key" in failed.args[0].title and clipboard() == "before"
    run("data.discard")


def test_what_is_packed_is_opened_to_its_end(tab, run, live_shell, qtbot, database):
    assert live_shell.verbs.run("grid.decode") == "Nothing is packed or encoded in this value"
    value = base64.b64encode(gzip.compress(b'{"who": "Ada"}')).decode()
    with sqlite3.connect(database) as connection:
        connection.execute("update orders set status = ?", (value,))
    connection.close()
    run("view.refresh")
    qtbot.waitUntil(lambda: tab.source.cell(0, 2) == value, timeout=PATIENCE)
    run("grid.decode")
    qtbot.waitUntil(lambda: spoken() == "JSON", timeout=PATIENCE)
    viewer = tab.grid.popups.viewer
    assert viewer.panel.way() == "Base64" and viewer.panel.unpacked.panel.way() == "gzip"
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is tab.grid, timeout=PATIENCE)


def test_rows_in_order_and_filtered(tab, run, copied, qtbot, live_shell):
    go(tab, 0, 0)
    run("grid.sort_descending")
    assert [one["column"] for one in front(live_shell)["state"]["order"]] == ["id"]
    ready(qtbot, tab)
    run("grid.select_all")
    assert [line.split("\t")[0] for line in copied("grid.copy").splitlines()] == ["3", "2", "1"]
    go(tab, 0, 0)
    run("grid.sort_ascending")
    ready(qtbot, tab)
    run("grid.select_all")
    assert [line.split("\t")[0] for line in copied("grid.copy").splitlines()] == ["1", "2", "3"]
    run("grid.sort_none")
    assert front(live_shell)["state"]["order"] == []
    qtbot.waitUntil(lambda: tab.source.exact() and tab.source.cell(1, 2) == "paid", timeout=PATIENCE)
    go(tab, 1, 2)
    run("grid.filter_value")
    ready(qtbot, tab, 1)
    assert "paid" in copied("data.copy_sql")
    run("data.clear")
    ready(qtbot, tab)
    assert "paid" not in copied("data.copy_sql") and front(live_shell)["state"]["filters"] == []
    run("data.where")
    qtbot.keyClicks(QApplication.focusWidget(), "status <> 'open'")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    ready(qtbot, tab, 1)
    assert front(live_shell)["state"]["where"] == "status <> 'open'"


def test_columns(tab, run, copied):
    go(tab, 0, 1)
    run("grid.hide_columns")
    run("grid.select_row")
    assert copied("grid.copy").split() == ["1", "open"]
    run("grid.show_columns")
    run("grid.select_row")
    assert copied("grid.copy").split() == ["1", "2", "open"]
    go(tab, 0, 2)
    run("grid.freeze_columns")
    run("grid.select_row")
    assert copied("grid.copy").split() == ["1", "open", "2"], "frozen ones stand first, as the key does"
    run("grid.freeze_columns")


def test_widths_are_on_the_screen(tab, run):
    go(tab, 0, 0)
    run("grid.fit_all")
    fitted = tab.grid.grab().toImage()
    for verb in ("grid.fit_columns", "grid.fit_all"):
        tab.grid.columns.set_width(0, 400)
        tab.grid.measure()
        go(tab, 0, 0)
        assert tab.grid.grab().toImage() != fitted
        run(verb)
        assert tab.grid.grab().toImage() == fitted, verb


def test_boxes_take_the_keyboard(tab, run, qtbot, live_shell, copied):
    run("grid.filter")
    assert spoken().startswith("Filter of ")
    tab.grid.setFocus()
    run("grid.find_column")
    assert spoken() != "Rows"
    qtbot.keyClicks(QApplication.focusWidget(), "customer")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    tab.grid.setFocus()
    assert copied("grid.copy").strip() == "2"
    run("grid.go_to_row")
    qtbot.keyClicks(QApplication.focusWidget(), "3")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    tab.grid.setFocus()
    run("grid.select_row")
    assert copied("grid.copy").split()[0] == "3"
    before = visible_names(live_shell)
    run("grid.peek")
    assert visible_names(live_shell) > before
    run("grid.peek")
    run("grid.view")
    assert visible_names(live_shell) > before


def visible_names(shell) -> int:
    """How much a screen reader finds in the windows of the application."""
    return sum(1 for one in QApplication.allWidgets() if one.isVisible() and one.accessibleName())


def test_following_a_foreign_key(tab, run, live_shell):
    go(tab, 0, 1)
    run("grid.follow")
    found = front(live_shell)["ref"]
    assert (found["table"], found.get("kind", "row")) == ("customers", "row")


def test_parts_of_a_table(tab, run, live_shell):
    for number, part in enumerate(("rows", "structure", "relations", "ddl")):
        run(f"data.part_{part}")
        assert front(live_shell)["state"]["part"] == number
    run("data.part_rows")


def test_the_tree(tab, run, live_shell, qtbot, database):
    qtbot.waitUntil(lambda: "orders" in " ".join(tree_texts()), timeout=PATIENCE)
    run("data.tree")
    assert "tables" in spoken().lower() and session(live_shell)["page"] == "data"
    with sqlite3.connect(database) as connection:
        connection.execute("create table made_elsewhere (id integer)")
    connection.close()
    run("data.names")
    qtbot.waitUntil(lambda: "made_elsewhere" in " ".join(tree_texts()), timeout=PATIENCE)


def tree_texts() -> list[str]:
    """The lines of the tree as they are read aloud."""
    trees = [one for one in QApplication.allWidgets() if one.accessibleName() == "Tables" and one.isVisible()]
    models = [tree.model() for tree in trees]
    return [str(model.index(row, 0).data()) for model in models for row in range(model.rowCount())]
