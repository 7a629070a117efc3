"""A whole window with its server in a process of its own: types, edits rows, applies, and runs transactions,
all at once, until it is killed.

``FOLDER SHEET LEDGER SEED``: tells each thing it did on standard output; a file ``stop`` in FOLDER ends it in
order. Rows 2k and 2k+1 of the sheet always get the same number in one apply; a number stands in the ledger
twice, or not at all.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.context import Launch
from desktop.data.table_tab import TableTab
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.shell.app import Shell
from desktop.shell.options import Options
from embedded_server.wire.refs import ScriptRef, TableRef
from embedded_server.wire.server import ServerInfo

TICK = 5  # milliseconds
BURST = 30  # ticks of typing, then as many of editing
PAIRS = 10
PATIENCE = 5.0
BATCH = "insert into ledger values ({0}, 1); insert into ledger values ({0}, -1);"


def say(*words: object) -> None:
    print(*words, flush=True)


class Working(QObject):
    """One who does three things at once."""

    def __init__(self, shell: Shell, sheet: str, ledger: str, chance: random.Random) -> None:
        super().__init__(shell)
        self.shell, self.chance = shell, chance
        self.bench = shell.window.bench
        self.typed = self.ticks = self.edited = self.batch = 0
        self.applying = False
        self.applied_at = 0.0
        self.chip = ""
        shell.watch.answered.connect(self.answered)
        shell.client.online_changed.connect(self.online)
        self.script: Any = self.bench.open(ScriptRef(ledger, "typed"), keep=True)
        self.runner: Any = self.bench.open(ScriptRef(ledger, "runner"), keep=True)
        self.runner.set_manual(True)
        self.sheet = TableRef(sheet, "sheet")
        self.runs = self.runner.running.runs
        self.runs.finished.connect(self.ran)
        self.runs.failed.connect(self.failed)
        self.runs.ended.connect(self.ended)
        self.runs.changed.connect(self.changed)
        self.timer = QTimer(self)
        self.timer.timeout.connect(self.tick)
        self.timer.start(TICK)

    def answered(self, info: ServerInfo) -> None:
        say("server", info.pid)

    def online(self, online: bool) -> None:
        if not online:
            self.applying = False
            # Whoever was connected later hears of it later: what is shown is what stands when all have heard.
            QTimer.singleShot(0, self, self.offline)

    def offline(self) -> None:
        say("offline", self.runs.chip())

    def tick(self) -> None:
        if (self.shell.options.profile / "stop").exists():
            self.end()
            return
        self.ticks += 1
        if self.ticks % 10 == 0:
            self.run()
        if self.ticks // BURST % 2 == 0:
            self.bench.open(self.script.ref)
            self.type()
        else:
            self.edit()

    def type(self) -> None:
        self.typed += 1
        QTest.keyClicks(self.script.editor, f"{self.typed} " + ("\r" if self.typed % 20 == 0 else ""))
        say("typed", self.typed)

    # --- rows ----------------------------------------------------------------------------------------

    def edit(self) -> None:
        tab: Any = self.bench.open(self.sheet, keep=True)
        assert isinstance(tab, TableTab)
        staged = tab.editing.edits.staged
        if self.applying and not len(staged):
            self.applying = False
            say("applied", self.edited)
        # A server that died behind the commit leaves a conflict: theirs is what was to be written.
        self.applying = self.applying and time.monotonic() - self.applied_at < PATIENCE
        pair = self.chance.randrange(PAIRS)
        ready = tab.source.exact() and bool(tab.source.dialect()) and self.shell.client.online
        if self.applying or not ready or isinstance(tab.source.cell(2 * PAIRS - 1, 1), Missing):
            return
        self.edited += 1
        for row in (2 * pair, 2 * pair + 1):
            tab.grid.move_to(Spot(row, 1))
            text = str(self.edited)
            QTest.keyClicks(tab.grid, text[0])
            QTest.keyClicks(tab.grid.editor, text[1:])
            QTest.keyClick(tab.grid.editor, Qt.Key.Key_Return)
            say("edited", row + 1, self.edited)
        if self.chance.random() < 0.4 and len(staged):
            self.applying = self.shell.verbs.run("data.apply") == ""
            self.applied_at = time.monotonic()

    # --- transactions --------------------------------------------------------------------------------

    def run(self) -> None:
        if self.runner.running.why_not() or self.runs.transaction.open():
            return
        self.batch += 1
        self.runner.editor.setPlainText(BATCH.format(self.batch))
        self.runner.running.script()

    def ran(self, *_: object) -> None:
        if self.runs.transaction.open():
            self.runs.end_transaction("commit" if self.chance.random() < 0.8 else "rollback")

    def failed(self, _: object, problem: Any) -> None:
        say("failed", problem.code)

    def ended(self, problem: Any) -> None:
        say("refused" if problem is not None else "ended", self.batch)

    def changed(self) -> None:
        chip = self.runs.chip()
        if chip != self.chip:
            self.chip = chip
            say("chip", chip)

    def end(self) -> None:
        """Tell the text and close in order: an open transaction would ask first."""
        busy = self.runs.running() or self.runs.transaction.open()
        if busy or self.applying:
            say("waiting", busy, self.applying)
            if busy and not self.runs.running():
                self.runs.end_transaction("rollback")
            staged = self.bench.open(self.sheet).editing.edits.staged
            waits = time.monotonic() - self.applied_at < PATIENCE
            self.applying = self.applying and waits and bool(len(staged))
            return
        self.timer.stop()
        say("text", json.dumps(self.script.editor.sql().split()))
        # An apply that still waits for a busy machine would ask before the window closes.
        self.shell.stop()
        self.shell.app.exit(0)


def work(folder: str, sheet: str, ledger: str, seed: str) -> None:
    """Until killed or stopped."""
    shell = Shell(QApplication([]), Options(Path(folder), Path(folder) / "workspace"))
    shell.start()
    shell.launch(Launch(sheet))
    working = Working(shell, sheet, ledger, random.Random(int(seed)))
    shell.app.exec()
    assert working.typed


if __name__ == "__main__":
    work(*sys.argv[1:])
