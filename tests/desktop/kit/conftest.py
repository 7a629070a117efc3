"""A grid on the screen (offscreen), with the fonts and colours it has in the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.kit.grid.grid import Grid
from desktop.kit.rows import RowSource
from desktop.kit.theme import theme
from tests.desktop.kit.sources import Formula

MakeGrid = Callable[..., Grid]


@pytest.fixture(autouse=True)
def dark(qapp: QApplication) -> Iterator[None]:
    """The dark theme at the default size, whatever an earlier test chose."""
    theme().apply(qapp, "dark", 13)
    yield
    theme().apply(qapp, "dark", 13)


@pytest.fixture
def make_grid(qtbot: QtBot) -> MakeGrid:
    """Makes a shown, focused grid of a source whose first rows have arrived."""

    def make(source: RowSource | None = None, width: int = 1000, height: int = 500) -> Grid:
        source = source or Formula(10_000)
        grid = Grid(source)
        qtbot.addWidget(grid)
        grid.resize(width, height)
        # A window of an earlier test that goes only now would take the focus with it.
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        QApplication.processEvents()
        with qtbot.waitActive(grid):
            grid.show()
            grid.activateWindow()
        grid.setFocus()
        source.arrived.emit(0, max(0, min(source.row_count(), 200) - 1))
        return grid

    return make


@pytest.fixture
def grid(make_grid: MakeGrid) -> Grid:
    """Ten thousand orders."""
    return make_grid()
