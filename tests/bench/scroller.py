"""A whole window on a table, scrolled at random for some seconds; tells how much memory that takes."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import psutil
from PySide6.QtCore import QTimer

from desktop.context import Launch
from desktop.kit.rows import MISSING
from desktop.shell.app import Shell, make_app
from desktop.shell.options import parse

PAUSE = 25  # milliseconds between two looks


def megabytes(*pids: int) -> float:
    return sum(psutil.Process(pid).memory_info().rss for pid in pids if pid) / 1024 / 1024


class Scroller:
    """Goes to the next place as soon as the rows of the last one are here."""

    def __init__(self, shell: Shell, tab: Any, seconds: float) -> None:
        self.shell, self.tab = shell, tab
        self.left = int(seconds * 1000 / PAUSE)
        self.places = 0
        self.start: float | None = None
        self.most = 0.0
        self.chance = random.Random(3)
        self.timer = QTimer(shell)
        self.timer.timeout.connect(self.look)
        self.timer.start(PAUSE)

    def here(self) -> bool:
        """Whether every row in view is at hand and the table counted."""
        source, grid = self.tab.source, self.tab.grid
        first, last = grid.visible()
        return bool(source.exact()) and all(
            source.cell(row, 0) is not MISSING for row in range(first, last + 1)
        )

    def look(self) -> None:
        if self.start is None:
            if self.here():
                self.start = self.memory()
            return
        self.left -= 1
        if self.left <= 0:
            self.tell()
        elif self.here():
            self.places += 1
            self.move()

    def move(self) -> None:
        """Now a jump anywhere, now some pages or pixels on."""
        grid = self.tab.grid
        if self.chance.random() < 0.3:
            grid.go_to_row(self.chance.randrange(grid.total_rows()))
        else:
            grid.scroll_pixels_by(self.chance.choice([-1, 1]) * self.chance.choice([60, 400, 4_000]))
        if self.places % 20 == 0:
            self.most = max(self.most, self.memory())

    def memory(self) -> float:
        return megabytes(psutil.Process().pid, self.shell.server.pid)

    def tell(self) -> None:
        self.timer.stop()
        assert self.start is not None
        end = self.memory()
        figures = {"MB grown": end - self.start, "MB both": max(self.most, end), "places": self.places}
        self.shell.window.close()
        print(json.dumps(figures), flush=True)
        self.shell.app.quit()


def main(folder: str, file: str, seconds: str) -> None:
    app = make_app()
    shell = Shell(app, parse(["--profile", folder]))
    shell.start()
    shell.launch(Launch(file, "orders"))
    scroller = Scroller(shell, shell.window.bench.current(), float(seconds))
    app.exec()
    assert scroller.start is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
