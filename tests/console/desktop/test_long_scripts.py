"""Scripts of megabytes: what is done at each step of the cursor does not take them out of the editor."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor

from desktop.console import running

from .conftest import PATIENCE


def test_what_is_too_long_for_fields_is_not_taken_out_at_each_step(qtbot, tab, monkeypatch):
    monkeypatch.setattr(running, "LONGEST_STATEMENT", 30)
    tab.editor.setPlainText("select :a;\nselect :b, 'a statement of more than thirty letters'")
    taken: list[str] = []
    for name in ("selected_sql", "statement"):
        monkeypatch.setattr(tab.editor, name, lambda name=name: taken.append(name) or "select :c")
    cursor = tab.editor.textCursor()
    for first, last, expected in ((0, 0, ["statement"]), (30, 30, []), (0, 9, ["selected_sql"]), (0, 40, [])):
        cursor.setPosition(first)
        cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        tab.editor.setTextCursor(cursor)
        line = cursor.block().blockNumber()
        qtbot.waitUntil(lambda line=line: line in tab.editor.statement_lines(), timeout=PATIENCE)
        taken.clear()
        tab.running.follow_cursor()
        assert taken == expected, (first, last)
        assert tab.params.names() == (["c"] if expected else [])
