"""Editing rows in a whole window on a real server; what was written is looked up in the database itself."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.context import Launch
from desktop.data import edited_source
from desktop.data.table_tab import TableTab
from desktop.kit.flow import Turns
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.kit.widgets import PrimaryButton
from embedded_server.wire.connections import DELETE, SAVE, ConnectionRequest, Profile, SaveRequest
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.refs import RowRef, TableRef
from embedded_server.wire.values import Truncated

PATIENCE = 20_000
KEY = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
# Places of the columns.
ID, NAME, AMOUNT, NOTE = range(4)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(
            """
            create table people(
              id integer primary key, name varchar(20) not null, amount integer, note text default 'hello');
            create table loose(a, b);
            create view names as select name from people;
            """
        )
        rows = [(n, f"name {n}", n * 10, None) for n in range(1, 601)]
        connection.executemany("insert into people values (?, ?, ?, ?)", rows)
    connection.close()
    return str(path)


@pytest.fixture
def rows_of(database):
    held = sqlite3.connect(database, isolation_level=None)
    yield lambda sql: held.execute(sql).fetchall()
    held.close()


def open_table(shell, qtbot, database, table="people") -> TableTab:
    shell.launch(Launch(database, table))
    tab = shell.window.bench.current()
    assert isinstance(tab, TableTab)
    qtbot.waitUntil(lambda: here(tab) and bool(tab.source.dialect()), timeout=PATIENCE)
    qtbot.waitUntil(tab.source.exact, timeout=PATIENCE)
    tab.grid.setFocus()
    return tab


@pytest.fixture
def tab(live_shell, qtbot, database):
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.activateWindow()
    return open_table(live_shell, qtbot, database)


@pytest.fixture
def run(live_shell):
    """Run a verb that must be able to."""

    def act(verb: str) -> None:
        assert live_shell.verbs.run(verb) == "", verb

    return act


def here(tab: TableTab, row: int = 0) -> bool:
    source = tab.source
    return (
        bool(source.columns()) and source.row_count() > row and not isinstance(source.cell(row, 0), Missing)
    )


def at(tab: TableTab, row: int, place: int) -> None:
    tab.grid.setFocus()
    tab.grid.move_to(Spot(row, place))


def press(tab: TableTab, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(tab.grid, key, modifiers)


def typed(tab: TableTab, text: str) -> None:
    """Type into the grid's cell: the first letter opens the editor, which gets the rest."""
    QTest.keyClicks(tab.grid, text[0])
    assert tab.grid.editor.editing()
    QTest.keyClicks(tab.grid.editor, text[1:])


def enter(tab: TableTab, key=KEY.Key_Return, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(tab.grid.editor, key, modifiers)


def applied(qtbot, run, tab: TableTab) -> None:
    """Apply, and wait until all is written."""
    run("data.apply")
    qtbot.waitUntil(
        lambda: not tab.editing.applying.running() and not tab.editing.edits.staged.rows, timeout=PATIENCE
    )


def test_typing_stages_and_ctrl_s_writes(live_shell, run, qtbot, tab, rows_of):
    at(tab, 0, NAME)
    typed(tab, "Ada")
    enter(tab)
    assert tab.source.cell(0, NAME) == "Ada" and tab.grid.selection.current == Spot(1, NAME)
    assert rows_of("select name from people where id = 1") == [("name 1",)], "nothing is written yet"
    typed(tab, "Bob")
    enter(tab, KEY.Key_Tab)
    assert tab.grid.selection.current == Spot(1, AMOUNT)
    at(tab, 5, NAME)
    typed(tab, "x")
    enter(tab)
    at(tab, 5, NAME)
    typed(tab, "name 6")
    enter(tab)
    assert len(tab.editing.edits.staged) == 2, "the old value again is no edit"
    at(tab, 1, AMOUNT)
    typed(tab, "42")
    bench = live_shell.window.bench
    other = bench.open(RowRef(tab.ref.connection, "people", ["id"], [1]), keep=True)
    qtbot.waitUntil(lambda: here(other) and other.source.cell(0, NAME) == "Ada", timeout=PATIENCE)
    bench.open(tab.ref)
    applied(qtbot, run, tab)
    assert rows_of("select * from people where id < 3") == [(1, "Ada", 10, None), (2, "Bob", 42, None)]
    qtbot.waitUntil(lambda: here(tab, 1) and tab.source.cell(1, AMOUNT) == 42, timeout=PATIENCE)
    assert live_undo(tab) == "", "what is applied is not undone"
    qtbot.waitUntil(lambda: here(other) and other.source.cell(0, NAME) == "Ada", timeout=PATIENCE)


def test_staged_values_are_what_is_on_the_screen(qtbot, tab):
    at(tab, 0, NAME)
    typed(tab, "Ada")
    enter(tab)
    at(tab, 1, AMOUNT)
    typed(tab, "12x")
    enter(tab)
    block = tab.source.block(0)
    assert [block.cells[NAME][0], block.cells[NAME][1], block.cells[AMOUNT][1]] == ["Ada", "name 2", "12x"]
    marks = tab.source.marks(0, 2)
    assert marks.cells == {(0, NAME): "changed", (1, AMOUNT): "bad"}
    assert marks.rows == {0: "changed", 1: "conflict"}
    assert tab.source.stored_cell(0, NAME) == "name 1"


def test_a_long_text_is_fetched_whole_edited_and_compared_whole(run, qtbot, tab, rows_of):
    long = "word " * 40_000
    rows_of(f"update people set note = '{long}' where id < 3")
    tab.refresh()
    qtbot.waitUntil(lambda: isinstance(tab.source.cell(1, NOTE), Truncated), timeout=PATIENCE)
    for row in range(2):
        at(tab, row, NOTE)
        run("grid.edit")
        qtbot.waitUntil(tab.grid.editor.editing, timeout=PATIENCE)
        assert tab.grid.editor.text() == long
        QTest.keyClicks(tab.grid.editor, "end")
        enter(tab)
    rows_of(f"update people set note = '{long[:-1]}!' where id = 2")
    run("data.apply")
    staged = tab.editing.edits.staged
    qtbot.waitUntil(lambda: bool(staged.conflicts), timeout=PATIENCE)
    assert len(staged.conflicts) == 1, "the other end was noticed, though the beginning is the same"
    tab.editing.panel.theirs.click()
    applied(qtbot, run, tab)
    assert rows_of("select id from people where note like '%end'") == [(1,)]


def live_undo(tab) -> str:
    return tab.source.editing().undo_title()


def test_what_does_not_fit_stays_to_be_seen_and_is_not_written(run, tab, rows_of):
    at(tab, 0, AMOUNT)
    typed(tab, "12x")
    enter(tab)
    (row,) = tab.editing.edits.staged.ordered()
    assert row.bad["amount"].text == "12x" and "whole number" in row.bad["amount"].reason
    run("data.apply")
    assert (
        tab.editing.messages.shown is not None and "does not fit" in tab.editing.messages.shown.title.text()
    )
    assert tab.editing.panel.isVisible()
    assert rows_of("select amount from people where id = 1") == [(10,)]
    at(tab, 0, AMOUNT)
    run("grid.edit")
    assert tab.grid.editor.text() == "12x"


def test_cells_are_set_by_every_verb(run, qtbot, tab, rows_of, tmp_path):
    at(tab, 0, AMOUNT)
    tab.grid.move_to(Spot(2, AMOUNT), extend=True)
    run("grid.set_null")
    assert [tab.source.cell(row, AMOUNT) for row in range(4)] == [None, None, None, 40]
    run("grid.undo")
    assert tab.source.cell(0, AMOUNT) == 10
    run("grid.redo")
    at(tab, 2, AMOUNT)
    run("grid.revert")
    at(tab, 10, NOTE)
    tab.grid.move_to(Spot(19, NOTE), extend=True)
    typed(tab, "same")
    enter(tab, KEY.Key_Return, CTRL)
    QGuiApplication.clipboard().setText('A\t1\t"two\nlines"\nB\t\t""\n')
    tab.grid.go_to_row(599)
    qtbot.waitUntil(lambda: here(tab, 599), timeout=PATIENCE)
    at(tab, 599, NAME)
    run("grid.paste")
    assert tab.source.row_count() == 601
    (tmp_path / "note.txt").write_text("from a file\n")
    at(tab, 599, NOTE)
    run("grid.from_file")
    tab.grid.edits.take_file(str(tmp_path / "note.txt"))
    applied(qtbot, run, tab)
    assert rows_of("select id from people where amount is null") == [(1,), (2,), (601,)]
    assert rows_of("select count(*) from people where note = 'same'") == [(10,)]
    assert rows_of("select * from people where id > 599") == [
        (600, "A", 1, "from a file\n"),
        (601, "B", None, ""),
    ]


def test_staged_rows_anywhere_are_copied_as_they_will_be(run, qtbot, tab, monkeypatch):
    """The window lives on while they are looked for among all rows."""
    monkeypatch.setattr(edited_source, "_LAID_OVER", 20)
    rests: list[Turns] = []

    class Watched(Turns):
        async def rest(self) -> None:
            rests.append(self)
            await super().rest()

    monkeypatch.setattr(edited_source, "Turns", Watched)
    for row in (0, 299, 599):
        tab.grid.go_to_row(row)
        qtbot.waitUntil(lambda row=row: here(tab, row), timeout=PATIENCE)
        at(tab, row, NAME)
        typed(tab, f"staged {row}")
        enter(tab)
    assert tab.source.editing().add_rows([{NAME: "new"}]) == 600
    run("grid.select_all")
    QGuiApplication.clipboard().setText("")
    run("grid.copy")
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "", timeout=PATIENCE)
    names = [line.split("\t")[NAME] for line in QGuiApplication.clipboard().text().splitlines()]
    assert names == [f"staged {row}" if row in (0, 299, 599) else f"name {row + 1}" for row in range(600)] + [
        "new"
    ]
    assert len(rests) == 600 / 20 - 1
    run("data.discard")


def test_of_many_new_rows_those_are_looked_up_that_are_seen(qtbot, tab, run, monkeypatch):
    looked_up: list[str] = []
    new_cell = edited_source._new_cell

    def watched(row, column):
        looked_up.append(row.id)
        return new_cell(row, column)

    monkeypatch.setattr(edited_source, "_new_cell", watched)
    tab.source.editing().add_rows([{NAME: f"new {number}"} for number in range(5000)])
    at(tab, 600 + 4000, NAME)
    tab.grid.grab()
    assert tab.source.cell(4600, NAME) == "new 4000"
    assert tab.source.block(4600).cells[NAME][3999:4001] == ["new 3999", "new 4000"]
    assert 0 < len(set(looked_up)) < 500
    run("data.discard")


def test_rows_are_added_cloned_and_deleted(run, qtbot, tab, rows_of):
    at(tab, 1, NAME)
    run("grid.clone_rows")
    assert tab.grid.selection.current == Spot(600, NAME)
    typed(tab, "clone")
    enter(tab)
    at(tab, 2, NAME)
    run("grid.delete_rows")
    marks = tab.source.marks(0, 5)
    assert marks is not None and marks.rows == {2: "deleted"}
    run("grid.add_row")
    assert tab.grid.selection.current == Spot(601, ID)
    at(tab, 601, NAME)
    typed(tab, "new")
    enter(tab)
    applied(qtbot, run, tab)
    assert rows_of("select * from people where id in (3, 601, 602)") == [
        (601, "clone", 20, None),
        (602, "new", None, "hello"),
    ]


def test_edits_survive_sorting_filtering_paging_refresh_and_another_tab(live_shell, qtbot, tab, database):
    at(tab, 0, NAME)
    typed(tab, "kept")
    enter(tab)
    source = tab.source
    source.set_order([Order("id", desc=True)])
    qtbot.waitUntil(lambda: here(tab) and source.cell(0, ID) == 600, timeout=PATIENCE)
    tab.grid.go_to_row(599)
    qtbot.waitUntil(lambda: here(tab, 599) and source.cell(599, ID) == 1, timeout=PATIENCE)
    assert source.cell(599, NAME) == "kept"
    source.set_filters([Filter("id", "=", 2)])
    qtbot.waitUntil(lambda: source.exact() and source.row_count() == 1, timeout=PATIENCE)
    source.set_filters([])
    source.set_order([])
    tab.refresh()
    live_shell.launch(Launch(database, "loose"))
    live_shell.launch(Launch(database, "people"))
    assert live_shell.window.bench.current() is tab
    qtbot.waitUntil(lambda: here(tab) and source.cell(0, ID) == 1, timeout=PATIENCE)
    assert source.cell(0, NAME) == "kept" and len(tab.editing.edits.staged) == 1


def test_the_list_shows_the_exact_sql(run, qtbot, tab):
    at(tab, 0, NAME)
    typed(tab, "Ada")
    enter(tab)
    run("data.changes")
    panel, clipboard = tab.editing.panel, QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: panel.statement is not None, timeout=PATIENCE)
    assert panel.sql.toPlainText().startswith("UPDATE `main`.`people` SET `name` = ? WHERE `id` = ?")
    assert panel.params.text() == "1 = Ada   2 = 1"
    assert panel.model.data(panel.model.index(0)) == "id 1"
    panel.copy_all.click()
    qtbot.waitUntil(lambda: "SET `name` = 'Ada' WHERE `id` = 1" in clipboard.text(), timeout=PATIENCE)


def test_a_conflict_shows_all_three_and_lets_choose(run, qtbot, tab, rows_of):
    for row in range(4):
        at(tab, row, NAME)
        typed(tab, f"mine {row + 1}")
        enter(tab)
    rows_of("update people set name = 'theirs ' || id where id < 3")
    rows_of("delete from people where id = 3")
    run("data.apply")
    staged, panel = tab.editing.edits.staged, tab.editing.panel
    qtbot.waitUntil(lambda: len(staged.conflicts) == 3, timeout=PATIENCE)
    assert rows_of("select name from people where id = 4") == [("name 4",)], "all or nothing"
    assert [[fact.text for fact in row] for row in panel.differences.rows()] == [
        ["name", "name 1", "theirs 1", "mine 1"]
    ]
    panel.mine.click()
    panel.list.setCurrentIndex(panel.model.index(1))
    panel.theirs.click()
    panel.show_objections()
    assert panel.mine.text() == "Write it as a new row"
    panel.mine.click()
    applied(qtbot, run, tab)
    assert rows_of("select * from people where id < 5") == [
        (1, "mine 1", 10, None),
        (2, "theirs 2", 20, None),
        (3, "mine 3", 30, None),
        (4, "mine 4", 40, None),
    ]


def test_discard_close_and_open_again(live_shell, run, qtbot, tab, database, rows_of):
    at(tab, 0, NAME)
    typed(tab, "x")
    enter(tab)
    at(tab, 1, NAME)
    typed(tab, "y")
    enter(tab)
    said = []
    tab.grid.said.connect(said.append)
    run("data.discard")
    assert said == ["Discarded 2 edits; Ctrl+Z brings them back"]
    press(tab, KEY.Key_Z, CTRL)
    press(tab, KEY.Key_Z, CTRL)
    run("data.discard")
    assert tab.source.cell(0, NAME) == "name 1" and not tab.dirty()
    press(tab, KEY.Key_Z, CTRL)
    assert tab.source.cell(0, NAME) == "x" and tab.dirty()
    assert "1 staged edit" in tab.closing_question() and "stay staged" in tab.closing_question()
    live_shell.window.bench.close(tab)
    again = open_table(live_shell, qtbot, database)
    assert again is not tab
    qtbot.waitUntil(lambda: again.source.cell(0, NAME) == "x", timeout=PATIENCE)
    run("data.discard")
    assert rows_of("select name from people where id = 1") == [("name 1",)]


def test_why_not(live_shell, qtbot, tab, database):
    view = open_table(live_shell, qtbot, database, "names")
    qtbot.waitUntil(lambda: view.structure is not None, timeout=PATIENCE)
    assert "view's rows are not edited" in view.grid.edits.why_not()
    press(view, KEY.Key_X)
    assert not view.grid.editor.editing()
    assert live_shell.verbs.run("data.apply") == "Nothing is staged"


def test_edits_become_a_migration_with_its_reverse(live_shell, run, qtbot, tab):
    at(tab, 0, NAME)
    typed(tab, "Ada")
    enter(tab)
    at(tab, 1, NAME)
    run("grid.delete_rows")
    run("data.as_migration")
    bench = live_shell.window.bench
    qtbot.waitUntil(lambda: bench.current().ref.kind == "proposal", timeout=PATIENCE)
    first, second = bench.current().ref.operations
    assert first["sql"] == "UPDATE `main`.`people` SET `name` = 'Ada' WHERE `id` = 1"
    assert first["reverse"] == "UPDATE `main`.`people` SET `name` = 'name 1' WHERE `id` = 1"
    assert second["sql"] == "DELETE FROM `main`.`people` WHERE `id` = 2"
    assert second["reverse"].startswith(
        "INSERT INTO `main`.`people` (`id`, `name`, `amount`, `note`) VALUES (2,"
    )
    assert tab in bench.tabs() and tab.dirty(), "the edits stay staged"


@pytest.fixture
def saved(live_client, qtbot, live_shell, database):
    """Saves the database as a connection of a class, until the test is over."""
    names = []

    def wait(call):
        qtbot.waitUntil(lambda: call.settled, timeout=PATIENCE)
        return call.result()

    def save(class_: str) -> str:
        name = f"people {class_}"
        wait(live_client.call(SAVE, SaveRequest(Profile(name, f"sqlite:///{database}", class_))))
        names.append(name)
        qtbot.waitUntil(lambda: live_shell.window.bench.class_of(name) == class_, timeout=PATIENCE)
        return name

    yield save
    for name in names:
        wait(live_client.call(DELETE, ConnectionRequest(name)))


def staged_on(live_shell, qtbot, run, name: str) -> TableTab:
    """A staged edit of the first row on a saved connection, asked to be applied."""
    tab = live_shell.window.bench.open(TableRef(name, "people"), keep=True)
    qtbot.waitUntil(lambda: here(tab) and bool(tab.source.dialect()), timeout=PATIENCE)
    at(tab, 0, NAME)
    typed(tab, name)
    run("data.apply")
    return tab


def test_production_wants_its_name_and_shared_a_yes(live_shell, run, qtbot, tab, saved, rows_of):
    prod = staged_on(live_shell, qtbot, run, saved("production"))
    confirm = prod.editing.messages.confirm
    assert "production database" in confirm.text.text()
    qtbot.keyClicks(confirm.field, "people productio")
    qtbot.keyClick(confirm.field, KEY.Key_Return)
    assert not confirm.go.isEnabled() and rows_of("select name from people where id = 1") == [("name 1",)]
    qtbot.keyClicks(confirm.field, "n")
    qtbot.keyClick(confirm.field, KEY.Key_Return)
    qtbot.waitUntil(lambda: not prod.dirty(), timeout=PATIENCE)
    assert rows_of("select name from people where id = 1") == [("people production",)]
    shared = staged_on(live_shell, qtbot, run, saved("shared"))
    assert rows_of("select name from people where id = 1") == [("people production",)]
    shared.editing.messages.shown.findChild(PrimaryButton).click()
    qtbot.waitUntil(lambda: not shared.dirty(), timeout=PATIENCE)
    assert rows_of("select name from people where id = 1") == [("people shared",)]
