"""Export and import in a whole window: what is seen in files and databases afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QScrollArea

from desktop.context import Launch
from desktop.data.table_tab import TableTab
from desktop.data.transfer.export_tab import ExportTab
from desktop.data.transfer.forms import Reveal
from desktop.data.transfer.import_tab import ImportTab, would
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.kit.widgets import Message
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.refs import ExportRef, ScriptRef

PATIENCE = 20_000


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "app.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table orders(id integer primary key, status text, amount real)")
        rows = [(n, "open" if n % 3 else "paid", n / 4) for n in range(1, 301)]
        connection.executemany("insert into orders values (?, ?, ?)", rows)
    connection.close()
    return path


@pytest.fixture
def opened(live_shell, qtbot, database):
    live_shell.launch(Launch(str(database), "orders"))
    tab = live_shell.window.bench.current()
    assert isinstance(tab, TableTab)
    live_shell.window.show()
    source = tab.source
    qtbot.waitUntil(
        lambda: source.row_count() == 300 and not isinstance(source.cell(0, 0), Missing), timeout=PATIENCE
    )
    return tab


def rows_of(path: Path, sql: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchall()
    connection.close()
    return found


def export_form(shell, path: Path) -> ExportTab:
    assert shell.verbs.run("data.export") == ""
    tab = shell.window.bench.current()
    assert isinstance(tab, ExportTab)
    tab.format.setCurrentText("CSV")
    tab.file.setText(str(path))
    return tab


def import_form(shell, qtbot, path: Path) -> ImportTab:
    assert shell.verbs.run("data.import") == ""
    tab = shell.window.bench.current()
    assert isinstance(tab, ImportTab)
    tab.use(str(path))
    qtbot.waitUntil(lambda: tab.seen is not None and tab.form.run.isEnabled(), timeout=PATIENCE)
    return tab


def said(message: Message | None) -> str:
    assert message is not None
    text = message.text.text() if message.text is not None else ""
    return f"{message.title.text()} {text}"


def told(tab: ImportTab) -> str:
    message = tab.form.message()
    return message.title.text() if message is not None else ""


def test_a_table_is_exported(live_shell, qtbot, opened, tmp_path):
    target = tmp_path / "out.csv"
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    tab = export_form(live_shell, target)
    tab.format.setFocus()
    tab.export()
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    assert "300 rows exported." in said(tab.message())
    assert live_shell.window.frame.status.said.text() == "", "it is said once, where it is seen"
    assert QApplication.focusWidget() is tab.format, "the keyboard is where it was"
    lines = target.read_text().splitlines()
    assert lines[:2] == ["id,status,amount", "1,open,0.25"] and len(lines) == 301
    settings = (tmp_path / "profile" / "settings.toml").read_text()
    assert '"format" = "csv"' in settings


def test_filter_and_order_go_along(live_shell, qtbot, opened, tmp_path):
    opened.source.set_filters([Filter("status", "=", "paid")])
    opened.source.set_order([Order("id", desc=True)])
    target = tmp_path / "out.csv"
    tab = export_form(live_shell, target)
    assert tab.what.currentText() == "Rows as filtered and sorted"
    tab.export()
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    lines = target.read_text().splitlines()
    assert lines[1] == "300,paid,75.0" and len(lines) == 101


def test_selected_cells_are_exported(live_shell, qtbot, opened, tmp_path):
    opened.grid.move_to(Spot(1, 0))
    opened.grid.move_to(Spot(3, 1), extend=True)
    target = tmp_path / "out.csv"
    tab = export_form(live_shell, target)
    tab.what.setCurrentIndex(tab.what.count() - 1)
    assert tab.what.currentText() == "Selected cells (3 rows)"
    tab.export()
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    assert target.read_text() == "id,status\n2,open\n3,paid\n4,open\n"


def test_the_statement_of_a_script_is_exported(live_shell, qtbot, opened, database, tmp_path):
    sql = "select status, count(*) as n from orders where id > :least group by status order by status"
    live_shell.window.bench.open(ScriptRef(str(database), "", sql=sql), keep=True)
    target = tmp_path / "out.csv"
    tab = export_form(live_shell, target)
    assert tab.what.currentText() == "Result" and tab.ref.sql.startswith("select status")
    tab.ref = ExportRef(str(database), sql=sql, params={"least": 297})
    tab.export()
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    assert target.read_text() == "status,n\nopen,2\npaid,1\n"


def test_a_loss_is_told_and_accepted(live_shell, qtbot, opened, database, tmp_path):
    with sqlite3.connect(database) as connection:
        connection.execute("update orders set status = cast(x'6fff' as text) where id = 7")
    connection.close()
    target = tmp_path / "out.csv"
    tab = export_form(live_shell, target)
    tab.export()
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    assert "cannot carry" in said(tab.message()) and not target.exists()
    tab.look()
    qtbot.waitUntil(lambda: "1× Its bytes" in said(tab.message() or Message("")), timeout=PATIENCE)
    tab.export_anyway()
    qtbot.waitUntil(target.exists, timeout=PATIENCE)
    assert "o\\xff" in target.read_text()


def test_an_existing_file_is_replaced_only_when_asked(live_shell, qtbot, opened, tmp_path):
    target = tmp_path / "out.csv"
    target.write_text("mine")
    tab = export_form(live_shell, target)
    tab.export()
    qtbot.waitUntil(lambda: tab.message() is not None, timeout=PATIENCE)
    assert "there already" in said(tab.message()) and target.read_text() == "mine"
    tab.replace.setChecked(True)
    tab.export()
    qtbot.waitUntil(lambda: target.read_text() != "mine", timeout=PATIENCE)


@pytest.mark.parametrize(
    ("whole", "on_error", "title", "then"),
    [
        ("one", "skip", "7 rows would go in, 2 would be left out.", ""),
        ("batches", "skip", "7 rows would go in, 2 would be left out.", ""),
        ("one", "stop", "7 rows are good, 2 are not.", "nothing would go in"),
        ("batches", "stop", "7 rows are good, 2 are not.", "the batches before that one stay"),
    ],
)
def test_a_dry_run_says_what_the_import_as_it_is_set_would_do(whole, on_error, title, then):
    told = would(7, 2, whole, on_error)
    assert told[0] == title and then in told[1] and bool(then) == bool(told[1])


def test_a_file_goes_into_the_table_in_front(live_shell, qtbot, opened, database, tmp_path):
    file = tmp_path / "more.csv"
    file.write_text("id;status\n1001;new\n1002;new\n1;twice\n")
    tab = import_form(live_shell, qtbot, file)
    qtbot.waitUntil(lambda: set(tab.form.mapping.choices) == {"id", "status"}, timeout=PATIENCE)
    tab.try_rows()
    qtbot.waitUntil(lambda: tab.form.message() is not None, timeout=PATIENCE)
    assert "2 rows are good, 1 is not." in said(tab.form.message())
    assert "nothing would go in: all rows or none" in said(tab.form.message())
    assert [(row.line, row.reason) for row in tab.bad] == [(4, "UNIQUE constraint failed: orders.id")]
    assert rows_of(database, "select count(*) from orders") == [(300,)]
    tab.form.errors.setCurrentText("Leave bad rows out")
    tab.load_rows()
    qtbot.waitUntil(lambda: "imported" in told(tab), timeout=PATIENCE)
    assert rows_of(database, "select id, status, amount from orders where id > 300 order by id") == [
        (1001, "new", None),
        (1002, "new", None),
    ]


def test_a_dropped_file_becomes_a_new_table(live_shell, qtbot, opened, database, tmp_path):
    file = tmp_path / "people list.csv"
    file.write_text("name,born,score\nDeniz,1990-02-03,1.5\nAda,,2.25\n")
    live_shell.launch(Launch(str(file)))
    tab = live_shell.window.bench.current()
    assert isinstance(tab, ImportTab)
    qtbot.waitUntil(lambda: tab.seen is not None and tab.form.run.isEnabled(), timeout=PATIENCE)
    assert tab.form.name.text() == "people_list" and "`score` REAL" in tab.form.ddl.sql()
    tab.form.name.setText("people")
    tab.form.name.editingFinished.emit()
    assert "CREATE TABLE `people`" in tab.form.ddl.sql()
    tab.load_rows()
    qtbot.waitUntil(lambda: tab.form.message() is not None, timeout=PATIENCE)
    assert "2 rows imported." in said(tab.form.message())
    assert rows_of(database, "select * from people") == [("Deniz", "1990-02-03", 1.5), ("Ada", None, 2.25)]


def whole(message: Message | None) -> bool:
    """Whether nothing of it is below the fold."""
    return message is not None and message.visibleRegion().boundingRect().height() == message.height() > 0


@pytest.fixture
def exported(live_shell, qtbot, opened, tmp_path):
    """The form of an export in a low window, whose answer was scrolled to."""
    with qtbot.waitExposed(live_shell.window):
        live_shell.window.show()
    live_shell.window.resize(1000, 460)
    out = export_form(live_shell, tmp_path / "out.csv")
    out.export()
    qtbot.waitUntil(lambda: whole(out.message()), timeout=PATIENCE)
    return out


def test_what_came_of_it_is_scrolled_to(live_shell, qtbot, exported, tmp_path):
    into = import_form(live_shell, qtbot, tmp_path / "out.csv")
    assert not whole(into.form.message())
    into.try_rows()
    qtbot.waitUntil(lambda: whole(into.form.message()), timeout=PATIENCE)


def test_a_moment_later_the_page_is_the_users_again(live_shell, qtbot, exported):
    out = exported
    reveal = out.findChild(Reveal)
    qtbot.waitUntil(lambda: not reveal.following(), timeout=PATIENCE)
    (area,) = out.findChildren(QScrollArea)
    area.verticalScrollBar().setValue(0)
    live_shell.window.resize(960, 420)
    qtbot.waitUntil(lambda: out.width() < 960, timeout=PATIENCE)
    message = out.message()
    message.setContentsMargins(0, 0, 0, 40)
    height = message.height()
    qtbot.waitUntil(lambda: message.height() != height, timeout=PATIENCE)
    for _ in range(3):
        QApplication.processEvents()
    assert area.verticalScrollBar().value() == 0
