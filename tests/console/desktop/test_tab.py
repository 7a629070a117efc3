"""A script in a whole window on a real server: running, results, transactions, files, restoring, history."""

from __future__ import annotations

import sqlite3

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.console.pane import ConsolePane
from desktop.console.params_panel import value_of
from desktop.console.scripts import names_in_use
from desktop.console.tab import ScriptTab, folder
from desktop.context import Launch
from desktop.kit.rows import Missing
from desktop.kit.widgets import InlineProblem
from embedded_server.wire.connections import DELETE, LIST, SAVE, ConnectionRequest, Profile, SaveRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.refs import ScriptRef
from embedded_server.wire.server import JOBS
from embedded_server.wire.values import Truncated

from .conftest import PATIENCE, new_tab, write


def run(shell, qtbot, tab: ScriptTab, verb: str = "console.run") -> None:
    reason = shell.verbs.run(verb)
    assert reason == ""
    qtbot.waitUntil(lambda: not tab.running.runs.running(), timeout=PATIENCE)


def cells(tab: ScriptTab, row: int) -> list[object]:
    source = tab.results.source()
    return [source.cell(row, column) for column in range(len(source.columns()))]


def rows_of(path, sql="select count(*) from t") -> int:
    with sqlite3.connect(path) as connection:
        found = connection.execute(sql).fetchone()[0]
    connection.close()
    return found


def at_statement(shell, qtbot) -> str:
    """How far the server is with what runs."""
    asked = shell.client.call(JOBS, Nothing())
    qtbot.waitUntil(lambda: asked.settled, timeout=PATIENCE)
    return next((job.progress for job in asked.result().jobs if job.name == "console.run"), "")


def messages(tab: ScriptTab) -> list[str]:
    return [f"{line.text} [{line.detail.partition(' · ')[0]}]" for line in tab.results.messages.lines()]


# --- running -----------------------------------------------------------------------------------------


def test_ctrl_enter_runs_the_outlined_statement_alone(live_shell, qtbot, tab, database):
    write(tab, "select id, v from t where id < 4;\ndelete |from t where id = 1;\ndelete from t")
    assert tab.editor.statement() == "delete from t where id = 1"
    run(live_shell, qtbot, tab)
    assert rows_of(database) == 2499
    assert messages(tab) == ["delete from t where id = 1 [1 row deleted]"]


def test_rows_stand_in_the_grid_and_more_come_with_scrolling(live_shell, qtbot, tab):
    write(tab, "select id, v from t order by id")
    run(live_shell, qtbot, tab)
    source, grid = tab.results.source(), tab.results.grid()
    assert cells(tab, 0) == [1, "v1"] and source.row_count() == 1000 and source.more
    assert "first 1,000 rows" in tab.results.info.text()
    assert [column.kind for column in source.columns()] == ["number", "other"]
    grid.scroll_to(990)
    qtbot.waitUntil(lambda: source.row_count() == 2000, timeout=PATIENCE)
    assert cells(tab, 1999) == [2000, "v2000"] and source.more, "one page is fetched, not everything"
    grid.scroll_to(1990)
    qtbot.waitUntil(lambda: not source.more, timeout=PATIENCE)
    assert source.row_count() == 2500 and source.exact()
    assert tab.results.state_text() == "2,500 rows"


def test_the_row_limit_decides_how_much_comes_at_once(live_shell, qtbot, tab):
    tab.results.limit.setValue(50)
    write(tab, "select id from t")
    run(live_shell, qtbot, tab)
    assert tab.results.source().row_count() == 50


def test_the_rest_of_a_result_is_gone_with_the_next_run_and_it_says_so(live_shell, qtbot, tab):
    write(tab, "select id from t;select 1")
    run(live_shell, qtbot, tab, "console.run_all")
    first = tab.results.results.sources[0]
    assert first.row_count() == 1000 and first.more and not first.fetchable()
    assert "run again to see the rest" in tab.results.state_text()


def test_several_results_have_a_part_each(live_shell, qtbot, tab):
    write(tab, "select 1 as a; update t set v = 'x' where id < 3; select 2 as b, 3 as c")
    run(live_shell, qtbot, tab, "console.run_all")
    parts = [tab.results.parts.tabText(index) for index in range(tab.results.parts.count())]
    assert parts == ["Result 1 · 1", "Result 2 · 1", "Messages"]
    assert cells(tab, 0) == [1]
    tab.results.parts.setCurrentIndex(1)
    assert cells(tab, 0) == [2, 3]
    tab.results.parts.setCurrentIndex(2)
    assert messages(tab)[1] == "update t set v = 'x' where id < 3 [2 rows updated]"
    tab.results.parts.setCurrentIndex(0)
    assert live_shell.verbs.run("console.stack") == ""
    shown = [grid for grid in tab.results.results.grids() if grid.isVisible()]
    assert len(shown) == 2


def test_the_inspector_shows_the_whole_row(live_shell, qtbot, tab):
    write(tab, "select id, v, null as empty_one from t")
    run(live_shell, qtbot, tab)
    fields = {row.key: row.value for row in tab.results.panel.fields.rows()}
    assert fields == {"id": "1", "v": "v1", "empty_one": "NULL"}


def test_a_selection_runs_as_it_is(live_shell, qtbot, tab):
    write(tab, "select 1; select 2, 'two'")
    cursor = tab.editor.textCursor()
    cursor.setPosition(10)
    cursor.setPosition(18, QTextCursor.MoveMode.KeepAnchor)
    tab.editor.setTextCursor(cursor)
    run(live_shell, qtbot, tab)
    assert cells(tab, 0) == [2]


def test_without_a_statement_the_verb_says_why(live_shell, tab):
    assert live_shell.verbs.run("console.run") == "There is no statement at the cursor"
    assert live_shell.verbs.run("console.run_all") == "The script is empty"
    assert live_shell.verbs.run("console.stop") == "Nothing runs"
    assert live_shell.verbs.run("console.commit") == "No transaction is open"
    assert not tab.bar.run.isEnabled() and tab.bar.run.toolTip() == "There is no statement at the cursor"
    tab.use_connection("")
    write(tab, "select 1")
    assert live_shell.verbs.run("console.run") == "Choose a connection first"


# --- errors ------------------------------------------------------------------------------------------


def test_an_error_stands_in_its_place(live_shell, qtbot, tab):
    write(tab, "select 1;\n\nselect '😀',\n  nothing_here from t;|")
    run(live_shell, qtbot, tab, "console.run_all")
    trouble = tab.results.trouble()
    assert isinstance(trouble, InlineProblem) and "nothing_here" in trouble.title.text()
    assert "Line 4, column 3" in trouble.text.text()
    told = messages(tab)
    assert told[-1].endswith("[failed]") and not any("no such column" in line for line in told)
    place = tab.editor.document().findBlockByNumber(3).position() + 2
    assert "nothing_here" in tab.editor.error_at(place) and tab.editor.error_at(place - 2) == ""
    assert tab.editor.is_error_line(3)
    tab.results.messages.chosen.emit(1)
    assert tab.editor.textCursor().position() == place
    trouble.closed.emit()
    assert tab.results.trouble() is None and messages(tab)[-1] == "no such column: nothing_here [line 4]"


def test_of_several_errors_each_stands_below_its_statement(live_shell, qtbot, tab):
    assert live_shell.verbs.run("console.on_error") == ""
    write(tab, "select * from nowhere; select * from nobody")
    run(live_shell, qtbot, tab, "console.run_all")
    assert live_shell.verbs.run("console.on_error") == ""
    assert tab.results.trouble() is None
    assert [line for line in messages(tab) if "no such table" in line] == [
        "no such table: nowhere [line 1]",
        "no such table: nobody [line 1]",
    ]


def test_what_was_typed_meanwhile_stays(live_shell, qtbot, tab):
    write(tab, "select 1")
    live_shell.verbs.run("console.run")
    qtbot.keyClicks(tab.editor, "-- ")
    qtbot.waitUntil(lambda: not tab.running.runs.running(), timeout=PATIENCE)
    assert tab.editor.sql() == "-- select 1"


def test_a_script_can_go_on_after_errors(live_shell, qtbot, tab):
    assert live_shell.verbs.run("console.on_error") == ""
    write(tab, "select * from nowhere; select 5")
    run(live_shell, qtbot, tab, "console.run_all")
    assert cells_of_first(tab) == [5]
    assert live_shell.verbs.run("console.on_error") == ""
    run(live_shell, qtbot, tab, "console.run_all")
    assert messages(tab)[-1].startswith("1 statement was not run")


def cells_of_first(tab: ScriptTab) -> list[object]:
    tab.results.parts.setCurrentIndex(0)
    return cells(tab, 0)


def test_esc_stops_the_statement_and_what_ran_before_is_shown(live_shell, qtbot, tab):
    endless = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c"
    write(tab, f"select 7; {endless}; select 8")
    assert live_shell.verbs.run("console.run_all") == ""
    qtbot.waitUntil(lambda: "Running" in tab.results.info.text(), timeout=PATIENCE)
    qtbot.waitUntil(lambda: at_statement(live_shell, qtbot) == "statement 2 of 3", timeout=PATIENCE)
    QApplication.sendEvent(
        live_shell.window, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier)
    )
    qtbot.waitUntil(lambda: not tab.running.runs.running(), timeout=PATIENCE)
    assert [line.partition("[")[2] for line in messages(tab)] == ["1 row]", "cancelled]", "]"]
    assert messages(tab)[-1].startswith("1 statement was not run")
    write(tab, "select 9")
    run(live_shell, qtbot, tab)
    assert cells(tab, 0) == [9]


# --- parameters --------------------------------------------------------------------------------------


def test_placeholders_get_fields_and_values_are_remembered(live_shell, qtbot, tab):
    write(tab, "select |v from t where id = :id or v = :v;\nselect 1")
    qtbot.waitUntil(lambda: tab.params.names() == ["id", "v"], timeout=PATIENCE)
    assert tab.params.isVisible()
    tab.params.set_value("id", "3")
    tab.params.set_value("v", None)
    run(live_shell, qtbot, tab)
    assert cells(tab, 0) == ["v3"] and tab.results.source().row_count() == 1
    write(tab, "select 1|")
    qtbot.waitUntil(tab.params.isHidden, timeout=PATIENCE)
    write(tab, "select :id|")
    qtbot.waitUntil(lambda: tab.params.names() == ["id"], timeout=PATIENCE)
    assert tab.params.text("id") == "3"


def test_a_missing_value_is_asked_for(live_shell, qtbot, tab):
    write(tab, "select v from t where id = :id")
    run(live_shell, qtbot, tab)
    trouble = tab.results.trouble()
    assert isinstance(trouble, InlineProblem) and trouble.problem.code == "sql.params"
    assert ":id" in trouble.problem.detail
    qtbot.waitUntil(lambda: QApplication.focusWidget().objectName() == "value-id", timeout=PATIENCE)
    qtbot.keyClicks(QApplication.focusWidget(), "5")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.results.source() is not None, timeout=PATIENCE)
    assert cells(tab, 0) == ["v5"]


def test_a_script_that_asked_for_a_value_runs_as_a_whole(live_shell, qtbot, tab, database):
    """The cursor stands on a statement without parameters: its fields go while Enter is pressed in one."""
    write(tab, "delete from t where id = :id;\nselect count(*) from t;|")
    live_shell.verbs.run("console.run_all")
    qtbot.waitUntil(lambda: QApplication.focusWidget().objectName() == "value-id", timeout=PATIENCE)
    tab._settled()
    assert tab.params.names() == ["id"], "the fields stay while one is typed into"
    qtbot.keyClicks(QApplication.focusWidget(), "5")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.results.source() is not None, timeout=PATIENCE)
    assert cells(tab, 0) == [2499] and rows_of(database) == 2499
    field = tab.params.findChild(QLineEdit, "value-id")
    field.selectAll()
    qtbot.keyClicks(field, "6")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows_of(database) == 2498, timeout=PATIENCE)
    qtbot.waitUntil(lambda: not tab.running.runs.running(), timeout=PATIENCE)


def test_enter_in_a_field_runs_the_statement_at_the_cursor(live_shell, qtbot, tab):
    write(tab, "select :a as v;\nselect 7|")
    tab.running.show_placeholders("select :a")
    field = tab.params.findChild(QLineEdit, "value-a")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tab.results.source() is not None, timeout=PATIENCE)
    assert cells(tab, 0) == [7] and tab.params.names() == []


def test_a_script_keeps_its_name_to_itself_while_its_tab_is_not_made(live_shell, qtbot, tab):
    home = folder(live_shell.context)
    write(tab, "select 1")
    qtbot.waitUntil(lambda: names_in_use(home) == {tab.name}, timeout=PATIENCE)
    run(live_shell, qtbot, tab)
    (journal,) = home.glob("*.journal")
    qtbot.waitUntil(lambda: b'"about":{"ran"' in journal.read_bytes(), timeout=PATIENCE)
    assert names_in_use(home) == {tab.name}, "the last record tells only what ran"


def test_how_typed_values_are_sent():
    assert value_of("5", "sqlite") == 5 and value_of("5", "postgresql") == "5"
    assert value_of("'5'", "sqlite") == "5" and value_of("'it''s'", "sqlite") == "it's"
    assert value_of("1.5", "sqlite") == 1.5 and value_of("0.10", "sqlite") == "0.10"
    assert value_of("9223372036854775807", "mysql") == {"$int": "9223372036854775807"}
    assert value_of("abc", "duckdb") == "abc" and value_of("", "sqlite") == ""


# --- transactions ------------------------------------------------------------------------------------


def test_the_chip_follows_the_transaction(live_shell, qtbot, tab, database):
    assert tab.transaction() == "AUTO"
    tab.bar.mode.setCurrentIndex(1)
    assert tab.manual
    write(tab, "delete from t where id = 1")
    run(live_shell, qtbot, tab)
    run(live_shell, qtbot, tab)
    assert tab.transaction().startswith("TXN 2 stmts 00:0")
    assert live_shell.window.frame.status.transaction.text().startswith("TXN 2 stmts")
    assert rows_of(database) == 2500
    assert "open transaction with 2 statements" in tab.closing_question()
    assert tab.bar.commit.isEnabled()
    tab.use_connection("elsewhere")
    assert tab.connection() == str(database) and tab.results.trouble() is not None
    assert live_shell.verbs.run("console.commit") == ""
    qtbot.waitUntil(lambda: tab.transaction() == "AUTO", timeout=PATIENCE)
    assert rows_of(database) == 2499 and tab.closing_question() == ""
    assert not tab.bar.commit.isEnabled()


def test_rolling_back(live_shell, qtbot, tab, database):
    write(tab, "begin; delete from t where id > 0")
    run(live_shell, qtbot, tab, "console.run_all")
    assert tab.transaction().startswith("TXN 1 stmt ")
    assert live_shell.verbs.run("console.rollback") == ""
    qtbot.waitUntil(lambda: tab.transaction() == "AUTO", timeout=PATIENCE)
    assert rows_of(database) == 2500


def test_closing_the_tab_rolls_back(live_shell, qtbot, tab, database):
    tab.set_manual(True)
    write(tab, "delete from t where id > 0")
    run(live_shell, qtbot, tab)
    live_shell.window.bench.close(tab)
    # The session is closed on the server: another one may write at once.
    qtbot.waitUntil(lambda: _can_write(database), timeout=PATIENCE)
    assert rows_of(database) == 2500


def _can_write(database) -> bool:
    connection = sqlite3.connect(database, timeout=0)
    try:
        connection.execute("begin immediate")
        connection.rollback()
        return True
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()


def test_a_lost_server_marks_the_transaction_lost(live_shell, qtbot, tab):
    tab.set_manual(True)
    write(tab, "delete from t where id > 0")
    run(live_shell, qtbot, tab)
    live_shell.client.connect_to(None)
    assert tab.transaction() == "TXN lost"
    assert live_shell.verbs.run("console.commit") != ""
    trouble = tab.results.trouble()
    assert "rolled the transaction back" in trouble.title.text(), "what stands below it is not committed"
    assert trouble.problem.detail == "1 statement of it did not take effect:\ndelete from t where id > 0"


def test_a_read_only_connection_says_how_to_allow_writing(live_shell, live_client, qtbot, tab, database):
    profile = Profile("guarded shop", f"sqlite:///{database}", "production", read_only=True)
    call(qtbot, live_client, SAVE, SaveRequest(profile))
    try:
        tab._profiles.load()
        qtbot.waitUntil(lambda: "guarded shop" in tab._profiles.names(), timeout=PATIENCE)
        tab.use_connection("postgresql://me@db.example/app")
        assert tab.editor.gutter.shown_class() == "shared" and tab.dialect() == "postgresql"
        tab.use_connection("guarded shop")
        assert tab.editor.gutter.shown_class() == "production"
        assert tab.bar.connections.currentText() == "guarded shop"
        write(tab, "delete from t where id > 0")
        run(live_shell, qtbot, tab)
        trouble = tab.results.trouble()
        assert isinstance(trouble, InlineProblem) and trouble.problem.code == "sql.read_only"
        assert trouble.problem.action.arguments == {"connection": "guarded shop"}
        assert rows_of(database) == 2500
    finally:
        call(qtbot, live_client, DELETE, ConnectionRequest("guarded shop"))


def call(qtbot, client, endpoint, request):
    reply = client.call(endpoint, request)
    qtbot.waitUntil(lambda: reply.settled, timeout=PATIENCE)
    return reply.result()


def test_connections_listed_are_the_saved_ones(live_client, qtbot, database):
    """The server is shared: other tests' connections do not count."""

    def names() -> set[str]:
        return {profile.name for profile in call(qtbot, live_client, LIST, Nothing()).connections}

    before = names()
    call(qtbot, live_client, SAVE, SaveRequest(Profile("listed shop", f"sqlite:///{database}", "local")))
    assert names() - before == {"listed shop"}
    call(qtbot, live_client, DELETE, ConnectionRequest("listed shop"))
    assert names() == before


# --- text --------------------------------------------------------------------------------------------


def test_formatting_is_one_undo_step(live_shell, qtbot, tab):
    write(tab, "select a,b from t where x=1")
    assert live_shell.verbs.run("console.format") == ""
    qtbot.waitUntil(lambda: "\n" in tab.editor.sql(), timeout=PATIENCE)
    assert tab.editor.sql().split() == ["SELECT", "a,", "b", "FROM", "t", "WHERE", "x=1"]
    tab.editor.undo()
    assert tab.editor.sql() == "select a,b from t where x=1"


def test_keys_belong_to_the_editor_while_it_is_typed_into(live_shell, qtbot, tab):
    write(tab, "select 1")
    tab.editor.setFocus()
    assert live_shell.verbs.run_key("Ctrl+F") == ""
    assert tab.find_bar.isVisible()
    tab.find_bar.leave()
    assert live_shell.verbs.run_key("Ctrl+/") == ""
    assert tab.editor.sql() == "-- select 1"


def test_a_cut_value_is_told_to_be_cut(live_shell, qtbot, tab):
    write(tab, "select hex(zeroblob(100000)) as big")
    run(live_shell, qtbot, tab)
    cell = tab.results.source().cell(0, 0)
    assert isinstance(cell, Truncated) and cell.size == 200_000 and len(cell.prefix) == 64 * 1024


# --- files -------------------------------------------------------------------------------------------


def test_a_script_from_a_file_is_saved_to_it(live_shell, qtbot, tab, tmp_path):
    path = tmp_path / "report.sql"
    path.write_text("select 1;\n")
    live_shell.launch(Launch(str(path)))
    opened = live_shell.window.bench.current()
    assert isinstance(opened, ScriptTab) and opened.title() == "report.sql"
    assert opened.editor.sql() == "select 1;\n" and not opened.dirty()
    qtbot.keyClicks(opened.editor, "-- ")
    assert opened.dirty()
    assert live_shell.verbs.run("console.save") == ""
    assert path.read_text() == "-- select 1;\n" and not opened.dirty()
    live_shell.launch(Launch(str(path)))
    assert live_shell.window.bench.current() is opened, "a file is opened once"


def test_a_file_changed_by_others_is_not_overwritten_unasked(live_shell, qtbot, tab, tmp_path):
    path = tmp_path / "shared.sql"
    path.write_text("select 1")
    live_shell.launch(Launch(str(path)))
    opened = live_shell.window.bench.current()
    qtbot.keyClicks(opened.editor, "mine ")
    path.write_text("select 2 -- theirs")
    live_shell.verbs.run("console.save")
    assert path.read_text() == "select 2 -- theirs"
    message = opened.results.trouble()
    assert message is not None and "Another program changed the file" in message.title.text()
    opened.file.overwrite()
    assert path.read_text() == "mine select 1"


# --- restoring ---------------------------------------------------------------------------------------


def test_a_script_comes_back_as_it_was_left(live_shell, qtbot, tab, database):
    write(tab, "select id from t where id < :most;\n" + "-- line\n" * 200 + "select |2")
    tab.set_manual(True)
    tab.results.limit.setValue(77)
    cursor = tab.editor.textCursor()
    cursor.setPosition(3)
    tab.editor.setTextCursor(cursor)
    qtbot.waitUntil(lambda: tab.params.names() == ["most"], timeout=PATIENCE)
    tab.params.set_value("most", "4")
    run(live_shell, qtbot, tab)
    cursor.setPosition(1000)
    tab.editor.setTextCursor(cursor)
    tab.editor.verticalScrollBar().setValue(80)
    name, top = tab.name, tab.editor.verticalScrollBar().value()
    text, state = tab.editor.sql(), tab.state()
    tab.journal.flush()
    again = ScriptTab(tab._context, tab._profiles, ScriptRef("", "fresh"), "SQL 99")
    qtbot.addWidget(again)
    again.resize(tab.size())
    again.restore(state)
    assert again.editor.sql() == text and again.name == name
    assert again.connection() == str(database) and again.manual
    assert again.editor.textCursor().position() == 1000
    assert again.results.limit.value() == 77 and again.params.state()["texts"] == {"most": "4"}
    assert again.running.last == ["select id from t where id < :most"]
    assert "Results of the last session are closed" in again.results._empty.title.text()
    assert top == 80 and again.editor.verticalScrollBar().value() in range(60, 101)
    again.running.again()
    qtbot.waitUntil(lambda: again.results.source() is not None, timeout=PATIENCE)
    assert again.results.source().row_count() == 3
    again.running.runs.close()
    again.journal.close()


def test_what_was_pinned_comes_back_with_its_statement(live_shell, qtbot, tab, database):
    write(tab, "select id from t where id < 4")
    run(live_shell, qtbot, tab)
    assert live_shell.verbs.run("console.pin") == ""
    write(tab, "select count(*) from t; select 5")
    run(live_shell, qtbot, tab)
    state = tab.state()
    tab.journal.flush()
    again = ScriptTab(tab._context, tab._profiles, ScriptRef("", "fresh2"), "SQL 99")
    qtbot.addWidget(again)
    again.restore(state)
    assert again.running.pins == [("Pinned 1", "select id from t where id < 4")]
    assert "Pinned 1: select id" in again.results._empty.text.text()
    again.remember()
    again.running.again()
    qtbot.waitUntil(lambda: len(again.results.results.sources) == 2, timeout=PATIENCE)
    assert again.results.results.pinned() == [("Pinned 1", "select id from t where id < 4")]
    assert [source.row_count() for source in again.results.results.sources] == [3, 1]
    assert again.running.last == ["select count(*) from t"] and not again.running.pins
    again.running.again()
    qtbot.waitUntil(lambda: not again.running.runs.running(), timeout=PATIENCE)
    assert len(again.results.results.sources) == 2, "the second time only what ran last"
    again.running.runs.close()
    again.journal.close()


def test_a_password_in_a_url_is_not_written_to_disk(live_shell, tab):
    tab.use_connection("postgresql://me:hunter2@db.example:5432/app")
    write(tab, "select 1")
    tab.journal.flush()
    raw = tab.journal.path.read_text()
    assert "hunter2" not in raw and "postgresql://me@db.example:5432/app" in raw


def test_a_reference_with_sql_opens_with_it(live_shell, qtbot, database):
    opened = live_shell.window.bench.open(ScriptRef(str(database), "", sql="select 42"))
    assert isinstance(opened, ScriptTab) and opened.editor.sql() == "select 42"
    assert opened.connection() == str(database)
    opened.journal.flush()
    assert opened.state()["document"] == opened.document_id


# --- the page ----------------------------------------------------------------------------------------


def test_history_is_listed_filtered_and_used(live_shell, qtbot, tab):
    pane = live_shell.window.findChild(ConsolePane)
    live_shell.window.bench.show_page("sql")
    write(tab, "select 'needle in the hay'; select * from nowhere_at_all")
    run(live_shell, qtbot, tab, "console.run_all")
    qtbot.waitUntil(
        lambda: pane.history.rowCount() >= 2 and "nowhere_at_all" in pane.history.entry(0).sql,
        timeout=PATIENCE,
    )
    qtbot.keyClicks(pane.filter, "needle status:ok")
    qtbot.waitUntil(lambda: pane.history.rowCount() == 1, timeout=PATIENCE)
    write(tab, "-- end|")
    tab.editor.moveCursor(QTextCursor.MoveOperation.End)
    place = pane.history_view.visualRect(pane.history.index(0, 0)).center()
    for act in (qtbot.mouseClick, qtbot.mouseDClick):
        act(pane.history_view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert tab.editor.sql() == "-- end\nselect 'needle in the hay';\n"
    pane.filter.setText("status:perhaps")
    qtbot.waitUntil(lambda: pane.history.problem is not None, timeout=PATIENCE)


def test_open_and_closed_scripts_are_listed(live_shell, qtbot, tab):
    pane = live_shell.window.findChild(ConsolePane)
    write(tab, "select 'kept'")
    tab.journal.flush()
    other = new_tab(live_shell)
    write(other, "-- other")
    live_shell.window.bench.show_page("sql")
    pane.parts.setCurrentIndex(1)
    live_shell.window.bench.close(tab)
    pane.reload()
    listed = [pane.scripts.entry(row) for row in range(pane.scripts.rowCount())]
    assert [(entry.open, entry.note) for entry in listed] == [(True, "-- other"), (False, "select 'kept'")]
    pane.open_script.emit(listed[1])
    reopened = live_shell.window.bench.current()
    assert isinstance(reopened, ScriptTab) and reopened.editor.sql() == "select 'kept'"
    other.running.runs.close()


def test_every_page_of_a_long_history_can_be_reached(live_shell, qtbot, tab):
    pane = live_shell.window.findChild(ConsolePane)
    write(tab, ";".join(f"select {number}, 'paged'" for number in range(230)))
    run(live_shell, qtbot, tab, "console.run_all")
    pane.history.load("paged")
    qtbot.waitUntil(lambda: pane.history.rowCount() == 100, timeout=PATIENCE)
    root = pane.history.index(-1, -1)
    while pane.history.rowCount() < 230:
        # The end of the run has the first page read once more.
        qtbot.waitUntil(lambda: pane.history.canFetchMore(root), timeout=PATIENCE)
        before = pane.history.rowCount()
        pane.history.fetchMore(root)
        qtbot.waitUntil(lambda seen=before: pane.history.rowCount() > seen, timeout=PATIENCE)
    assert pane.history.rowCount() == 230 and not pane.history.canFetchMore(root)


def test_nothing_is_missing_from_a_shown_result(live_shell, qtbot, tab):
    write(tab, "select id, v from t limit 5")
    run(live_shell, qtbot, tab)
    assert not any(isinstance(cell, Missing) for row in range(5) for cell in cells(tab, row))
    assert tab.results.source().block(5) is None
