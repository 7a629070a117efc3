"""The grid on a real SQLite file through the real server process."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.kit.grid.selection import Spot
from desktop.kit.grid.viewers.panel import HEX, JSON
from desktop.kit.rows import MISSING
from desktop.kit.table_source import TableSource
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.refs import TableRef
from embedded_server.wire.values import Truncated
from tests.desktop.kit.hands import CTRL, KEY, Hands

ROWS = 30_000
LONG = '{"list": [' + ", ".join(map(str, range(30_000))) + "]}"


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """Ids with gaps that grow, so that row numbers can only be guessed from ids."""
    path = tmp_path_factory.mktemp("grid") / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders(id integer primary key, status text, amount real, note)")
        connection.executemany(
            "insert into orders values (?, ?, ?, ?)",
            (
                (n * n // 50 + n, ("open", "paid", "")[n % 3], n / 4, None if n % 5 else n)
                for n in range(ROWS)
            ),
        )
        connection.execute("create table values_of(id integer primary key, v)")
        odd = [2**63 - 1, -0.5, "1", 1, None, "", b"\0\xff" * 50_000, LONG, "a\0b", 1e300]
        connection.executemany("insert into values_of(v) values (?)", ((cell,) for cell in odd))
        connection.execute("insert into values_of(v) values (cast(x'ff41' as text))")
    connection.close()
    return str(path)


@pytest.fixture
def open_table(live_client, make_grid, qtbot, database):
    def opened(table: str):
        grid = make_grid(TableSource(live_client, TableRef(database, table), "sqlite"))
        quiet(qtbot, grid)
        return grid

    return opened


def quiet(qtbot, grid):
    """Until everything visible is here and counted."""

    def ready() -> bool:
        first, last = grid.visible()
        rows = range(first, last + 1)
        here = all(grid.source.cell(row, 0) is not MISSING for row in rows)
        return bool(grid.source.exact() and not grid.source.counting() and here and len(grid.columns))

    qtbot.waitUntil(ready, timeout=20_000)


def ids(grid):
    first, last = grid.visible()
    return [grid.source.cell(row, 0) for row in range(first, last + 1)]


def true_ids(database, first, count, order="id", where="1"):
    with sqlite3.connect(database) as connection:
        sql = f"select id from orders where {where} order by {order} limit {count} offset {first}"
        found = [row[0] for row in connection.execute(sql)]
    connection.close()
    return found


def test_every_place_of_the_table_shows_its_rows(open_table, qtbot, database):
    grid = open_table("orders")
    assert grid.total_rows() == ROWS
    hands = Hands(grid)
    for jump in (15_000, 29_999, 3, 22_222, 0, 12_345):
        grid.go_to_row(jump)
        quiet(qtbot, grid)
        if not grid.source.numbers_exact(grid.top()):
            continue
        first, last = grid.visible()
        assert ids(grid) == true_ids(database, first, last - first + 1)
    hands.key(KEY.Key_End, CTRL)
    quiet(qtbot, grid)
    assert ids(grid)[-1] == true_ids(database, ROWS - 1, 1)[0]
    for _ in range(30):
        hands.key(KEY.Key_PageUp)
        quiet(qtbot, grid)
        first, last = grid.visible()
        assert ids(grid) == true_ids(database, first, last - first + 1)


def test_sort_and_filter_are_pushed_down(open_table, qtbot, database):
    grid = open_table("orders")
    grid.source.set_order([Order("amount", True)])
    quiet(qtbot, grid)
    count = grid.visible()[1] + 1
    assert ids(grid) == true_ids(database, 0, count, "amount desc, id desc")
    grid.source.set_filters([Filter("status", "expr", "open"), Filter("amount", "expr", "100..200")])
    quiet(qtbot, grid)
    where = "status = 'open' and amount between 100 and 200"
    assert grid.total_rows() == len(true_ids(database, 0, ROWS, where=where)) > 100
    assert ids(grid) == true_ids(database, 0, count, "amount desc, id desc", where)
    assert "amount" in grid.source.shown_sql()


def test_a_filter_that_makes_no_sense_is_said_in_place_and_can_be_mended(open_table, qtbot):
    grid = open_table("orders")
    hands = Hands(grid)
    hands.click(hands.cell(0, 2))
    hands.key(KEY.Key_F, CTRL)
    hands.type(">")
    hands.press(KEY.Key_Return)
    qtbot.waitUntil(lambda: grid.source.problem() is not None, timeout=20_000)
    assert grid.source.problem().code == "data.bad_filter" and grid.notice.widget.isVisible()
    grid.open_filters(2)
    assert grid.filter_row.editor.text() == ">"
    grid.filter_row.editor.setText(">7000")
    hands.press(KEY.Key_Return)
    quiet(qtbot, grid)
    assert grid.source.problem() is None and grid.total_rows() == ROWS - 28_001


def test_quick_filters_find_exactly_the_rows_with_the_value(open_table, qtbot, database):
    grid = open_table("values_of")
    total = grid.total_rows()
    with sqlite3.connect(database) as connection:
        connection.text_factory = bytes
        stored = [row[0] for row in connection.execute("select typeof(v) || ':' || hex(v) from values_of")]
    connection.close()
    for row in range(total):
        if isinstance(grid.source.cell(row, 1), Truncated):
            continue
        grid.menus.apply(grid.menus.quick(Spot(row, 1))[0])
        quiet(qtbot, grid)
        assert grid.total_rows() == stored.count(stored[row]), stored[row]
        assert grid.source.cell(0, 0) == row + 1
        grid.source.set_filters([])
        quiet(qtbot, grid)


def test_long_values_are_copied_and_viewed_whole(open_table, qtbot):
    grid = open_table("values_of")
    hands = Hands(grid)
    assert isinstance(grid.source.cell(7, 1), Truncated)
    hands.click(hands.cell(7, 1))
    hands.key(KEY.Key_C, CTRL)
    qtbot.waitUntil(lambda: len(QGuiApplication.clipboard().text()) == len(LONG), timeout=20_000)
    assert QGuiApplication.clipboard().text() == LONG
    hands.key(KEY.Key_F7)
    panel = grid.popups.viewer.panel
    assert panel.way() == JSON
    qtbot.waitUntil(
        lambda: panel.json.tree.model().rowCount() == 1 and not panel.json.scanning(), timeout=20_000
    )
    hands.press(KEY.Key_Escape)
    hands.click(hands.cell(6, 1))
    hands.key(KEY.Key_F7)
    assert grid.popups.viewer.panel.way() == HEX
    view = grid.popups.viewer.panel.hex
    qtbot.waitUntil(view.loaded, timeout=20_000)
    assert view.total_rows() == 100_000 // 16 and view.line(0).startswith("00000000  00 ff 00 ff")


def test_rows_are_copied_beyond_what_was_ever_shown(open_table, qtbot, database):
    grid = open_table("orders")
    hands = Hands(grid)
    hands.key(KEY.Key_Space, CTRL)
    with qtbot.waitSignal(grid.said, timeout=20_000) as said:
        hands.key(KEY.Key_C, CTRL)
    assert said.args == [f"Copied {ROWS:,} cells as TSV"]
    assert QGuiApplication.clipboard().text().split("\n") == [str(n) for n in true_ids(database, 0, ROWS)]
