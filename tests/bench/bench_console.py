"""The SQL page in a script of ten megabytes: typing until it is painted, and cutting it into statements."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import Any

from embedded_server.console.split import pieces
from embedded_server.wire.sql.dialect import dialect
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work

LINE = "INSERT INTO orders VALUES (1, 'abc', 12.50, NULL, now());\n"
LINES = 10_000_000 // len(LINE)
TYPED = "select a, b from t where x = 1 and y > 2 order by z "


def _typing(app: Any, editor: Any) -> Side:
    """Keys into the middle of the script, each until it is painted."""
    from PySide6.QtTest import QTest  # noqa: PLC0415  # lazy: the platform is chosen first

    def side() -> Work:
        taken = []
        for letter in TYPED:
            begin = time.perf_counter()
            QTest.keyClick(editor, letter)
            app.processEvents()
            taken.append((time.perf_counter() - begin) * 1000)
        taken.sort()
        return Work(len(TYPED), figures={"worst key ms": taken[-1], "usual key ms": taken[len(taken) // 2]})

    return side


def _ready(app: Any, editor: Any) -> Any:
    """In view, with the cursor in the middle of the script."""
    from PySide6.QtGui import QTextCursor  # noqa: PLC0415  # lazy: the platform is chosen first

    editor.setLineWrapMode(editor.LineWrapMode.NoWrap)
    editor.resize(900, 500)
    editor.show()
    editor.setFocus()
    editor.setPlainText(LINE * LINES)
    editor.setTextCursor(QTextCursor(editor.document().findBlockByNumber(LINES // 2)))
    editor.centerCursor()
    app.processEvents()
    return editor


def keystroke(setting: Setting) -> Iterator[Case]:
    """Colours, outline and statements against a bare text widget."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication, QPlainTextEdit  # noqa: PLC0415  # lazy: the platform first

    from desktop.kit.editor.editor import SqlEditor  # noqa: PLC0415  # lazy: see above

    app = QApplication.instance() or QApplication(["bench"])
    bare = _ready(app, QPlainTextEdit())
    ours = SqlEditor("SQL")
    ours.set_dialect("postgresql")
    _ready(app, ours)
    while not ours.index.complete():
        app.processEvents()
    sides = {"bare": _typing(app, bare), "backlight": _typing(app, ours)}
    limits = [
        Bar("backlight", what="usual key ms", limit=16.0),
        Bar("backlight", what="worst key ms", limit=50.0),
    ]
    yield Case("52 keys into 10 MB of SQL", sides, rows=len(TYPED), bars=limits)
    for editor in (bare, ours):
        editor.deleteLater()


def cutting(setting: Setting) -> Iterator[Case]:
    """All statements of the script, and the first hundred of them."""
    text = LINE * LINES

    def whole() -> Work:
        begin = time.perf_counter()
        found = pieces(text, dialect("postgresql"))
        return Work(sum(1 for _ in found), figures={"ms": (time.perf_counter() - begin) * 1000})

    def beginning() -> Work:
        begin = time.perf_counter()
        found = sum(1 for _ in pieces(LINE * 100, dialect("postgresql")))
        return Work(LINES if found == 100 else 0, figures={"ms": (time.perf_counter() - begin) * 1000})

    limits = [Bar("whole", what="ms", limit=3000.0), Bar("beginning", what="ms", limit=50.0)]
    yield Case(
        "statements of 10 MB of SQL", {"whole": whole, "beginning": beginning}, rows=LINES, bars=limits
    )


CASES: list[CaseMaker] = [keystroke, cutting]
