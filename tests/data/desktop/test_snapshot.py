"""A slow order is remembered in the background: later jumps come from it, and the status tells its age."""

from __future__ import annotations

import re
import sqlite3
import time

import pytest
from PySide6.QtCore import Qt

from desktop.context import Launch
from desktop.data.table_tab import TableTab
from desktop.kit.rows import Missing
from embedded_server.wire.connections import DELETE, SAVE, ConnectionRequest, Profile, SaveRequest
from embedded_server.wire.data import PAGE, Order, PageRequest
from embedded_server.wire.refs import TableRef

PATIENCE = 20_000
ROWS = 8000
# How long a sort takes here: longer than what the server calls slow, and no longer than need be.
SECONDS = 0.4
CONDITION = "length(hex(zeroblob({} + id))) > 0"


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table marks(id integer primary key, n integer)")
        rows = ((key, key * 37 % ROWS) for key in range(ROWS))
        connection.executemany("insert into marks values (?, ?)", rows)
    connection.close()
    return str(path)


def slow(database: str) -> str:
    """A condition that makes each row take a while, so that few rows are enough."""
    size = 10_000
    with sqlite3.connect(database) as connection:
        since = time.process_time()
        connection.execute(
            f"select count(*) from marks where {CONDITION.format(size)} and id < 800"
        ).fetchall()
        spent = (time.process_time() - since) * ROWS / 800
    connection.close()
    return CONDITION.format(int(size * SECONDS / spent))


@pytest.fixture
def tab(live_shell, qtbot, database):
    live_shell.launch(Launch(database, "marks"))
    tab = live_shell.window.bench.current()
    assert isinstance(tab, TableTab)
    qtbot.waitUntil(lambda: number(tab, 0) == 0, timeout=PATIENCE)
    tab.source.set_where(slow(database))
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
    assert note(tab) == ""
    qtbot.waitUntil(lambda: note(tab) != "", timeout=PATIENCE)
    assert "changed" not in note(tab)


@pytest.fixture
def production(live_client, live_shell, qtbot, database):
    """The same table on a saved connection that others work on."""

    def wait(call):
        qtbot.waitUntil(lambda: call.settled, timeout=PATIENCE)
        return call.result()

    name = "marks of all"
    wait(live_client.call(SAVE, SaveRequest(Profile(name, f"sqlite:///{database}", "production"))))
    qtbot.waitUntil(lambda: live_shell.window.bench.class_of(name) == "production", timeout=PATIENCE)
    tab = live_shell.window.bench.open(TableRef(name, "marks"), keep=True)
    qtbot.waitUntil(lambda: number(tab, 0) == 0, timeout=PATIENCE)
    tab.source.set_where(slow(database))
    tab.source.set_order([Order("n", desc=True)])
    qtbot.waitUntil(lambda: number(tab, 0) == ROWS - 1, timeout=PATIENCE)
    yield tab
    wait(live_client.call(DELETE, ConnectionRequest(name)))


def test_on_production_it_is_offered_and_made_by_one_click(qtbot, live_shell, live_client, production):
    tab, bar = production, live_shell.window.frame.status
    qtbot.waitUntil(tab.source.snapshot.offered, timeout=PATIENCE)
    qtbot.waitUntil(bar.offer.isVisible, timeout=PATIENCE)
    assert bar.offer.accessibleName() == "Remember this order" and "before you say so" in bar.offer.toolTip()
    assert not tab.source.snapshot.making and note(tab) == "", "nothing is read before that"
    request = PageRequest(
        connection="marks of all", table="marks", where=tab.source.where(), order_by=[Order("n", desc=True)]
    )

    def asked():
        call = live_client.call(PAGE, request)
        qtbot.waitUntil(lambda: call.settled, timeout=PATIENCE)
        return call.result().snapshot.state

    assert asked() == "wanted"
    qtbot.mouseClick(bar.offer, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: note(tab) != "", timeout=PATIENCE)
    assert not bar.offer.isVisible() and asked() == "ready"
    tab.refresh()
    qtbot.waitUntil(tab.source.snapshot.offered, timeout=PATIENCE)
    assert live_shell.verbs.run("data.remember_order") == ""
    qtbot.waitUntil(lambda: note(tab) != "", timeout=PATIENCE)
    assert asked() == "ready"
    assert live_shell.verbs.run("data.remember_order") == "This order is quick, or remembered already"


def test_it_is_given_up(qtbot, tab) -> None:
    source = tab.source
    qtbot.waitUntil(lambda: source.snapshot.making or note(tab) != "", timeout=PATIENCE)
    source.cancel()
    assert not source.snapshot.making
    source.set_order([Order("id")])
    assert not source.snapshot.making and note(tab) == ""
    qtbot.waitUntil(lambda: number(tab, 0) == 0, timeout=PATIENCE)
    assert note(tab) == "" and not source.snapshot.making
