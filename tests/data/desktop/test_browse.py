"""Browsing in a whole window on a real server: tree, rows, relations, parts, problems."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.context import Launch
from desktop.data.structure_view import FactTable
from desktop.data.table_tab import TableTab
from desktop.data.tree_model import TableLine
from desktop.data.tree_pane import TreePane
from desktop.kit.rows import Missing
from desktop.settings import FONT_SIZE
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.refs import RoutineRef, RowRef, TableRef

PATIENCE = 20_000


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            create table customers(id integer primary key, name text, email text);
            create table orders(
              id integer primary key, customer_id integer references customers(id), status text);
            create index orders_status on orders(status);
            create trigger noted after insert on orders begin select 1; end;
            create view open_orders as select * from orders where status = 'open';
            insert into customers values (1, 'Deniz', 'deniz@example.org'), (2, 'Ada', null);
            """
        )
        rows = [(n, 1 + n % 2, "open" if n % 3 else "paid") for n in range(1, 501)]
        connection.executemany("insert into orders values (?, ?, ?)", rows)
    connection.close()
    return str(path)


@pytest.fixture
def opened(live_shell, qtbot, database):
    live_shell.launch(Launch(database, "orders"))
    tab = live_shell.window.bench.current()
    assert isinstance(tab, TableTab)
    qtbot.waitUntil(lambda: here(tab), timeout=PATIENCE)
    return tab


def here(tab: TableTab, row: int = 0) -> bool:
    columns = tab.source.columns()
    return bool(columns) and tab.source.row_count() > row and not isinstance(tab.source.cell(row, 0), Missing)


def pane(shell) -> TreePane:
    return shell.window.findChild(TreePane)


def names(tree: TreePane) -> list[str]:
    return [tree.model.data(tree.model.index(row)) for row in range(tree.model.rowCount())]


def click(qtbot, tree: TreePane, name: str, double: bool = False):
    row = names(tree).index(name)
    place = tree.view.visualRect(tree.model.index(row)).center()
    act = qtbot.mouseDClick if double else qtbot.mouseClick
    act(tree.view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_the_command_line_opens_a_table_with_its_tree(live_shell, qtbot, opened):
    tree = pane(live_shell)
    qtbot.waitUntil(lambda: "orders" in names(tree), timeout=PATIENCE)
    assert names(tree)[:3] == ["customers", "open_orders", "orders"]
    line = tree.view.current_line()
    assert isinstance(line, TableLine) and line.table.name == "orders"
    assert opened.source.cell(0, 2) == "open"


def test_the_keys_of_the_grid_are_its_own_in_the_whole_window(live_shell, qtbot, opened):
    """Others' verbs have some of them, and cannot run here."""
    window = live_shell.window
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: opened.source.exact() and opened.source.row_count() == 500, timeout=PATIENCE)
    opened.grid.setFocus()
    qtbot.keyClick(opened.grid, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert opened.grid.selection.current.row == 499
    qtbot.keyClick(opened.grid, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert opened.grid.selection.current.row == 0
    qtbot.keyClick(opened.grid, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert opened.grid.selection.place_selected(0, 500)
    assert window.frame.status.said.text() == ""


def test_a_click_opens_in_passing_a_double_click_keeps(live_shell, qtbot, opened):
    tree, bench = pane(live_shell), live_shell.window.bench
    qtbot.waitUntil(lambda: "customers" in names(tree), timeout=PATIENCE)
    before = len(bench.tabs())
    click(qtbot, tree, "orders")
    assert bench.current() is opened, "the table of the command line is the same one"
    click(qtbot, tree, "customers")
    assert bench.current().ref.table == "customers" and len(bench.tabs()) == before + 1
    click(qtbot, tree, "open_orders")
    assert bench.current().ref.table == "open_orders" and len(bench.tabs()) == before + 1
    click(qtbot, tree, "open_orders", double=True)
    click(qtbot, tree, "customers")
    assert len(bench.tabs()) == before + 2


def test_the_filter_box_finds_columns_and_says_what_it_hides(live_shell, qtbot, opened):
    tree = pane(live_shell)
    qtbot.waitUntil(lambda: "customers" in names(tree), timeout=PATIENCE)
    qtbot.keyClicks(tree.filter, "email")
    qtbot.waitUntil(lambda: names(tree) == ["customers"], timeout=PATIENCE)
    qtbot.keyClick(tree.filter, Qt.Key.Key_Down)
    qtbot.keyClick(tree.view, Qt.Key.Key_Return)
    assert live_shell.window.bench.current().ref.table == "customers"


def test_by_the_keyboard_one_comes_to_a_row_that_is_seen(live_shell, qtbot, opened):
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.activateWindow()
    tree = pane(live_shell)
    qtbot.waitUntil(lambda: "customers" in names(tree), timeout=PATIENCE)
    tree.view.selectionModel().clear()
    tree.filter.setFocus()
    qtbot.keyClick(tree.filter, Qt.Key.Key_Tab)
    assert tree.view.hasFocus() and tree.view.selectionModel().isSelected(tree.model.index(0))


def test_the_record_panel_shows_relations_and_follows_them(live_shell, qtbot, opened):
    panel = opened.panel
    qtbot.waitUntil(lambda: panel.sections() == 1, timeout=PATIENCE)
    fields = {row.key: row for row in panel.fields.rows()}
    assert fields["id"].value == "1" and fields["customer_id"].value == "2"
    fields["customer_id"].open()
    parent = live_shell.window.bench.current()
    assert isinstance(parent.ref, RowRef) and parent.ref.table == "customers"
    qtbot.waitUntil(lambda: parent.source.exact() and parent.source.row_count() == 1, timeout=PATIENCE)
    assert parent.source.cell(0, 1) == "Ada"
    live_shell.window.bench.back()
    assert live_shell.window.bench.current() is opened


def test_where_no_row_is_nothing_refers_to_it(opened, qtbot):
    panel = opened.panel
    qtbot.waitUntil(lambda: panel.sections() == 1, timeout=PATIENCE)
    panel._ask()
    assert not panel._flow.done
    panel.show_nothing()
    assert panel._flow.done and not panel._rest.isActive(), "no answer finds its way to no row"
    assert panel.sections() == 0


def test_following_a_foreign_key_from_the_grid(live_shell, qtbot, opened):
    opened.grid.follow.emit(0, 1)
    tab = live_shell.window.bench.current()
    assert isinstance(tab.ref, RowRef) and tab.ref.columns == ["id"] and tab.ref.values == [2]


def test_the_hover_card_shows_the_parent_and_remembers_it(live_shell, qtbot, opened):
    opened.grid.hover_reference.emit(0, 1, QRect(QPoint(10, 10), QPoint(50, 30)))
    qtbot.waitUntil(opened.card.isVisible, timeout=PATIENCE)
    values = {row.key: row.value for row in opened.card._rows.rows()}
    assert values["name"] == "Ada" and values["email"] == "NULL"
    opened.grid.hover_left.emit()
    assert not opened.card.isVisible()
    calls = []
    live_shell.client.started.connect(lambda name, _: calls.append(name))
    opened.grid.hover_reference.emit(2, 1, QRect(QPoint(10, 10), QPoint(50, 30)))
    qtbot.waitUntil(opened.card.isVisible, timeout=PATIENCE)
    assert calls == []


def test_structure_relations_and_ddl(live_shell, qtbot, opened):
    qtbot.waitUntil(lambda: opened.structure is not None, timeout=PATIENCE)

    def texts(part: int) -> list[str]:
        opened.bar.parts.setCurrentIndex(part)
        tables = opened._stack.currentWidget().findChildren(FactTable)
        return [fact.text for table in tables for row in table.rows() for fact in row]

    assert {"customer_id", "customers.id", "orders_status", "noted"} <= set(texts(1))
    assert {"customer_id", "customers"} <= set(texts(2))
    opened.bar.parts.setCurrentIndex(3)
    assert "CREATE TABLE orders" in opened._stack.currentWidget().toPlainText().replace(
        "create table", "CREATE TABLE"
    )
    opened.bar.parts.setCurrentIndex(0)
    assert opened._stack.currentWidget() is opened.grid


def test_filters_chips_and_their_removal(live_shell, qtbot, opened):
    opened.source.set_filters([Filter("status", "=", "paid")])
    qtbot.waitUntil(lambda: opened.source.exact() and opened.source.row_count() == 166, timeout=PATIENCE)
    assert opened.bar._chip_row.count() == 1
    opened.bar._chip_row.itemAt(0).widget().removed.emit()
    qtbot.waitUntil(lambda: opened.source.exact() and opened.source.row_count() == 500, timeout=PATIENCE)
    assert opened.bar._chip_row.count() == 0


def test_a_wrong_condition_stands_in_place_and_can_be_mended(live_shell, qtbot, opened):
    opened.bar.show_where()
    opened.bar.where.setText("nosuch = 1")
    qtbot.keyClick(opened.bar.where, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.source.problem() is not None, timeout=PATIENCE)
    assert opened.bar.where.text() == "nosuch = 1"
    opened.bar.where.setText("id <= 10")
    qtbot.keyClick(opened.bar.where, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.source.exact() and opened.source.row_count() == 10, timeout=PATIENCE)
    assert opened.source.problem() is None


def test_refresh_shows_what_others_wrote(live_shell, qtbot, opened, database):
    with sqlite3.connect(database) as other:
        other.execute("update orders set status = 'gone' where id = 1")
    other.close()
    opened.refresh()
    qtbot.waitUntil(lambda: opened.source.cell(0, 2) == "gone", timeout=PATIENCE)


def test_order_filter_part_and_place_come_back(live_shell, qtbot, opened, database):
    opened.source.set_order([Order("id", desc=True)])
    opened.source.set_where("id > 100")
    qtbot.waitUntil(lambda: opened.source.exact() and here(opened), timeout=PATIENCE)
    opened.grid.scroll_to(50)
    state = opened.state()
    again = live_shell.window.bench.open(TableRef(database, "orders", "main"), keep=True)
    assert again is not opened
    again.restore(state)
    qtbot.waitUntil(lambda: here(again, 50), timeout=PATIENCE)
    assert again.source.order_by() == [Order("id", desc=True)] and again.source.where() == "id > 100"
    qtbot.waitUntil(lambda: again.grid.visible()[0] == 50, timeout=PATIENCE)


@pytest.mark.parametrize("state", [{}, {"part": "x"}, {"order": 5}, {"filters": [{"no": 1}]}, {"row": None}])
def test_a_state_that_makes_no_sense_is_passed_over(live_shell, qtbot, opened, state):
    opened.restore(state)
    assert opened.bar.parts.currentIndex() == 0


def test_the_source_of_a_trigger(live_shell, qtbot, opened, database):
    tab = live_shell.window.bench.open(RoutineRef(database, "noted", "main", "trigger", "orders"))
    qtbot.waitUntil(lambda: "after insert" in tab.text.toPlainText().lower(), timeout=PATIENCE)


def test_quick_open_finds_tables_of_the_connection(live_shell, qtbot, opened):
    finders = live_shell.window.bench.finders
    qtbot.waitUntil(lambda: any(f.find("cust", 5) for f in finders), timeout=PATIENCE)
    found = [found for finder in finders for found in finder.find("opord", 5)]
    assert [item.ref.table for item in found if isinstance(item.ref, TableRef)] == ["open_orders"]


def test_a_missing_table_is_a_problem_in_place(live_shell, qtbot, database):
    tab = live_shell.window.bench.open(TableRef(database, "nosuch", "main"), keep=True)
    qtbot.waitUntil(lambda: tab.source.problem() is not None, timeout=PATIENCE)
    assert tab.source.problem().code == "data.unknown_table"


def test_the_status_says_rows_and_their_number(live_shell, qtbot, opened):
    qtbot.waitUntil(opened.source.exact, timeout=PATIENCE)
    assert opened.status()[0].startswith("rows 1–") and opened.status()[0].endswith(" of 500")


def test_the_status_follows_the_size_of_the_view_and_of_its_rows(live_shell, qtbot, opened):
    qtbot.waitUntil(opened.source.exact, timeout=PATIENCE)
    window, said = live_shell.window, live_shell.window.frame.status

    def right() -> bool:
        _, last = opened.grid.visible()
        shown = f"rows 1–{last + 1} of 500"
        return opened.status()[0] == shown and any(shown in text for text in texts(said))

    qtbot.waitUntil(right, timeout=PATIENCE)
    before = opened.grid.visible()
    window.resize(window.width(), window.height() - 200)
    qtbot.waitUntil(lambda: opened.grid.visible() < before and right(), timeout=PATIENCE)
    low = opened.grid.visible()
    live_shell.settings.set(FONT_SIZE, 20)
    qtbot.waitUntil(lambda: opened.grid.visible() < low and right(), timeout=PATIENCE)


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]
