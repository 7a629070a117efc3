"""Positions of the row view: whole rows and pixels, at any number of rows, against plain arithmetic."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider

from desktop.kit.grid.selection import Spot
from desktop.kit.row_view import BAR_MAXIMUM, RowView
from desktop.kit.theme import theme
from tests.desktop.kit.hands import CTRL, KEY, Hands
from tests.desktop.kit.sources import Formula

ENDLESS = [89_478_485, 89_478_486, 200_000_000, 2**31 - 1, 2**31, 2**31 + 5, 2**40]


class Ruler(RowView):
    """A row view that remembers what it was asked to paint."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.painted: list[tuple[int, int, int]] = []
        super().__init__()

    def total_rows(self):
        return self.rows

    def paint_rows(self, painter, first, last, y, area):
        self.painted.append((first, last, y))


@pytest.fixture
def ruler(qtbot):
    def make(rows: int, height: int = 500) -> Ruler:
        view = Ruler(rows)
        qtbot.addWidget(view)
        view.resize(400, height)
        with qtbot.waitExposed(view):
            view.show()
        return view

    return make


@pytest.mark.parametrize("rows", ENDLESS)
def test_the_last_row_stands_at_the_lower_edge(ruler, rows):
    view = ruler(rows)
    view.scroll_to(rows)
    assert view.visible()[1] == rows - 1
    assert view.row_y(rows - 1) + view.row_height == view.viewport().height()
    view.painted.clear()
    view.viewport().repaint()
    first, last, y = view.painted[-1]
    assert (last, y) == (rows - 1, view.row_y(first)) and first == view.top()
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() <= BAR_MAXIMUM


@pytest.mark.parametrize("rows", ENDLESS)
def test_the_bar_reaches_every_part_and_its_steps_are_rows(ruler, rows):
    view = ruler(rows)
    bar = view.verticalScrollBar()
    assert bar.maximum() == min(rows - view.viewport().height() // view.row_height, BAR_MAXIMUM)
    for share in (0.25, 0.5, 0.9):
        bar.setValue(int(bar.maximum() * share))
        assert view.top() == pytest.approx(rows * share, rel=1e-6)
    middle = view.top()
    bar.triggerAction(QAbstractSlider.SliderAction.SliderSingleStepAdd)
    assert view.top() == middle + 1
    bar.triggerAction(QAbstractSlider.SliderAction.SliderPageStepSub)
    assert view.top() == middle + 1 - view.page_rows()
    bar.triggerAction(QAbstractSlider.SliderAction.SliderToMaximum)
    assert view.visible()[1] == rows - 1
    bar.triggerAction(QAbstractSlider.SliderAction.SliderToMinimum)
    assert view.top() == 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rows", [0, 1, 20, 21, 5_000, 2**31 + 5])
def test_random_moves_end_where_arithmetic_says(ruler, rows, seed):
    """The model: one unbounded number of pixels, clipped to what there is."""
    view = ruler(rows)
    rng = random.Random(seed * 7919 + rows)
    height, tall = view.viewport().height(), view.row_height
    end = max(0, rows * tall - height)
    at = 0
    hands = Hands(view)  # type: ignore[arg-type]
    for _ in range(120):
        move = rng.randrange(4)
        if move == 0:
            row = rng.randrange(rows + 10)
            view.scroll_to(row)
            at = row * tall
        elif move == 1:
            pixels = rng.choice([-1, 1]) * rng.choice([1, 7, 23, 24, 600, 10**9])
            view.scroll_pixels_by(pixels)
            at += pixels
        elif move == 2:
            pixels = rng.randrange(-300, 300)
            hands.wheel(pixels=QPoint(0, -pixels))
            at += pixels
        elif rows:
            row = rng.randrange(rows)
            view.ensure_row(row)
            at = min(at, row * tall) if row * tall < at else max(at, (row + 1) * tall - height)
        at = max(0, min(at, end))
        assert (view.top(), view.offset()) == divmod(at, tall)
        first, last = view.visible()
        assert first == at // tall and last == min((at + height - 1) // tall, rows - 1)
        for row in {first, last} - {-1}:
            assert view.row_y(row) == row * tall - at
            if 0 <= row < rows:
                assert view.row_at(view.row_y(row)) == row


def test_small_moves_shift_the_picture_and_paint_only_the_new_rows(ruler, qtbot):
    view = ruler(10_000)
    view.viewport().repaint()
    view.painted.clear()
    view.scroll_pixels_by(3 * view.row_height)
    qtbot.waitUntil(lambda: bool(view.painted))
    rows = {row for first, last, _ in view.painted for row in range(first, last + 1)}
    assert rows and min(rows) >= view.visible()[1] - 4


def test_fewer_rows_pull_the_view_back(ruler):
    view = ruler(1_000)
    view.scroll_to(1_000)
    view.rows = 50
    view.rows_changed()
    assert view.visible()[1] == 49
    view.rows = 3
    view.rows_changed()
    assert (view.top(), view.offset(), view.visible()) == (0, 0, (0, 2))


def test_a_correction_keeps_the_picture(ruler):
    view = ruler(1_000)
    view.scroll_to(500, 7)
    view.shift(-120)
    assert (view.top(), view.offset()) == (380, 7)


def test_a_larger_font_keeps_the_row(ruler, qapp):
    view = ruler(1_000)
    view.scroll_to(500)
    theme().apply(qapp, "dark", 20)
    assert view.row_height > 24
    assert view.verticalScrollBar().maximum() >= 1_000 - view.viewport().height() // view.row_height


# --- the grid on endless tables --------------------------------------------------------------------


def number(row: int, column: int):
    return row * 7 + column if column else row


@pytest.mark.parametrize("rows", ENDLESS)
def test_the_grid_paints_the_right_rows_at_the_end_of_an_endless_table(make_grid, rows):
    grid = make_grid(Formula(rows, cell=number), width=1600)
    Hands(grid).key(KEY.Key_End, CTRL)
    assert grid.selection.current == Spot(rows - 1, 6)
    first = grid.top()
    small = make_grid(Formula(60, cell=lambda row, column: number(first + row, column)), width=1600)
    for place in range(7):
        small.set_column_width(place, grid.columns.width(place))
    small.selection.set(Spot(rows - 1 - first, 6))
    small.scroll_to(0, grid.offset())
    small.clearFocus()
    grid.clearFocus()
    height = min(grid.viewport().height(), small.viewport().height())
    cells = [
        view.viewport().grab(QRect(view.gutter, 0, view.edge_x(6) - view.gutter, height)).toImage()
        for view in (grid, small)
    ]
    assert cells[0] == cells[1]


@pytest.mark.parametrize("seed", range(3))
def test_random_scrolling_of_a_grid_shows_the_expected_rows(make_grid, seed):
    rng = random.Random(seed)
    rows = rng.choice([3_000, 2**31 + 77])
    source = Formula(rows, cell=number)
    grid = make_grid(source)
    hands = Hands(grid)
    for _ in range(60):
        move = rng.randrange(4)
        if move == 0:
            grid.go_to_row(rng.randrange(rows))
        elif move == 1:
            hands.wheel(QPoint(0, rng.choice([-120, 120, -33, 45])))
        elif move == 2:
            bar = grid.verticalScrollBar()
            bar.setValue(rng.randrange(bar.maximum() + 1))
        else:
            hands.key(rng.choice([KEY.Key_PageDown, KEY.Key_PageUp, KEY.Key_Down]))
        first, last = grid.visible()
        assert source.wishes[-1][:2] == (first, last)
        probe = rng.randrange(first, last + 1)
        at = QPoint(grid.edge_x(0) + 4, grid.row_y(probe) + 2)
        if 0 <= at.y() < grid.viewport().height():
            QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, pos=at)
            assert grid.selection.current == Spot(probe, 0)
            assert grid.cell_at(Spot(probe, 0)) == probe
