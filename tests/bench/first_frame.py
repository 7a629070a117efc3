"""A start in a process of its own that tells when its first frame stands, for `bench_start`.

``bare``: an empty window. ``ours PROFILE``: the real one, by main.py's own way in; it prints what the frame
holds and the server's process id. ``prepare PROFILE FILE TABLE``: leaves a session with an open table.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def bare() -> None:
    """Nothing but a window."""
    from PySide6.QtCore import QTimer  # noqa: PLC0415  # lazy: the start itself is measured
    from PySide6.QtWidgets import QApplication, QWidget  # noqa: PLC0415  # lazy: see above

    class Bare(QWidget):
        def paintEvent(self, _: Any) -> None:
            QTimer.singleShot(0, painted)

    def painted() -> None:
        print("frame", flush=True)
        os._exit(0)

    app = QApplication(sys.argv[:1])
    window = Bare()
    window.resize(1440, 900)
    window.show()
    app.exec()


def ours(profile: str) -> None:
    """The window with what it restores."""
    from desktop.bootstrap import ensure  # noqa: PLC0415  # lazy: as main.py does it

    ensure(ROOT, dev=False, gui=True, argv=sys.argv)
    import_module("desktop.quick_start")  # before anything of Qt, as in the real start
    from PySide6.QtCore import QEvent, QObject, QTimer  # noqa: PLC0415  # lazy: the start itself is measured

    from desktop.shell import app as module  # noqa: PLC0415  # lazy: see above

    class Watched(module.Shell):
        def start(self) -> None:
            self.window.installEventFilter(self)
            super().start()

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                self.window.removeEventFilter(self)
                QTimer.singleShot(0, self.painted)
            return False

        def painted(self) -> None:
            print("frame", *holds(self), self.server.pid, flush=True)
            os._exit(0)

    module.Shell = Watched  # type: ignore[misc]
    module.main(["--profile", profile])


def holds(shell: Any) -> list[str]:
    """Which of the three parts stand in the frame."""
    from desktop.data.table_tab import TableTab  # noqa: PLC0415  # lazy: the start itself is measured
    from desktop.data.tree_pane import TreePane  # noqa: PLC0415  # lazy: see above

    tree, tab = shell.window.findChild(TreePane), shell.window.bench.current()
    parts = {
        "rail": shell.window.frame.rail.isVisible(),
        "tree": tree is not None and tree.isVisible(),
        "tab": isinstance(tab, TableTab) and tab.isVisible() and tab.grid.isVisible(),
    }
    return [name for name, there in parts.items() if there]


def prepare(profile: str, file: str, table: str) -> None:
    """Open a table, wait for its rows, end in order."""
    from PySide6.QtCore import QTimer  # noqa: PLC0415  # lazy: the other modes choose what they import

    from desktop.context import Launch  # noqa: PLC0415  # lazy: see above
    from desktop.shell.app import Shell, make_app  # noqa: PLC0415  # lazy: see above
    from desktop.shell.options import parse  # noqa: PLC0415  # lazy: see above

    app = make_app()
    shell = Shell(app, parse(["--profile", profile]))
    shell.start()
    shell.launch(Launch(file, table))
    tab: Any = shell.window.bench.current()

    def look() -> None:
        if tab.source.columns() and tab.structure is not None:
            shell.window.close()
            app.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(20)
    app.exec()


if __name__ == "__main__":
    {"bare": bare, "ours": ours, "prepare": prepare}[sys.argv[1]](*sys.argv[2:])
