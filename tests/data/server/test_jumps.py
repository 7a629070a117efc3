"""Row number N: which way is taken, what it costs, and that the rows are the right ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.data import counts, ladder, planner
from embedded_server.data.ladder import Ladder, Rung
from embedded_server.data.planner import NEAR, Count, Jump, Span, guess, jump, uneven
from embedded_server.wire.data import COUNT, CountRequest, Filter

from .walking import cells

pytestmark = pytest.mark.engine("sqlite")

# --- pure decisions --------------------------------------------------------------------------------


def rung(row: int, *, age: float = 0.0) -> Rung:
    return Rung(row, (row,), time.monotonic() - age)


NOTHING = {"keyed": True, "below": None, "above": None, "count": None, "guessable": False}


@pytest.mark.parametrize(
    ("row", "facts", "wanted"),
    [
        (5, {}, Jump("start", 5)),
        (NEAR, {"guessable": True}, Jump("start", NEAR)),
        (NEAR + 1, {"guessable": True}, Jump("guess")),
        (NEAR + 1, {}, Jump("start", NEAR + 1)),
        (9_000_000, {"count": Count(10_000_000, True)}, Jump("end", 999_999)),
        (9_000_000, {"count": Count(10_000_000, False)}, Jump("start", 9_000_000)),
        (9_999_999, {"count": Count(10_000_000, True)}, Jump("end", 0)),
        (10_000_000, {"count": Count(10_000_000, True)}, Jump("last")),
        (10_000_000, {"count": Count(10_000_000, False)}, Jump("start", 10_000_000)),
        (90_000, {"keyed": False, "count": Count(100, True)}, Jump("start", 90_000)),
    ],
)
def test_the_way_without_known_rows(row, facts, wanted):
    assert jump(row, **NOTHING | facts) == wanted


def test_a_known_row_nearby_is_the_way():
    below, above = rung(50_000), rung(80_000)
    facts = NOTHING | {"below": below, "above": above, "guessable": True}
    assert jump(50_500, **facts) == Jump("below", 500, True, below)
    assert jump(79_500, **facts) == Jump("above", 499, True, above)
    assert jump(65_000, **facts) == Jump("guess")
    assert jump(67_000, **facts | {"guessable": False}) == Jump("above", 12_999, True, above)
    assert jump(64_000, **facts | {"guessable": False}) == Jump("below", 14_000, True, below)
    assert jump(52_000, **facts | {"below": rung(50_000, age=100)}).exact is False


@given(
    first=st.integers(-(2**62), 2**62),
    length=st.integers(1, 2**40),
    desc=st.booleans(),
    data=st.data(),
)
def test_a_guess_is_certain_exactly_without_gaps_and_always_within(first, length, desc, data):
    step = -1 if desc else 1
    span = Span(first, first + step * (length - 1))
    row = data.draw(st.integers(0, length - 1))
    assert guess(row, span, Count(length, True)) == (first + step * row, True)
    assert guess(row, span, None) == (first + step * row, False)
    rows = data.draw(st.integers(1, length))
    key, sure = guess(min(row, rows - 1), span, Count(rows, True))
    assert min(span) <= key <= max(span)
    assert sure == (rows == length)
    assert guess(0, span, Count(rows, False))[0] == first
    if rows > 1:
        assert guess(rows - 1, span, Count(rows, False))[0] == span.last


def test_uneven_keys_are_noticed():
    span = Span(1, 1_000_000)
    assert not uneven(500, 600, 101, span, Count(1_000_000, True))
    assert not uneven(500, 1500, 101, span, Count(100_000, True))
    assert uneven(500, 600, 101, span, Count(100_000, True))
    assert uneven(1, 900_000, 3, span, Count(1_000_000, True))
    assert not uneven(5, 5, 1, span, None)


@settings(max_examples=100)
@given(rows=st.lists(st.integers(0, 60_000), max_size=40), wanted=st.integers(0, 60_000))
def test_the_ladder_gives_the_nearest_rungs_and_keeps_them_apart(rows, wanted):
    known = Ladder()
    for row in rows:
        known.add(row, [row])
    below, above = known.around(wanted)
    assert below is None or below.row <= wanted
    assert above is None or above.row > wanted
    kept = []
    for row in rows:
        if all(abs(row - other) >= ladder.STEP for other in kept):
            kept.append(row)
    assert len(known) == len(kept)
    assert (below.row if below else None) == max((r for r in kept if r <= wanted), default=None)
    assert (above.row if above else None) == min((r for r in kept if r > wanted), default=None)


def test_the_ladder_stays_small(monkeypatch):
    monkeypatch.setattr(ladder, "_MOST_RUNGS", 8)
    known = Ladder()
    for row in range(0, 100_000, 1000):
        known.add(row, [row])
    assert len(known) <= 8
    assert known.around(0)[0].row == 0


# --- on a real table -------------------------------------------------------------------------------

SIZE = 40_000


def numbered(sqlite_file, keys) -> str:
    script = "create table t(id integer primary key, n int, word text)"
    rows = ((key, number, f"w{number % 7}") for number, key in enumerate(keys))
    return sqlite_file(script, rows, "insert into t values(?, ?, ?)")


@pytest.fixture(scope="module")
def dense(sqlite_file) -> str:
    return numbered(sqlite_file, range(1000, 1000 + SIZE))


@pytest.fixture(scope="module")
def sparse(sqlite_file) -> str:
    return numbered(sqlite_file, [number * 10 + number % 7 for number in range(SIZE)])


@pytest.fixture(scope="module")
def lumpy(sqlite_file) -> str:
    return numbered(sqlite_file, [*range(SIZE // 2), *range(10**9, 10**9 + SIZE // 2)])


@pytest.fixture
def fresh(house, dense, sparse, lumpy):
    for url in (dense, sparse, lumpy):
        house.services.disconnect(url)
        house.page(url, "t", limit=1)
    house.forget()


def test_without_gaps_a_guess_is_proven_by_the_count(house, dense, fresh):
    guessed = house.page(dense, "t", row=30_000, limit=50)
    assert (cells(guessed, "n")[0], guessed.row, guessed.row_exact) == (30_000, 30_000, False)
    assert guessed.access == "interpolated"
    assert house.call(COUNT, CountRequest(connection=dense, table="t")).count == SIZE
    house.forget()
    page = house.page(dense, "t", row=25_000, limit=50)
    assert (cells(page, "n")[0], page.row, page.row_exact, page.access) == (25_000, 25_000, True, "keyset")
    assert len(house.asked) == 1
    upside = house.page(dense, "t", row=25_000, limit=50, order_by=["-id"])
    assert (cells(upside, "n")[0], upside.row_exact) == (SIZE - 1 - 25_000, True)


def test_even_gaps_are_guessed_closely(house, sparse, fresh):
    house.call(COUNT, CountRequest(connection=sparse, table="t"))
    house.forget()
    page = house.page(sparse, "t", row=20_000, limit=50)
    assert (page.row, page.row_exact, page.access) == (20_000, False, "interpolated")
    assert abs(cells(page, "n")[0] - 20_000) < 10
    assert len(house.asked) == 2  # first and last key, then the page
    more = house.page(sparse, "t", limit=50, after=page.next)
    assert (more.row, more.row_exact) == (20_050, False)
    assert cells(more, "n")[0] == cells(page, "n")[-1] + 1


def test_uneven_gaps_are_counted_off(house, lumpy, fresh):
    house.call(COUNT, CountRequest(connection=lumpy, table="t"))
    for row in (15_000, 25_000, 39_000):
        page = house.page(lumpy, "t", row=row, limit=50)
        assert (cells(page, "n")[0], page.row, page.row_exact) == (row, row, True)


def test_the_end_of_a_guessed_walk_finds_its_number_again(house, sparse, fresh):
    house.call(COUNT, CountRequest(connection=sparse, table="t"))
    page = house.page(sparse, "t", row=20_000, limit=9_000)
    assert not page.row_exact
    while page.next:
        page = house.page(sparse, "t", limit=9_000, after=page.next)
    assert (page.row, page.row_exact) == (SIZE - len(page.rows), True)


@pytest.mark.parametrize(("order", "number"), [([], 30_000), (["word"], None), (["-n"], SIZE - 1 - 30_000)])
def test_other_orders_are_counted_off_by_key_and_remembered(house, dense, fresh, order, number):
    options = {"limit": 20, "order_by": order, "filters": [Filter("n", ">=", 0)]}
    first = house.page(dense, "t", row=30_000, **options)
    assert (first.row, first.row_exact) == (30_000, True)
    if number is not None:
        assert cells(first, "n")[0] == number
    assert len(house.asked) == 2  # the key at that number, then the page
    assert "LIMIT 1 OFFSET 30000" in house.asked[0]
    house.forget()
    near = house.page(dense, "t", row=30_100, **options)
    assert "OFFSET 100" in house.asked[0]
    assert len(house.asked) == 1
    whole = house.page(dense, "t", row=0, **options | {"limit": 10_000})
    for _ in range(3):
        whole = house.page(dense, "t", after=whole.next, **options | {"limit": 10_000})
    assert cells(whole, "id")[100:120] == cells(near, "id")
    house.forget()
    before = house.page(dense, "t", row=29_500, **options)
    assert "LIMIT 1 OFFSET 499" in house.asked[0]  # backwards from the row it knows
    assert (before.row, before.row_exact) == (29_500, True)
    if number is not None:
        assert cells(before, "n")[0] == number + (500 if order else -500)


def test_jumps_from_the_end_once_counted(house, dense, fresh):
    options = {"limit": 20, "filters": [Filter("n", ">=", 0)]}
    house.call(COUNT, CountRequest(connection=dense, table="t", filters=options["filters"]))
    house.forget()
    page = house.page(dense, "t", row=SIZE - 15_000, **options)
    assert (cells(page, "n")[0], page.row, page.row_exact) == (SIZE - 15_000, SIZE - 15_000, True)
    assert "DESC LIMIT 1 OFFSET 14999" in house.asked[0]
    house.forget()
    beyond = house.page(dense, "t", row=SIZE, **options)
    assert (cells(beyond, "n")[-1], beyond.row, beyond.row_exact) == (SIZE - 1, SIZE - 20, True)
    assert len(house.asked) == 1


def test_what_was_learned_long_ago_is_no_longer_called_exact(house, dense, fresh, monkeypatch):
    options = {"limit": 20, "filters": [Filter("n", ">=", 0)]}
    house.page(dense, "t", row=30_000, **options)
    house.call(COUNT, CountRequest(connection=dense, table="t"))
    later = time.monotonic() + 1000
    for module in (ladder, counts):
        monkeypatch.setattr(module.time, "monotonic", lambda: later)
    assert house.page(dense, "t", row=30_100, **options).row_exact is False
    assert house.page(dense, "t", limit=5, last=True).row_exact is False


def test_counting_off_is_left_when_it_would_take_too_long(house, lumpy, fresh, monkeypatch):
    monkeypatch.setattr("embedded_server.data.jumps.COUNTED_OFF", 20_000)
    house.call(COUNT, CountRequest(connection=lumpy, table="t"))
    assert house.page(lumpy, "t", row=25_000, limit=50).access == "interpolated"
    assert house.page(lumpy, "t", row=15_000, limit=50).row_exact is True
    assert planner.COUNTED_OFF > 1_000_000
