"""A slow order is remembered in the background: later jumps come from it, and the status tells its age."""

from __future__ import annotations

import re
import sqlite3

import pytest

from desktop.context import Launch
from desktop.data.table_tab import TableTab
from desktop.kit.rows import Missing
from embedded_server.wire.data import Order

PATIENCE = 20_000
ROWS = 8000
# Each row takes a while, so that the sort is slow without many of them.
SLOW = "length(hex(zeroblob(25000 + id))) > 0"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table marks(id integer primary key, n integer)")
        rows = ((key, key * 37 % ROWS) for key in range(ROWS))
        connection.executemany("insert into marks values (?, ?)", rows)
    connection.close()
    return str(path)


@pytest.fixture
def tab(live_shell, qtbot, database):
    live_shell.launch(Launch(database, "marks"))
    tab = live_shell.window.bench.current()
    assert isinstance(tab, TableTab)
    qtbot.waitUntil(lambda: number(tab, 0) == 0, timeout=PATIENCE)
    tab.source.set_where(SLOW)
    tab.source.set_order([Order("n", desc=True)])
    qtbot.waitUntil(lambda: number(tab, 0) == ROWS - 1, timeout=PATIENCE)
    return tab


def number(tab: TableTab, row: int) -> int | None:
    if len(tab.source.columns()) < 2:
        return None
    cell = tab.source.cell(row, 1)
    return None if isinstance(cell, Missing) else int(str(cell))


def note(tab: TableTab) -> str:
    return next((part for part in tab.status() if part.startswith("snapshot ")), "")


def age(tab: TableTab) -> int:
    found = re.search(r"(\d+) s old", note(tab))
    assert found is not None
    return int(found[1])


def go_to(tab: TableTab, row: int) -> None:
    tab.grid.scroll_to(row)


def test_jumps_come_from_the_remembered_order(qtbot, tab, database) -> None:
    qtbot.waitUntil(lambda: note(tab) != "", timeout=PATIENCE)
    assert re.fullmatch(r"snapshot \d\d:\d\d, \d+ s old", note(tab))
    go_to(tab, 5000)
    qtbot.waitUntil(lambda: number(tab, 5000) == ROWS - 1 - 5000, timeout=PATIENCE)
    assert tab.source.response().access == "snapshot" and tab.source.numbers_exact(5000)
    with sqlite3.connect(database) as other:
        other.execute("update marks set n = 9999 where n < 2000")
    other.close()

    # The server asks the database at most once a second.
    old = age(tab)
    qtbot.waitUntil(lambda: age(tab) > old + 1, timeout=PATIENCE)
    go_to(tab, 6500)
    qtbot.waitUntil(lambda: note(tab).endswith("changed since"), timeout=PATIENCE)
    tab.refresh()
    go_to(tab, 0)
    qtbot.waitUntil(lambda: number(tab, 0) == 9999, timeout=PATIENCE)
    qtbot.waitUntil(lambda: note(tab) != "" and "changed" not in note(tab), timeout=PATIENCE)


def test_another_order_gives_it_up(qtbot, tab) -> None:
    source = tab.source
    qtbot.waitUntil(lambda: source.snapshot.making or note(tab) != "", timeout=PATIENCE)
    source.set_order([Order("id")])
    assert not source.snapshot.making and note(tab) == ""
    qtbot.waitUntil(lambda: number(tab, 0) == 0, timeout=PATIENCE)
    assert note(tab) == "" and not source.snapshot.making


def test_cancelled_it_is_not_begun_again(qtbot, tab) -> None:
    source = tab.source
    qtbot.waitUntil(lambda: source.snapshot.making or note(tab) != "", timeout=PATIENCE)
    source.cancel()
    assert not source.snapshot.making
