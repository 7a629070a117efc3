"""Rows as charts see them: kept exactly, read as numbers and moments, summed without rounding."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from desktop.charts import pieces, readings
from desktop.charts.calendar import date_of, date_text, days_of, looks_like_moment, moment_text, read_moment
from desktop.charts.pieces import Held, Piece
from desktop.charts.readings import HUGE, INFINITE, NAN, NULL, UNREAD, Categories, moments, number_of, numbers
from desktop.charts.sums import Sums
from embedded_server.wire.values import BadText, Truncated

cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.binary(max_size=4),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda number: format(number, "f")),
    st.just(BadText(b"\xff")),
    st.just(Truncated("ab", 9)),
)
columns = st.one_of(
    st.lists(cells, max_size=30),
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=30),
    st.lists(st.one_of(st.none(), st.floats()), max_size=30),
    st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=30),
)


def same(one, other) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isnan(one) and math.isnan(other) or (one == other and str(one) == str(other))
    return type(one) is type(other) and one == other


@settings(max_examples=60)
@given(columns)
@example(["a\x1fb", None])
@example([2**63, 1])
@example([9007199254740993, None])
@example([-0.0, 0.0, math.nan, None])
@example(["", None, ""])
def test_cells_are_kept_as_they_come(column):
    assert all(same(got, cell) for got, cell in zip(Piece(column).cells(), column, strict=True))


def test_rows_are_found_across_slices(monkeypatch):
    monkeypatch.setattr(pieces, "SLICE", 4)
    found = Held()
    found.add(["n", "t"], [list(range(10)), [f"{n}.50" for n in range(10)]])
    found.add(["n", "t"], [[None], ["x"]])
    assert found.rows == 11 and [found.exact("t", row) for row in (0, 3, 4, 9, 10)] == [
        "0.50", "3.50", "4.50", "9.50", "x",
    ]  # fmt: skip
    found.cut(6)
    assert found.more and [found.exact("n", row) for row in range(6)] == list(range(6))
    with pytest.raises(IndexError):
        found.exact("n", 6)


# --- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (1, 1.0), (-0.0, -0.0), ("1.10", 1.1), ("-5e3", -5000.0), (" 7 ", 7.0), (None, NULL), (math.nan, NAN),
        ("NaN", NAN), (math.inf, INFINITE), ("-Infinity", INFINITE), ("1e400", HUGE), (10**400, HUGE),
        ("abc", UNREAD), ("", UNREAD), ("1_000", UNREAD), ("0x10", UNREAD), (True, UNREAD), (b"1", UNREAD),
        (BadText(b"1"), UNREAD), (Truncated("1", 9), UNREAD), ("1,5", UNREAD),
    ],
)  # fmt: skip
def test_a_number_or_the_reason_why_there_is_none(cell, number):
    assert number_of(cell) == number


@settings(max_examples=60)
@given(columns)
@example(["1.5", "2_0"])
@example(["1", "1e400", "NaN"])
def test_a_column_is_read_like_its_cells(column):
    reading = numbers(Piece(column))
    for value, cell in zip(reading.values.tolist(), column, strict=True):
        known = number_of(cell)
        assert math.isnan(value) if isinstance(known, str) else value == known
    expected = [known for cell in column if isinstance(known := number_of(cell), str)]
    assert dict(reading.odd) == {reason: expected.count(reason) for reason in set(expected)}


# --- moments ---------------------------------------------------------------------------------------

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@settings(max_examples=60)
@given(st.datetimes(timezones=st.one_of(st.none(), zones)), st.sampled_from(" T"))
@example(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), " ")
@example(datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-12))), " ")
def test_moments_in_every_zone(moment, between):
    found = read_moment(moment.isoformat(between))
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    assert found is not None and found.zoned == (moment.tzinfo is not None)
    assert found.seconds == pytest.approx((aware - EPOCH) / timedelta(seconds=1), abs=1e-4)


@given(st.integers(-400_000, 400_000).map(lambda n: n * 7))
def test_the_calendar_goes_both_ways_and_agrees_with_the_library(days):
    year, month, day = date_of(days)
    assert days_of(year, month, day) == days
    if 1 <= year <= 9999:
        assert date(year, month, day).toordinal() - date(1970, 1, 1).toordinal() == days


def test_what_the_library_has_no_word_for():
    assert read_moment("infinity").seconds == math.inf and read_moment("-infinity").seconds == -math.inf
    assert moment_text(read_moment("0044-03-15 12:00:00 BC").seconds) == "0044-03-15 12:00:00 BC"
    assert date_text(int(read_moment("10000-01-01").seconds // 86400)) == "10000-01-01"
    assert read_moment("24:00:00").seconds == 86400 and read_moment("-01:30:00").seconds == -5400
    assert read_moment("08:15:59.5+02").seconds == 8 * 3600 + 15 * 60 + 59.5 - 7200
    for text in ("0000-00-00", "0000-01-01", "soon", "", "2026-13-01", "12"):
        assert read_moment(text) is None, text
    assert (
        looks_like_moment("2026-11-23 08:15")
        and not looks_like_moment("2026-1123")
        and not looks_like_moment("20261123")
    )


def test_a_column_of_moments_says_what_it_took_for_what():
    column = [
        "2026-01-01",
        "2026-01-01 00:00:00+01",
        None,
        "infinity",
        "no",
        1_767_225_600,
        1_767_225_600_000,
        True,
    ]
    reading = moments(Piece(column))
    assert reading.odd == {NULL: 1, INFINITE: 1, UNREAD: 2}
    assert (reading.zoned, reading.bare, reading.unix) == (1, 1, 2)
    assert reading.values[0] == reading.values[5] == reading.values[6] == reading.values[1] + 3600


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.none(), st.datetimes(timezones=st.none())), max_size=8)
    | st.lists(st.one_of(st.none(), st.datetimes(timezones=zones)), max_size=8)
    | st.lists(st.one_of(st.datetimes(timezones=zones), st.datetimes()), max_size=8)
)
def test_moments_read_together_are_those_read_one_by_one(column):
    cells = [moment.isoformat(" ") if moment is not None else None for moment in column]
    reading = moments(Piece(cells))
    one_by_one = [read_moment(cell) if cell is not None else None for cell in cells]
    for value, known in zip(reading.values.tolist(), one_by_one, strict=True):
        assert math.isnan(value) if known is None else value == known.seconds
    assert reading.zoned == sum(known is not None and known.zoned for known in one_by_one)
    assert reading.zoned + reading.bare + reading.odd.total() == len(cells)
    assert set(reading.odd) <= {NULL}


# --- groups and sums -------------------------------------------------------------------------------


def test_what_looks_alike_is_not_the_same_group():
    categories = Categories()
    assert categories.take([1, 1.0, "1", True, None, "NULL", "", 1, None]) == [0, 1, 2, 3, 4, 5, 6, 0, 4]


numeric = st.one_of(
    st.none(),
    st.integers(-(10**20), 10**20),
    st.decimals(-(10**14), 10**14, places=4).map(lambda number: format(number, "f")),
    st.integers(-(10**6), 10**6).map(str),
    st.sampled_from(["x", "NaN", "1e3", "-", "1-2", "0.1234567890123456789"]),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), numeric), max_size=40), st.booleans())
@example([(0, "0.1")] * 10, False)
@example([(0, 2**62)] * 4, False)
@example([(1, "9007199254740993.1"), (1, "0.2")], True)
def test_sums_of_whole_numbers_and_decimals_are_exact(rows, texts_only):
    if texts_only:
        rows = [(place, cell) for place, cell in rows if isinstance(cell, str)]
    sums = Sums()
    sums.add(np.array([place for place, _ in rows], np.int64), Piece([cell for _, cell in rows]))
    for place in range(4):
        known = [cell for at, cell in rows if at == place and not isinstance(number_of(cell), str)]
        total = sums.total([place])
        assert Fraction(total) == sum(map(Fraction, known)), place
        assert isinstance(total, int | Decimal) and sums.counts[place] == len(known)
    assert sums.odd.total() + sum(sums.counts.values()) == len(rows)


def test_floats_are_rounded_once():
    sums = Sums()
    sums.add(np.zeros(3, np.int64), Piece([1e16, 1.0, -1e16]))
    assert sums.total([0]) == 1.0
    sums.add(np.zeros(2, np.int64), Piece([1e308, 1e308]))
    assert sums.total([0]) == math.inf
    assert readings.NAN not in sums.odd
