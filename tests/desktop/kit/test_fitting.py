"""Widths of the columns of a wide table: what is seen at once, the rest while the window lives on."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from desktop.kit.flow import Turns
from desktop.kit.grid import fitting
from desktop.kit.theme import theme
from embedded_server.wire.data import Column
from tests.desktop.beats import Beats
from tests.desktop.kit.sources import Formula

WIDE = 300


@pytest.fixture
def wide(make_grid, monkeypatch):
    """A grid whose columns hold texts of 1 to 12 letters, its turns as short as can be."""
    monkeypatch.setattr(Turns, "SECONDS", 0)
    columns = [Column(f"c{number}", "text", "text") for number in range(WIDE)]
    return lambda: make_grid(Formula(50, columns, lambda row, column: "x" * (column % 12 + 1)))


def fitted(grid, slack: int = fitting._SLACK) -> int:
    """How many columns are as wide as they need to be."""
    needs = [grid.fitting._natural(column) + theme().scaled(slack) for column in range(WIDE)]
    return sum(grid.columns.width(column) == needs[column] for column in range(WIDE))


def test_columns_of_a_wide_table_are_measured_in_turns(wide, qtbot):
    with Beats() as beats:
        grid = wide()
        assert fitting._AT_ONCE <= fitted(grid) < WIDE, "what is seen is fitted at once"
        beats.count = 0
        qtbot.waitUntil(lambda: fitted(grid) == WIDE, timeout=20_000)
    assert beats.count >= WIDE // fitting._AT_ONCE - 2


def test_a_width_that_was_chosen_meanwhile_stays(wide, qtbot):
    grid = wide()
    grid.set_column_width(WIDE - 1, 377)
    qtbot.waitUntil(lambda: fitted(grid) == WIDE - 1, timeout=20_000)
    assert grid.columns.width(WIDE - 1) == 377


def test_all_columns_are_fitted_on_demand_in_turns(wide, qtbot):
    grid = wide()
    grid.columns.set_widths(dict.fromkeys(range(WIDE), 222))
    with Beats() as beats, qtbot.waitSignals([grid.arranged] * 2, timeout=20_000):
        grid.fit_columns(range(WIDE))
        assert fitted(grid, 0) == fitting._AT_ONCE
    assert fitted(grid, 0) == WIDE and beats.count >= WIDE // fitting._AT_ONCE - 2


def test_other_columns_end_what_was_measured_of_those_before(wide, qtbot):
    grid = wide()
    others = [Column(f"other{number}", "text", "text") for number in range(WIDE)]
    grid.set_source(Formula(50, others, lambda row, column: ""))
    before = [grid.columns.width(place) for place in range(WIDE)]
    for _ in range(WIDE // fitting._AT_ONCE + 1):
        QApplication.processEvents()
    assert [grid.columns.width(place) for place in range(WIDE)] == before
