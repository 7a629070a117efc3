"""A whole window with its server in a process of its own: types and browses at random until it is killed.

``work FOLDER DATABASE SEED`` tells each thing it did on standard output; a file ``stop`` in FOLDER ends it in
order. ``tell FOLDER`` is the next start: it tells what came back.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.context import Launch
from desktop.data.table_tab import TableTab
from desktop.kit.rows import MISSING
from desktop.shell.app import Shell
from desktop.shell.options import Options
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.refs import TableRef
from embedded_server.wire.server import ServerInfo

TICK = 5  # milliseconds
BURST = 40  # ticks of typing, then as many of browsing


def say(*words: object) -> None:
    print(*words, flush=True)


class Busy(QObject):
    """One who writes numbers into a script and wanders through tables."""

    def __init__(self, shell: Shell, database: str, chance: random.Random) -> None:
        super().__init__(shell)
        self.shell, self.database, self.chance = shell, database, chance
        self.bench = shell.window.bench
        self.typed = self.ticks = 0
        self.waiting: Any = None
        shell.watch.answered.connect(self.answered)
        shell.verbs.run("console.new")
        self.script: Any = self.bench.current()
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.tick)
        self.timer.start(TICK)

    def answered(self, info: ServerInfo) -> None:
        say("server", info.pid)

    def tick(self) -> None:
        if (self.shell.options.profile / "stop").exists():
            self.end()
            return
        self.ticks += 1
        if self.ticks // BURST % 2 == 0:
            if self.bench.current() is not self.script:
                self.bench.open(self.script.ref)
            self.type()
        elif self.waiting is None or self.here():
            self.browse()

    def type(self) -> None:
        self.typed += 1
        QTest.keyClicks(self.script.editor, f"{self.typed} " + ("\r" if self.typed % 20 == 0 else ""))
        say("typed", self.typed)

    def here(self) -> bool:
        """Whether the table waited for shows rows; tells it once."""
        source = self.waiting.source
        there = bool(source.columns()) and source.cell(self.waiting.grid.visible()[0], 0) is not MISSING
        if there:
            say("rows", self.waiting.ref.table)
            self.waiting = None
        return there

    def browse(self) -> None:
        table = self.chance.choice(("customers", "orders", "lines"))
        tab = self.bench.open(TableRef(self.database, table), keep=True)
        assert isinstance(tab, TableTab)
        say("table", table)
        deed = self.chance.randrange(4)
        if deed == 0:
            tab.source.set_filters([Filter("id", "expr", f">{self.chance.randrange(900)}")])
        elif deed == 1:
            tab.source.set_order([Order("v", desc=self.chance.random() < 0.5)])
        else:
            tab.grid.scroll_to(self.chance.randrange(max(1, tab.grid.total_rows())))
        self.waiting = tab

    def end(self) -> None:
        """Tell the text and close in order."""
        self.timer.stop()
        say("text", json.dumps(self.script.editor.sql().split()))
        self.shell.window.close()
        self.shell.app.quit()


def work(folder: str, database: str, seed: str) -> None:
    """Until killed or stopped."""
    shell = Shell(QApplication([]), Options(Path(folder), Path(folder) / "workspace"))
    shell.start()
    shell.launch(Launch(database))
    busy = Busy(shell, database, random.Random(int(seed)))
    shell.app.exec()
    assert busy.typed


def tell(folder: str) -> None:
    """Without a server: what was kept must not need one."""
    shell = Shell(QApplication([]), Options(Path(folder), Path(folder) / "workspace"))
    shell.server.start = lambda: None  # type: ignore[method-assign]
    shell.start()
    slots = shell.window.bench.tab_set.slots
    script = next(index for index, slot in enumerate(slots) if slot.ref.kind == "script")
    shell.window.bench.tab_set.activate(script)
    tab: Any = shell.window.bench.current()
    say(json.dumps({"text": tab.editor.sql().split(), "tabs": [slot.title for slot in slots]}))


if __name__ == "__main__":
    {"work": work, "tell": tell}[sys.argv[1]](*sys.argv[2:])
