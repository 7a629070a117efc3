"""Signs that turn the direction of a line, in names and cells: shown everywhere, obeyed nowhere."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from PySide6.QtGui import QGuiApplication

from desktop.context import Launch
from desktop.kit.rows import Missing
from desktop.shell.text_recorder import record_texts
from embedded_server.wire.refs import TableRef

PATIENCE = 20_000
TURN = "\u202e"
TABLE, COLUMN, CELL = f"in{TURN}voice", f"co{TURN}di", f"paid {TURN}ton"


def test_they_are_escaped_wherever_a_name_or_cell_is_shown(live_shell, qtbot, tmp_path):
    path = tmp_path / "turned.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f'CREATE TABLE "{TABLE}" (id INTEGER PRIMARY KEY, "{COLUMN}" TEXT)')
        connection.execute(f'INSERT INTO "{TABLE}" VALUES (1, ?)', [CELL])
        connection.commit()
    window = live_shell.window
    with qtbot.waitExposed(window):
        window.show()
    live_shell.launch(Launch(str(path), TABLE))
    tab = window.bench.current()
    qtbot.waitUntil(
        lambda: tab.source.row_count() == 1 and not isinstance(tab.source.cell(0, 0), Missing),
        timeout=PATIENCE,
    )
    qtbot.waitUntil(lambda: bool(tab.panel.fields.rows()), timeout=PATIENCE)
    escaped = {text.replace(TURN, "\\u202e") for text in (TABLE, COLUMN)}
    shown = [one.text for one in record_texts(window)]
    assert not [text for text in shown if TURN in text]
    assert {text for text in escaped if any(text in one for one in shown)} == escaped
    assert sum(TABLE.replace(TURN, "\\u202e") in one for one in shown) >= 2, "in the tree and on the tab"
    assert TURN not in window.windowTitle()
    tab.grid.select_all()
    tab.grid.copier.copy()
    assert CELL in QGuiApplication.clipboard().text(), "what is copied is what is stored"
    tab.bar.parts.setCurrentIndex(1)
    assert not [one.text for one in record_texts(window) if TURN in one.text]
    window.bench.open(TableRef(str(path), f"no{TURN}thing"), keep=True)
    gone = window.bench.current()
    qtbot.waitUntil(lambda: any("no\\u202ething" in one.text for one in record_texts(gone)), timeout=PATIENCE)
    assert not [one.text for one in record_texts(gone) if TURN in one.text]
