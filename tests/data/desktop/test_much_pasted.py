"""A long paste into a table of a whole window: in slices, as one step, given up when rows become others."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.context import Launch
from desktop.data import edit_journal, row_editing
from desktop.data.staged import Staged
from desktop.kit.flow import Turns
from desktop.kit.grid import edits
from desktop.kit.grid.editing import Setting
from desktop.kit.grid.selection import Spot
from desktop.kit.journal import Journal
from desktop.kit.rows import Missing
from embedded_server.wire.data import Order
from tests.desktop.beats import Beats

PATIENCE = 20_000
ROWS, PASTED, SLICE = 600, 400, 20
NAME, NOTE = 1, 2


@pytest.fixture
def tab(live_shell, qtbot, tmp_path, monkeypatch):
    """A table of 600 rows with its end in view; the clipboard holds 400 rows of two cells."""
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table people(id integer primary key, name text not null, note text)")
        rows = [(number, f"name {number}") for number in range(ROWS)]
        connection.executemany("insert into people(id, name) values (?, ?)", rows)
    connection.close()
    live_shell.launch(Launch(str(path), "people"))
    tab = live_shell.window.bench.current()
    source = tab.source
    qtbot.waitUntil(lambda: source.exact() and bool(source.dialect()) and here(tab, 0), timeout=PATIENCE)
    tab.grid.setFocus()
    tab.grid.go_to_row(ROWS - 1)
    qtbot.waitUntil(lambda: here(tab, ROWS - 1) and here(tab, ROWS - 100), timeout=PATIENCE)
    tab.grid.move_to(Spot(ROWS - 100, NAME))
    monkeypatch.setattr(Turns, "SECONDS", 0)
    for module, name in ((edits, "AT_ONCE"), (row_editing, "_AT_ONCE"), (edit_journal, "_AT_ONCE")):
        monkeypatch.setattr(module, name, SLICE)
    lines = [f'pasted {number}\t"said ""{number}"""' for number in range(PASTED)]
    QGuiApplication.clipboard().setText("\n".join(lines))
    yield tab
    tab.editing.edits.discard()


def here(tab, row: int) -> bool:
    return not isinstance(tab.source.cell(row, 0), Missing) if tab.source.columns() else False


def pasted(tab) -> bool:
    return tab.source.row_count() == ROWS + PASTED - 100


def names(tab, *rows: int) -> list[str]:
    return [tab.source.cell(row, NAME) for row in rows]


def test_the_loop_comes_round_while_much_is_pasted_and_it_is_one_step(live_shell, qtbot, tab):
    staged = tab.editing.edits.staged
    with Beats() as beats:
        assert live_shell.verbs.run("grid.paste") == ""
        assert not staged.rows, "nothing before all of it"
        qtbot.waitUntil(lambda: pasted(tab), timeout=PATIENCE)
    assert beats.count >= 4 * PASTED // SLICE
    assert names(tab, 499, 500, 599, 600, 899) == [
        "name 499",
        "pasted 0",
        "pasted 99",
        "pasted 100",
        "pasted 399",
    ]
    assert tab.source.cell(899, NOTE) == 'said "399"'
    again = Staged()
    again.replay(Journal(tab.editing.edits._journal.path).replay())
    assert again.rows == staged.rows and again.key_columns == ["id"], "a crash would lose nothing"
    assert tab.source.editing().undo() == "Paste 400 × 2 cells"
    assert not staged.rows and names(tab, 500) == ["name 500"]


def test_escape_gives_a_long_paste_up(live_shell, qtbot, tab):
    live_shell.verbs.run("grid.paste")
    with qtbot.waitSignal(tab.grid.said) as said:
        QTest.keyClick(tab.grid, Qt.Key.Key_Escape)
    assert "given up" in said.args[0]
    wait_some_turns(qtbot)
    assert not tab.editing.edits.staged.rows and names(tab, 500) == ["name 500"]


def wait_some_turns(qtbot) -> None:
    with Beats() as beats:
        qtbot.waitUntil(lambda: beats.count > 10 * PASTED // SLICE, timeout=PATIENCE)


def test_what_is_typed_meanwhile_stays(live_shell, qtbot, tab, monkeypatch):
    """Also in a row that is pasted into, when that has been made already."""
    prepared, typed = tab.editing.edits.prepared, []

    async def meanwhile(title, swaps):
        if not typed:
            typed.append(
                tab.source.editing().set_cells([Setting(510, NAME, "typed"), Setting(480, NAME, "too")])
            )
        return await prepared(title, swaps)

    monkeypatch.setattr(tab.editing.edits, "prepared", meanwhile)
    live_shell.verbs.run("grid.paste")
    qtbot.waitUntil(lambda: pasted(tab), timeout=PATIENCE)
    assert typed == [""] and names(tab, 480, 510) == ["too", "pasted 10"]
    assert tab.source.editing().undo().startswith("Paste") and names(tab, 480, 510) == ["too", "typed"]


def test_other_rows_in_their_places_are_not_pasted_into(live_shell, qtbot, tab):
    live_shell.verbs.run("grid.paste")
    with qtbot.waitSignal(tab.grid.said) as said:
        tab.source.set_order([Order("name", desc=True)])
    assert "given up" in said.args[0]
    wait_some_turns(qtbot)
    assert not tab.editing.edits.staged.rows


def test_nothing_is_staged_into_edits_that_are_being_applied(live_shell, qtbot, tab, monkeypatch):
    reasons = [""]
    monkeypatch.setattr(tab.source.editing(), "_why_not", lambda: reasons[0])
    live_shell.verbs.run("grid.paste")
    prepared = tab.editing.edits.prepared

    async def then_applied(title, swaps):
        reasons[0] = "The edits are being applied"
        return await prepared(title, swaps)

    monkeypatch.setattr(tab.editing.edits, "prepared", then_applied)
    with qtbot.waitSignal(tab.grid.said, timeout=PATIENCE) as said:
        pass
    assert said.args == ["The edits are being applied"] and not tab.editing.edits.staged.rows


def test_many_cells_are_set_in_turns(qtbot, tab, monkeypatch):
    monkeypatch.setattr(edits, "FEW_CELLS", 50)
    tab.grid.selection.set(Spot(ROWS - 100, NAME))
    tab.grid.selection.extend(Spot(ROWS - 1, NOTE))
    with Beats() as beats, qtbot.waitSignal(tab.editing.edits.changed, timeout=PATIENCE):
        tab.grid.edits.set_selected("same")
        assert not tab.editing.edits.staged.rows
    assert beats.count >= 200 // SLICE + 2 * 100 // SLICE - 2
    assert {tab.source.cell(row, column) for row in range(500, 600) for column in (NAME, NOTE)} == {"same"}
    assert names(tab, 499) == ["name 499"] and tab.source.editing().undo() == "Set 200 cells"


def test_a_second_paste_waits_for_the_first(live_shell, qtbot, tab):
    live_shell.verbs.run("grid.paste")
    with qtbot.waitSignal(tab.grid.said) as said:
        live_shell.verbs.run("grid.paste")
    assert "still being taken in" in said.args[0]
    qtbot.waitUntil(lambda: pasted(tab), timeout=PATIENCE)


def test_too_much_is_refused_before_all_of_it_is_read(live_shell, qtbot, tab, monkeypatch):
    monkeypatch.setattr(edits, "MOST_CELLS", 100)
    read: list[list[str | None]] = []
    rows_of = edits.rows_of

    def watched(text):
        for row in rows_of(text):
            read.append(row)
            yield row

    monkeypatch.setattr(edits, "rows_of", watched)
    with qtbot.waitSignal(tab.grid.said, timeout=PATIENCE) as said:
        live_shell.verbs.run("grid.paste")
    assert said.args == ["At most 100 cells are pasted at once"] and len(read) == 51
