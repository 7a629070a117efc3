"""Sums over the selection: exact, bounded, and honest about what they left out."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.kit.grid.aggregates import LIMIT, Aggregator
from desktop.kit.grid.summary import line
from desktop.kit.rows import MISSING
from embedded_server.wire.data import Column
from embedded_server.wire.values import Truncated
from tests.desktop.kit.hands import CTRL, KEY, SHIFT, Hands
from tests.desktop.kit.sources import Formula

decimals = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**18), max_value=10**18)


def summary(cells, numeric=True):
    aggregator = Aggregator()
    aggregator.take(cells, numeric)
    return aggregator.summary


@given(st.lists(st.integers(-(2**80), 2**80) | decimals.map(str), min_size=1))
def test_sum_and_average_of_exact_numbers_are_exact(cells):
    got = summary(cells)
    exact = [Fraction(cell) for cell in cells]
    assert not isinstance(got.sum, float) and Fraction(got.sum) == sum(exact)
    average, is_exact = got.average
    true = sum(exact) / len(exact)
    assert abs(Fraction(average) - true) <= Fraction(1, 10**12)
    assert is_exact == (Fraction(average) == true)
    assert Fraction(got.smallest) == min(exact) and Fraction(got.largest) == max(exact)
    assert got.distinct == len(set(exact))


@given(st.lists(st.floats(-1e100, 1e100), min_size=1))
def test_a_float_among_them_makes_the_sum_a_float_rounded_once(cells):
    got = summary(cells)
    assert isinstance(got.sum, float)
    assert got.sum == float(sum(map(Fraction, cells)))


def test_the_classic_traps():
    assert summary(["0.1"] * 10).sum == 1
    assert summary([2**63 - 1, 1]).sum == 2**63
    assert summary([1e16, 1.0, -1e16]).sum == 1.0
    assert summary(["1", "2"], numeric=False).sum is None
    assert str(summary(["NaN", "1"]).sum) == "NaN"
    assert str(summary([float("inf"), float("-inf")]).sum) == "nan"


def test_null_counts_apart_and_text_makes_no_sum():
    got = summary([None, "a", "b", "a", None])
    assert (got.cells, got.values, got.nulls, got.distinct, got.sum) == (5, 3, 2, 2, None)
    assert (got.smallest, got.largest) == ("a", "b")


def test_numbers_come_before_texts_in_a_mixed_column():
    got = summary([10, "x", 9, "1e", b"b"])
    assert (got.smallest, got.largest, got.sum) == (9, b"b", None)


def test_1_and_true_and_text_1_are_different_values():
    assert summary([1, True, "1"], numeric=False).distinct == 3
    assert summary([1, 1.0, "1"], numeric=True).distinct == 1


def test_cells_that_are_not_here_are_said():
    got = summary([1, MISSING, Truncated("x", 10), 2])
    assert (got.missing, got.sum) == (2, 3)
    assert line(got) == "4 cells · 2 distinct · sum 3 · avg 1.5 · min 1 · max 2 · 2 not loaded"


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ([1, 2, None], "3 cells · 1 NULL · 2 distinct · sum 3 · avg 1.5 · min 1 · max 2"),
        ([1, 1, 2], "3 cells · 2 distinct · sum 4 · avg ≈ 1.333333333333 · min 1 · max 2"),
        (["184.20", "0.80"], "2 cells · 2 distinct · sum 185.00 · avg 92.5 · min 0.80 · max 184.20"),
        ([None, None], "2 cells · 2 NULL · 0 distinct"),
        (["a\nb", "c" * 50], f"2 cells · 2 distinct · min a b · max {'c' * 39}…"),
    ],
)
def test_the_line(cells, text):
    assert line(summary(cells)) == text


def test_the_summary_follows_the_selection(make_grid, qtbot):
    columns = [Column("n", "int", "number"), Column("t", "text", "text")]
    grid = make_grid(Formula(500, columns, lambda row, column: row if column == 0 else f"t{row % 3}"))
    hands = Hands(grid)
    with qtbot.waitSignal(grid.summary.changed):
        hands.drag(hands.cell(0, 0), hands.cell(9, 0))
    assert grid.summary.text() == "10 cells · 10 distinct · sum 45 · avg 4.5 · min 0 · max 9"
    with qtbot.waitSignal(grid.summary.changed):
        hands.key(KEY.Key_A, CTRL)
    assert grid.summary.summary.cells == 1000 and grid.summary.summary.distinct == 503
    with qtbot.waitSignal(grid.summary.changed):
        hands.key(KEY.Key_Escape)
    assert grid.summary.text() == ""


def test_too_many_cells_are_not_all_looked_at_and_that_is_said(make_grid, qtbot):
    grid = make_grid(Formula(2**31, [Column("n", "int", "number")], lambda row, column: 1))
    with qtbot.waitSignal(grid.summary.changed):
        Hands(grid).key(KEY.Key_End, CTRL | SHIFT)
    assert grid.summary.summary.sum == LIMIT
    assert grid.summary.text().endswith(f"only the first {LIMIT:,} looked at")
    assert grid.summary.text().startswith(f"{2**31:,} cells")
    assert isinstance(grid.summary.summary.sum, int | Decimal)
