"""A frame of the grid with all it can show, against the same cells as bare text."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work

ROWS, COLUMNS = 40, 10
STEP = 173  # rows between two frames: each shows rows that the one before did not
FRAMES = 60


def _columns() -> list[Any]:
    """Ten columns as a real table has them: a key, foreign keys, numbers, times, texts with NULLs."""
    from tests.desktop.kit.sources import ORDERS  # noqa: PLC0415  # lazy: the platform is chosen first

    return [*ORDERS, ORDERS[1], ORDERS[3], ORDERS[5]]


def _cell(row: int, column: int) -> Any:
    from tests.desktop.kit.sources import order_cell  # noqa: PLC0415  # lazy: the platform is chosen first

    return order_cell(row, column if column < 7 else (1, 3, 5)[column - 7])


def _full_grid() -> Any:
    """Sized for 40 rows of 10 columns; filters, a sort, a selection and a hovered row are on."""
    from desktop.kit.grid.grid import Grid  # noqa: PLC0415  # lazy: the platform is chosen first
    from desktop.kit.grid.selection import Spot  # noqa: PLC0415  # lazy: see above
    from embedded_server.wire.data import Filter, Order  # noqa: PLC0415  # lazy: see above
    from tests.desktop.kit.sources import Formula  # noqa: PLC0415  # lazy: see above

    source = Formula(8_000, _columns(), _cell)
    source.order = [Order("amount", desc=True)]
    source.conditions = [Filter("status", "=", "open")]
    grid = Grid(source)
    grid.resize(1600, 1100)
    grid.show_filter_row(True)
    grid.show()
    source.arrived.emit(0, 200)
    width = (grid.viewport().width() - grid.gutter) // COLUMNS
    for place in range(COLUMNS):
        grid.set_column_width(place, width)
    rows_high = grid.height() - grid.viewport().height() + ROWS * grid.row_height
    grid.resize(grid.width(), rows_high)
    grid.selection.set(Spot(0, 1))
    grid.selection.extend(Spot(7_999, 3), 7_999)
    for first in range(0, 8_000, 128):  # every block is at hand: reading rows is not painting
        source.block(first)
    return grid


def _bare(texts: list[list[str]], size: Any, row_height: int) -> Any:
    from PySide6.QtGui import QPainter  # noqa: PLC0415  # lazy: the platform is chosen first
    from PySide6.QtWidgets import QAbstractScrollArea  # noqa: PLC0415  # lazy: see above

    from desktop.kit.theme import theme  # noqa: PLC0415  # lazy: see above

    class Bare(QAbstractScrollArea):
        top = 0

        def paintEvent(self, _: Any) -> None:
            painter = QPainter(self.viewport())
            painter.setFont(theme().mono_font())
            width = self.viewport().width() // COLUMNS
            for row in range(ROWS):
                y = (row + 1) * row_height - 6
                for column, text in enumerate(texts[self.top + row]):
                    painter.drawText(column * width + 6, y, text)

    view = Bare()
    view.resize(size)
    view.show()
    return view


def _frames(view: Any, move: Callable[[int], None]) -> Side:
    def side() -> Work:
        taken, cells = [], 0
        for frame in range(FRAMES):
            move(frame * STEP % 7_900)
            begin = time.perf_counter()
            view.viewport().repaint()
            taken.append((time.perf_counter() - begin) * 1000)
            cells += ROWS * COLUMNS
        taken.sort()
        figures = {"ms a frame": taken[FRAMES // 2], "p95 ms": taken[int(FRAMES * 0.95)]}
        return Work(cells, figures=figures)

    return side


def frame(setting: Setting) -> Iterator[Case]:
    """Selection, links, NULL marks, row numbers, header and filter boxes cost no more than the text."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415  # lazy: the platform is chosen first

    from desktop.kit.theme import theme  # noqa: PLC0415  # lazy: see above

    app = QApplication.instance() or QApplication(["bench"])
    assert isinstance(app, QApplication)
    theme().apply(app, "dark", 13)
    grid = _full_grid()
    first, last = grid.visible()
    assert last - first + 1 == ROWS and len(grid.columns) == COLUMNS, (first, last)
    texts = [[str(_cell(row, column)) for column in range(COLUMNS)] for row in range(8_000)]
    bare = _bare(texts, grid.viewport().size(), grid.row_height)
    app.processEvents()

    def move_bare(row: int) -> None:
        bare.top = row

    sides = {
        "bare text": _frames(bare, move_bare),
        "grid": _frames(grid, grid.scroll_to),
    }
    bars = [Bar("grid", "bare text", 2, what="ms a frame"), Bar("grid", what="p95 ms", limit=8)]
    yield Case(f"grid frame, {ROWS} x {COLUMNS} cells", sides, FRAMES * ROWS * COLUMNS, bars, rounds=9)
    for view in (grid, bare):
        view.deleteLater()


CASES: list[CaseMaker] = [frame]
