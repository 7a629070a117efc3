"""What is drawn of rows: guesses, points, bars, bins, ticks; nothing is drawn that is not there."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.charts.bins import edges_of
from desktop.charts.calendar import read_moment
from desktop.charts.hits import Mark, words
from desktop.charts.plot import Series
from desktop.charts.sampling import line, raster
from desktop.charts.spec import Spec, guess, load_spec, role_of, traits
from desktop.charts.ticks import MOST_TICKS, nice_step, ticks
from desktop.charts.view import whole
from embedded_server.wire.data import Column, ForeignTarget
from tests.charts.stepping import drawn

KEY = Column("id", "bigint", "number", key=1)
OWNER = Column("owner_id", "bigint", "number", references=ForeignTarget("owners", "id"))
STATE, AMOUNT = Column("state", "text", "text"), Column("amount", "numeric", "number")
AT, NOTE = Column("at", "timestamptz", "time"), Column("note", "text", "text")
CELLS = {
    "id": list(range(100)),
    "owner_id": [n * 31 % 97 for n in range(100)],
    "state": ["open", "paid"] * 50,
    "amount": [f"{n}.50" for n in range(100)],
    "at": [f"2026-01-{n % 28 + 1:02d} 10:00:00+00" for n in range(100)],
    "note": [f"note {n}" for n in range(100)],
}


def guessed(*columns: Column, preferred: tuple[str, ...] = ()) -> Spec | None:
    return guess(traits(columns, [CELLS[column.name] for column in columns]), preferred)


def test_the_guess_needs_no_wizard():
    assert guessed(KEY, OWNER, STATE, AMOUNT, AT) == Spec("line", "at", "amount")
    assert guessed(KEY, STATE, AMOUNT) == Spec("bar", "state", "amount")
    assert guessed(KEY, AMOUNT, NOTE) == Spec("line", "id", "amount")
    assert guessed(AMOUNT) == Spec("histogram", "amount") and guessed(STATE) == Spec("bar", "state")
    assert guessed(KEY, STATE) == Spec("bar", "state") and guessed(NOTE, AT) == Spec("histogram", "at")
    assert guessed(KEY, OWNER, STATE, AMOUNT, preferred=("amount",)) == Spec("histogram", "amount")
    assert guess([]) is None and guess(traits([Column("b", "bytea", "binary")], [[b"x"]])) is None


def test_columns_without_a_type_are_known_by_what_they_hold():
    bare = Column("c")
    assert role_of(bare, [1, 2.5]) == "number" and role_of(bare, ["1.5", "2"]) == "number"
    assert role_of(NOTE, ["2026-01-31", "2026-02-01 10:00"]) == "time"
    assert role_of(bare, [1, 2, "much", 4, 5, 6]) == "number" and role_of(bare, [1, "a", "b"]) == "category"
    assert role_of(NOTE, ["2026-01-31", "later"]) == "category" and role_of(bare, [b"x"]) == "none"
    rising, falling = [1, 2, 3, 4], [9, 8, 8, 1]
    numbers = [Column("a", "int", "number"), Column("b", "int", "number")]
    assert guess(traits(numbers, [rising, falling])) == Spec("line", "a", "b")
    assert guess(traits(numbers, [falling, rising])) == Spec("scatter", "a", "b")


def test_what_was_chosen_fits_the_columns_or_is_forgotten():
    spec = Spec("bar", "state", "amount")
    assert load_spec(spec.saved(), [STATE, AMOUNT]) == spec and load_spec(spec.saved(), [STATE]) is None
    for odd in (None, [], {"kind": "pie", "x": "state"}, {"kind": "bar", "x": ""}, {"kind": "bar"}):
        assert load_spec(odd, [STATE, AMOUNT]) is None


def test_rows_without_a_number_are_counted_by_reason_and_break_the_line():
    ys = [1, None, 3, math.nan, math.inf, "x", 7, "8"]
    plot = drawn(Spec("line", "x", "y"), {"x": list(range(8)), "y": ys})
    assert plot.notes == [
        "4 of 8 rows have no number in y (1 NULL, 1 NaN, 1 infinite, 1 text or other values)"
    ]
    (one,) = plot.series
    few = drawn(Spec("line", "x", "y"), {"x": [1, 2, 3], "y": [1, None, None]})
    assert few.notes == ["2 of 3 rows have no number in y (NULL)"]
    none = drawn(Spec("line", "x", "y"), {"x": [1, 2], "y": ["a", "b"]})
    assert none.notes == ["no row has a number in y (text or other values)"] and none.empty()
    assert one.ys.tolist() == [1, 3, 7, 8] and one.rows.tolist() == [0, 2, 6, 7]
    assert one.broken.tolist() == [False, True, True, False]
    assert plot.drawn == 4 and "4 rows, x from 0 to 7, y from 1 to 8, mean 4.75" in plot.summary


def test_points_stand_in_the_order_of_x_whatever_the_rows_order():
    plot = drawn(
        Spec("line", "at", "v"),
        {
            "at": ["2026-01-02 00:00:00+02", "2026-01-01 23:00:00+00", "0001-01-01 00:00:00+00"],
            "v": [1, 2, 3],
        },
        {"at": "time"},
    )
    assert plot.series[0].ys.tolist() == [3, 1, 2] and plot.x.title() == "at (UTC)"
    assert words(plot, Mark(0, 1)) == [("at", "2026-01-02 00:00:00+02"), ("v", "1"), ("row", "1")]


def test_the_cursor_says_every_digit():
    plot = drawn(Spec("scatter", "a", "b"), {"a": [9007199254740993], "b": ["1.10000000000000000001"]})
    assert words(plot, Mark(0, 0))[:2] == [("a", "9007199254740993"), ("b", "1.10000000000000000001")]


def test_too_many_groups_are_left_out_and_told():
    groups = [n % 12 for n in range(120)] + [0]
    plot = drawn(Spec("line", "x", "x", "g"), {"x": list(range(121)), "g": groups})
    assert len(plot.series) == 8 and plot.series[0].name == "0"
    assert plot.notes == ["4 smaller groups with 40 rows are not drawn"] and plot.drawn == 81


def test_bars_are_exact_sums_with_one_for_the_rest():
    states = [None, "", "a", "a"] + [f"s{n:02d}" for n in range(80)]
    amounts = ["5", "7", "0.10", "0.20"] + ["0.01"] * 79 + ["none"]
    plot = drawn(Spec("bar", "s", "v"), {"s": states, "v": amounts})
    assert plot.bars is not None
    assert plot.bars.names[:2] == ["empty text", "a"] and plot.bars.values[0][:2] == [7, "0.30"]
    assert len(plot.bars.names) == 60 and plot.bars.rest == 24 and "further values of s" in plot.notes[-1]
    assert "1 of 84 rows has no number in v" in plot.notes[0] and plot.drawn == 83
    assert math.isclose(sum(plot.bars.heights[0]), 5 + 7 + 0.3 + 0.79)
    assert words(plot, Mark(0, 1)) == [("s", "a"), ("sum of v", "0.30"), ("from", "2 rows")]


def test_bars_of_numbers_and_times_keep_their_order():
    plot = drawn(Spec("bar", "x"), {"x": [10, 9, 10, None, 2]}, {"x": "number"})
    assert plot.bars is not None and plot.bars.names == ["2", "9", "10", "NULL"]
    assert plot.bars.values == [[1, 1, 2, 1]] and plot.y.name == "rows"
    days = ["2026-01-31", "2025-12-01", "infinity"]
    plot = drawn(Spec("bar", "x"), {"x": days}, {"x": "time"})
    assert plot.bars is not None and plot.bars.names[:2] == ["2025-12-01", "2026-01-31"]


finite = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=80)
@given(st.lists(st.one_of(finite, st.integers(-1000, 1000).map(float)), min_size=1, max_size=60))
@example([1.7e308, -1.7e308])
@example([0.0, 5e-324])
@example([3.0] * 5)
def test_every_row_falls_into_one_bin(values):
    edges = edges_of(np.array(values))
    assert np.all(np.diff(edges) > 0) and edges[0] <= min(values) and edges[-1] >= max(values)
    plot = drawn(Spec("histogram", "v"), {"v": values})
    assert plot.bins is not None and plot.bins.counts.sum() == len(values) == plot.drawn
    view = whole(plot)
    assert view.right > view.left and view.high > view.low


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 1000), st.floats(-1e6, 1e6)), min_size=1, max_size=400),
    st.integers(2, 40),
)
def test_fewer_points_touch_the_same_pixels(points, columns):
    points.sort(key=lambda point: point[0])
    xs, ys = np.array([x for x, _ in points]), np.array([y for _, y in points])
    series = Series("", xs, ys, np.arange(len(xs)), np.zeros(len(xs), np.bool_))
    left, right = -1.0, 1001.0
    found_xs, found_ys, _ = line(series, left, right, columns)
    assert len(found_xs) <= max(4 * columns, len(points))
    whole_places = np.floor((xs - left) / (right - left) * columns)
    found_places = np.floor((found_xs - left) / (right - left) * columns)
    for place in set(whole_places.tolist()):
        here, there = ys[whole_places == place], found_ys[found_places == place]
        assert (here.min(), here.max()) == (there.min(), there.max())
        assert (here[0], here[-1]) == (there[0], there[-1]) or len(xs) <= 4 * columns


def test_a_long_line_keeps_its_lowest_and_highest_points():
    ys, xs = np.random.default_rng(7).normal(size=4096), np.arange(4096.0)
    found_xs, found_ys, _ = line(Series("", xs, ys, np.arange(4096), ys > 99), 0.0, 4096.0, 32)
    assert len(found_xs) == 4 * 32
    for place in range(32):
        here, there = ys[place * 128 : place * 128 + 128], found_ys[place * 4 : place * 4 + 4]
        assert there.tolist() == [here[0], here.min(), here.max(), here[-1]]


def test_whole_numbers_are_counted_by_whole_numbers():
    edges = edges_of(np.array([1.0, 2.0, 2.0, 3.0, 4.0]))
    assert edges.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_dots_cover_pixels_once_and_stay_inside():
    covered = raster(np.array([1.1, 1.2, 5.0, -1.0, 9.9]), np.array([2.0, 2.1, 0.0, 2.0, 3.9]), 10, 4, 2)
    rows, columns = np.nonzero(covered)
    assert set(zip(columns.tolist(), rows.tolist(), strict=True)) == {
        (0, 1), (1, 1), (0, 2), (1, 2), (4, 0), (5, 0), (8, 2), (9, 2), (8, 3), (9, 3),
    }  # fmt: skip
    assert raster(np.array([4.0]), np.array([4.0]), 9, 9, 5).sum() == 21, "round where there is room for it"
    assert raster(np.array([]), np.array([]), 3, 2, 2).sum() == 0


@settings(max_examples=80)
@given(finite, finite, st.integers(1, 20))
@example(0.0, 1e-300, 5)
@example(-1.7e308, 1.7e308, 5)
@example(1e15, 1e15 + 2, 6)
def test_ticks_are_round_few_and_inside(one, other, room):
    low, high = min(one, other), max(one, other)
    found = ticks("number", low, high, room)
    assert len(found) <= MOST_TICKS + 1
    assert all(
        low - abs(high - low) * 1e-6 <= tick.at <= high + abs(high - low) * 1e-6 for tick in found
    ) or (not math.isfinite(high - low))
    assert len({tick.text for tick in found}) == len(found)
    assert nice_step(math.inf) == 1.0 and nice_step(0.3) == 0.5


@pytest.mark.parametrize(
    ("low", "span", "expected"),
    [
        ("2026-11-23 10:00:00", timedelta(seconds=2), "10:00:01"),
        ("2026-11-23 10:00:00", timedelta(minutes=8), "10:02"),
        ("2026-11-23 20:00:00", timedelta(hours=10), "24 Nov"),
        ("2026-10-25 00:00:00", timedelta(days=30), "26 Oct"),
        ("2026-01-15 00:00:00", timedelta(days=300), "Mar 2026"),
        ("2019-06-01 00:00:00", timedelta(days=3000), "2020"),
        ("0001-01-01 00:00:00", timedelta(days=3_652_000), "2000"),
    ],
)  # fmt: skip
def test_moments_are_marked_as_people_write_them(low, span, expected):
    start = read_moment(low)
    assert start is not None
    found = [tick.text for tick in ticks("time", start.seconds, start.seconds + span.total_seconds(), 8)]
    assert expected in found and 2 <= len(found) <= 20, found


def test_a_million_years_have_ticks():
    assert ticks("time", -3e13, 3e13, 8) and ticks("time", 0.0, 1e-5, 8)
    assert datetime(2026, 1, 1).year == 2026
    assert ticks("time", math.nan, 1.0, 8) == [] and ticks("number", 1.0, 1.0, 8) == []
