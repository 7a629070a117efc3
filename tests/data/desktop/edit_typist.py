"""A window in a process of its own: types into one cell after the other until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.api.client import Address
from desktop.context import Launch
from desktop.data.table_tab import TableTab
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.shell.app import Shell
from desktop.shell.options import Options

NAME = 1


def type_on(folder: Path, port: int, token: str, database: str) -> None:
    """A number into the next row's name every few milliseconds; tells the last one."""
    shell = Shell(QApplication([]), Options(folder, folder / "workspace"))
    shell.server.start = lambda: None  # type: ignore[method-assign]
    shell.start()
    shell.client.connect_to(Address(port, token))
    shell.launch(Launch(database, "people"))
    tab = shell.window.bench.current()
    assert isinstance(tab, TableTab)
    count = 0

    def key() -> None:
        nonlocal count
        ready = tab.source.exact() and bool(tab.source.dialect())
        if not ready or isinstance(tab.source.cell(count, NAME), Missing):
            return
        tab.grid.move_to(Spot(count, NAME))
        count += 1
        text = f"n{count}"
        QTest.keyClicks(tab.grid, text[0])
        QTest.keyClicks(tab.grid.editor, text[1:])
        QTest.keyClick(tab.grid.editor, Qt.Key.Key_Return)
        print(count, flush=True)

    timer = QTimer(shell)
    timer.timeout.connect(key)
    timer.start(15)
    shell.app.exec()


if __name__ == "__main__":
    type_on(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4])
