"""A window that is given too much: a script of 450,000 lines, 2,000 columns, a server that dies."""

from __future__ import annotations

import time

import pytest
from PySide6.QtWidgets import QApplication

from desktop.console.tab import ScriptTab
from desktop.context import Launch
from desktop.kit.grid.selection import Spot

from .conftest import PATIENCE, new_tab, write

LINES = 450_000
LINE = "INSERT INTO t VALUES (1, 'abc', NULL);\n"


@pytest.mark.slow
@pytest.mark.timing
def test_a_script_of_450_000_lines_is_opened_and_typed_into(live_shell, qtbot, tab, tmp_path):
    path = tmp_path / "huge.sql"
    path.write_text("SELECT 'first';\n" + LINE * LINES, encoding="utf-8")
    live_shell.window.show()
    live_shell.launch(Launch(str(path)))
    opened = live_shell.window.bench.current()
    assert isinstance(opened, ScriptTab) and opened.editor.document().blockCount() > LINES
    begin = time.perf_counter()
    assert opened.editor.statement() == "SELECT 'first'", "the first statement needs no whole index"
    first = time.perf_counter() - begin
    assert not opened.editor.index.complete(), "and is there before everything is read"
    keys = [press(qtbot, opened, letter) for letter in "select a, b from t where x = 1 "]
    keys.sort()
    print(f"first {first * 1000:.1f} ms, usual key {keys[len(keys) // 2] * 1000:.1f} ms")
    # A busy machine is many times slower than the one these are measured on by the bench.
    assert first < 0.5 and keys[len(keys) // 2] < 0.2
    opened.editor.setPlainText("")
    opened.journal.flush()


def press(qtbot, tab: ScriptTab, letter: str) -> float:
    """A key until it is painted, seconds."""
    begin = time.perf_counter()
    qtbot.keyClicks(tab.editor, letter)
    QApplication.processEvents()
    return time.perf_counter() - begin


def test_two_thousand_columns_are_shown_and_reached(live_shell, qtbot, tab):
    live_shell.window.show()
    write(tab, "SELECT " + ", ".join(f"{n} AS c{n}" for n in range(2000)))
    tab.running.script()
    qtbot.waitUntil(lambda: tab.results.source() is not None, timeout=PATIENCE)
    grid = tab.results.grid()
    assert grid is not None and len(tab.results.source().columns()) == 2000
    grid.move_to(Spot(0, 1999))
    begin = time.perf_counter()
    grid.grab()
    assert time.perf_counter() - begin < 5.0
    assert tab.results.source().cell(0, 1999) == 1999


def test_the_chip_says_that_the_server_died(live_shell, qtbot, private_postgres):
    """Nobody runs anything: it is noticed by itself, and what did not take effect is told."""
    server = private_postgres()
    live_shell.window.show()
    live_shell.window.bench.use_connection(server.url())
    tab = new_tab(live_shell)
    write(tab, "CREATE TABLE kept (id int); CHECKPOINT")
    tab.running.script()
    qtbot.waitUntil(lambda: len(tab.results.messages.lines()) == 2, timeout=PATIENCE)
    tab.set_manual(True)
    write(tab, "INSERT INTO kept VALUES (1)")
    tab.running.script()
    qtbot.waitUntil(lambda: tab.transaction().startswith("TXN 1 stmt "), timeout=PATIENCE)
    chip = live_shell.window.frame.status.transaction
    assert chip._token == "warn", "amber while it is open and idle"
    server.stop()
    qtbot.waitUntil(lambda: tab.transaction() == "TXN lost", timeout=PATIENCE)
    assert chip.text() == "TXN lost" and chip._token == "error"
    trouble = tab.results.trouble()
    assert trouble is not None and "rolled the transaction back" in trouble.title.text()
    assert tab.running.runs.transaction.sql == ["INSERT INTO kept VALUES (1)"]
    assert "1 statement of it did not take effect" in trouble.problem.detail
    assert live_shell.verbs.get("console.commit").when() == "No transaction is open"
    tab.running.runs.close()
