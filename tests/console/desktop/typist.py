"""A window in a process of its own: types into a new script until it is killed, or tells what came back."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.console.tab import ScriptTab
from desktop.shell.app import Shell
from desktop.shell.options import Options


def shell(folder: Path) -> Shell:
    """A window without a server: what is typed must not need one."""
    made = Shell(QApplication([]), Options(folder, folder / "workspace"))
    made.server.start = lambda: None  # type: ignore[method-assign]
    made.start()
    return made


def tab(made: Shell) -> ScriptTab:
    found = made.window.bench.current()
    assert isinstance(found, ScriptTab)
    return found


def type_on(made: Shell) -> None:
    """A number every few milliseconds, now and then a new line; tells the last one."""
    made.verbs.run("console.new")
    count = 0

    def key() -> None:
        nonlocal count
        count += 1
        QTest.keyClicks(tab(made).editor, f"{count} " + ("\r" if count % 20 == 0 else ""))
        print(count, flush=True)

    timer = QTimer(made)
    timer.timeout.connect(key)
    timer.start(4)
    made.app.exec()


def tell(made: Shell) -> None:
    """The text, the cursor and the title of what came back."""
    found = tab(made)
    print(found.editor.sql().split(), found.editor.spot().line, found.title(), sep="|")


if __name__ == "__main__":
    window = shell(Path(sys.argv[2]))
    {"type": type_on, "tell": tell}[sys.argv[1]](window)
