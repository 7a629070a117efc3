"""The first frame, and the way from connecting to a table's rows in a database with 30,000 tables."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil

from tests.bench import many
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.data import scratch
from tests.bench.many import TABLES, Many, name_of
from tests.runner.changes import ROOT

PARTS = ["rail", "tree", "tab"]
CHILD = [sys.executable, "-m", "tests.bench.first_frame"]


def _environment() -> dict[str, str]:
    return os.environ | {"QT_QPA_PLATFORM": "offscreen", "BACKLIGHT_NO_KEYRING": "1"}


def _frame(*words: str) -> Side:
    """From the start of a process until its first frame stands; its server is gone before the next one."""

    def side() -> Work:
        begin = time.perf_counter()
        process = subprocess.Popen([*CHILD, *words], cwd=ROOT, env=_environment(), stdout=subprocess.PIPE)
        assert process.stdout is not None
        _, *told = process.stdout.readline().decode().split()
        seconds = time.perf_counter() - begin
        process.wait()
        process.stdout.close()
        if not told:
            return Work(len(PARTS), seconds=seconds)
        if psutil.pid_exists(int(told[-1])):
            psutil.wait_procs([psutil.Process(int(told[-1]))], timeout=20)
        return Work(sum(part in told for part in PARTS), seconds=seconds)

    return side


def first_frame(setting: Setting) -> Iterator[Case]:
    """Rail, tree and the restored tab against a window with nothing in it."""
    path = str(setting.orders_sqlite(1_000_000))
    with scratch("profile") as profile:
        prepare = [*CHILD, "prepare", profile, path, "orders"]
        subprocess.run(prepare, cwd=ROOT, env=_environment(), check=True, timeout=60)
        sides = {"bare": _frame("bare"), "backlight": _frame("ours", profile)}
        bars = [Bar("backlight", "bare", 1.6)]
        yield Case("first frame with rail, tree and tab", sides, len(PARTS), bars, rounds=15)


# --- 30,000 tables ---------------------------------------------------------------------------------


@contextlib.contextmanager
def _window() -> Iterator[Any]:
    """A whole window with a server of its own that nothing is known to."""
    os.environ["QT_QPA_PLATFORM"], os.environ["BACKLIGHT_NO_KEYRING"] = "offscreen", "1"
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: the platform is chosen first

    from desktop.shell.app import Shell  # noqa: PLC0415  # lazy: see above
    from desktop.shell.options import parse  # noqa: PLC0415  # lazy: see above

    app = QApplication.instance() or QApplication(["bench"])
    assert isinstance(app, QApplication)
    with scratch("window") as profile:
        shell = Shell(app, parse(["--profile", profile]))
        shell.start()
        _wait(app, lambda: shell.client.online and shell.window.isActiveWindow())
        try:
            yield shell
        finally:
            shell.window.close()
            shell.window.deleteLater()
            shell.deleteLater()
            app.processEvents()


def _wait(app: Any, cause: Callable[[], object]) -> None:
    from PySide6.QtCore import QEventLoop, QTimer  # noqa: PLC0415  # lazy: the platform is chosen first

    tick = QTimer()
    tick.start(5)  # so that a cause without an event of its own is seen
    deadline = time.perf_counter() + 30
    while not cause():
        assert time.perf_counter() < deadline, "waited 30 s in vain"
        app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def _walk(shell: Any, url: str, table: str) -> None:
    """Connect, Ctrl+P, type the name, Enter, first rows."""
    from PySide6.QtCore import Qt  # noqa: PLC0415  # lazy: the platform is chosen first
    from PySide6.QtTest import QTest  # noqa: PLC0415  # lazy: see above

    from desktop.context import Launch  # noqa: PLC0415  # lazy: see above
    from desktop.data.table_tab import TableTab  # noqa: PLC0415  # lazy: see above
    from desktop.data.tree_pane import TreePane  # noqa: PLC0415  # lazy: see above
    from desktop.kit.rows import MISSING  # noqa: PLC0415  # lazy: see above

    shell.launch(Launch(url))
    tree = shell.window.findChild(TreePane)
    _wait(shell.app, lambda: tree.model.rowCount() >= TABLES)
    QTest.keyClick(shell.window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    palette = shell.window.palette_box
    _wait(shell.app, palette.isVisible)
    QTest.keyClicks(palette.field, table)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    tab: Any = shell.window.bench.current()
    assert isinstance(tab, TableTab) and tab.ref.table == table, tab
    _wait(shell.app, lambda: tab.source.columns() and tab.source.cell(0, 1) is not MISSING)
    assert tab.source.cell(0, 1) == "here"


def _reached(database: Many) -> Side:
    numbers = itertools.cycle(range(29 * 997, 0, -997))

    def side() -> Work:
        with _window() as shell:
            table = name_of(next(numbers))
            database.statements()
            begin = time.perf_counter()
            _walk(shell, database.url, table)
            seconds = time.perf_counter() - begin
            sent = database.statements()
        # What the tab asks next, now that there are rows, may be on its way already.
        rows = next(place for place, sql in enumerate(sent, 1) if re.search(rf"FROM \S*{table}\W", sql))
        return Work(1, seconds=seconds, figures={"statements": rows})

    return side


def many_tables(setting: Setting) -> Iterator[Case]:
    """An arbitrary one of 30,000 tables by its name."""
    with many.postgres() as in_postgres, many.mariadb() as in_mariadb:
        sides = {"postgresql": _reached(in_postgres), "mariadb": _reached(in_mariadb)}
        bars = [Bar(name, limit=1_000) for name in sides]
        bars += [Bar(name, what="statements", limit=4) for name in sides]
        yield Case("30,000 tables: connect, Ctrl+P, first rows", sides, 1, bars, rounds=5)


CASES: list[CaseMaker] = [first_frame, many_tables]
