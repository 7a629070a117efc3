"""Pages of a table: what is asked for, what is cancelled, where the rows come to stand."""

from __future__ import annotations

import random

import pytest

from desktop.kit.page_cache import CAPACITY
from desktop.kit.rows import MISSING
from desktop.kit.table_source import TableSource
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import TableRef
from tests.desktop.kit.paper import PaperClient, key_of, row_of

COLUMNS = [0, 1, 2]


@pytest.fixture
def open_source(qtbot):
    """A source on a paper client; settles after each wish when the client answers by itself."""

    def make(rows: int = 10_000, **options) -> tuple[PaperClient, TableSource]:
        client = PaperClient(rows, **options)
        source = TableSource(client, TableRef("c", "t"))
        return client, source

    return make


def want(source, first, last, columns=COLUMNS, spare=()):
    """A wish, and what it leads to as far as answers come at once."""
    source.want(first, last, list(columns), spare)
    settle(source)


def settle(source):
    for _ in range(50):
        timer = source._loader._soon
        if not timer.isActive():
            return
        timer.stop()
        source._loader.fetch_next()
    raise AssertionError("it never comes to rest")


def keys(source, first, last):
    return [source.cell(row, 0) for row in range(first, last + 1)]


def expected(first, last):
    return [key_of(row) for row in range(first, last + 1)]


# --- what is asked for ---------------------------------------------------------------------------


def test_the_first_rows_take_one_request_and_no_count(open_source):
    client, source = open_source(auto=False)
    want(source, 0, 30, [])
    assert [call.name for call in client.calls] == ["data.page"]
    assert client.pages()[0].columns is None and source.loading()
    client.answer()
    assert keys(source, 0, 30) == expected(0, 30)
    assert [column.name for column in source.columns()] == ["id", "c1", "c2"]
    counts = [call.request.exact for call in client.calls if call.name == "data.count"]
    assert counts == [False, True] and source.counting()
    client.answer()
    assert (source.row_count(), source.exact(), source.counting()) == (10_000, True, False)


def test_scrolling_on_reads_by_keys_alone(open_source):
    client, source = open_source()
    want(source, 0, 30)
    for first in range(0, 3000, 25):
        want(source, first, first + 30)
        assert keys(source, first, first + 30) == expected(first, first + 30)
    assert all(page.row is None and not page.last for page in client.pages())
    assert len(client.pages()) < 3000 / 200 + 3


def test_scrolling_back_reads_by_keys_alone(open_source):
    client, source = open_source()
    want(source, 0, 30)
    want(source, 5000, 5030)
    asked = len(client.pages())
    for first in range(5000, 3000, -25):
        want(source, first, first + 30)
        assert keys(source, first, first + 30) == expected(first, first + 30)
    assert all(page.after is not None for page in client.pages()[asked:])


def test_a_far_jump_asks_for_the_row_and_the_end_backwards(open_source):
    client, source = open_source()
    want(source, 0, 30)
    want(source, 7000, 7030)
    jump = next(page for page in client.pages() if page.row is not None)
    assert jump.row <= 7000 and jump.row + jump.limit > 7030
    want(source, 9970, 9999)
    assert any(page.last for page in client.pages())
    assert keys(source, 9970, 9999) == expected(9970, 9999)
    assert keys(source, 7000, 7030) == expected(7000, 7030)


def test_a_screen_ahead_is_fetched_in_the_direction_of_scrolling(open_source):
    _, source = open_source()
    want(source, 0, 30)
    want(source, 170, 199)
    assert keys(source, 200, 229) == expected(200, 229)


def test_an_overtaken_request_is_cancelled_and_only_the_last_wish_counts(open_source):
    client, source = open_source()
    want(source, 0, 30)
    client.auto = False
    for first in (3000, 5000, 8000):
        want(source, first, first + 30)
    pages = [call for call in client.calls if call.name == "data.page"]
    assert [call.given_up for call in pages[-3:]] == [True, True, False]
    client.answer()
    settle(source)
    assert keys(source, 8000, 8030) == expected(8000, 8030)
    assert source.cell(3000, 0) is MISSING


def test_a_request_that_still_helps_is_kept(open_source):
    client, source = open_source()
    want(source, 0, 30)
    client.auto = False
    want(source, 3000, 3030)
    asked = len(client.calls)
    want(source, 3005, 3035)
    assert len(client.calls) == asked and not client.calls[-1].given_up


def test_pages_cut_short_by_the_server_are_followed_up(open_source):
    client, source = open_source()
    client.page_most = 7
    want(source, 0, 30)
    assert keys(source, 0, 30) == expected(0, 30)
    want(source, 9975, 9999)
    assert keys(source, 9975, 9999) == expected(9975, 9999)


def test_pages_ask_for_at_most_256_rows(open_source):
    client, source = open_source()
    for first in (0, 100, 500, 9000, 4000):
        want(source, first, first + 90)
    assert max(page.limit for page in client.pages()) <= 256


# --- columns -------------------------------------------------------------------------------------


def test_of_1600_columns_only_the_visible_ones_are_asked_for(open_source):
    client, source = open_source(width=1600)
    client.page_most = 5
    want(source, 0, 3, [])
    client.page_most = 1000
    want(source, 4000, 4030, [0, 1, 2], range(3, 9))
    wanted = client.pages()[-1].columns
    assert len(wanted) <= 10 and {"id", "c1", "c2"} <= set(wanted)
    assert source.cell(4000, 700) is MISSING
    want(source, 4000, 4030, [0, 700, 701], range(698, 705))
    assert source.cell(4010, 700) == "r4010c700"
    patch = client.pages()[-1]
    assert "c1" not in patch.columns and "c700" in patch.columns
    assert keys(source, 4000, 4030) == expected(4000, 4030)


def test_columns_of_rows_that_changed_meanwhile_are_not_mixed(open_source):
    client, source = open_source(width=100)
    client.page_most = 50
    want(source, 0, 30, [0, 1])
    want(source, 300, 330, [0, 1])
    row = source._loader.pages.at(300)
    row.keys = [(-1,)] * row.length
    client.value = lambda row, column: f"new {row} {column}"
    want(source, 300, 330, [0, 50])
    for at in range(300, 331):
        assert source.cell(at, 0) == key_of(at)
        assert source.cell(at, 50) == f"new {at} 50"
        assert source.cell(at, 1) in (MISSING, f"new {at} 1")


def test_a_hidden_key_identifies_rows_without_being_a_column(open_source):
    client, source = open_source()
    client.key_hidden = True
    want(source, 0, 30, [])
    assert [column.name for column in source.columns()] == ["c1", "c2"]
    assert source.row_key(7) == [key_of(7)] and source.key_columns() == ["id"]


# --- guessed numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("error", [-3000, -40, 37, 2500])
def test_a_guessed_place_is_corrected_at_the_start_without_the_rows_jumping(open_source, error):
    client, source = open_source(rows=20_000, error=error)
    want(source, 0, 30)
    want(source, 6000, 6030)
    assert not source.numbers_exact(6000)
    moves: list[int] = []
    source.moved.connect(moves.append)
    first, seen = 6000, keys(source, 6000, 6030)
    for _ in range(800):
        first = max(0, first - 20)
        before, moved = keys(source, first + 20, first + 30), sum(moves)
        want(source, first, first + 30)
        first += sum(moves) - moved
        assert keys(source, first + 20, first + 30)[: len(before)] == before or first == 0
        now = keys(source, first, first + 30)
        assert [row_of(key) - row_of(now[0]) for key in now] == list(range(31)), "rows are missing or doubled"
        if first == 0 and source.numbers_exact(0):
            break
        seen = now
    assert seen and keys(source, 0, 30) == expected(0, 30)
    assert source.numbers_exact(0) and all(page.exact for page in source._loader.pages)


def test_a_guessed_place_is_corrected_at_the_end(open_source):
    client, source = open_source(rows=9_000, error=350)
    want(source, 0, 30)
    want(source, 8000, 8030)
    assert not source.numbers_exact(8000)
    first = 8000
    moves: list[int] = []
    source.moved.connect(moves.append)
    while first < 8960:
        moved = sum(moves)
        want(source, first, first + 30)
        first += sum(moves) - moved + 20
    assert source.numbers_exact(8990)
    assert keys(source, 8900, 8999) == expected(8900, 8999)
    assert moves == [350]


def test_the_end_of_a_table_of_estimated_length_moves_once_the_count_is_known(open_source):
    client, source = open_source(rows=50_000, error=1, auto=False)
    client.estimate = 48_000
    want(source, 0, 30)
    client.answer()
    source.stop_counting()
    source._total.doubt(48_000)
    moves: list[int] = []
    source.moved.connect(moves.append)
    want(source, 47_970, 47_999)
    client.answer()
    settle(source)
    assert [row_of(key) for key in keys(source, 47_970, 47_999)] == list(range(49_970, 50_000))
    assert not source.numbers_exact(47_999)
    source.count()
    client.answer()
    assert moves == [2000] and source.row_count() == 50_000
    assert keys(source, 49_970, 49_999) == expected(49_970, 49_999) and source.numbers_exact(49_999)


def test_proven_and_guessed_rows_never_stand_side_by_side(open_source):
    _, source = open_source(rows=20_000, error=777)
    rng = random.Random(5)
    want(source, 0, 30)
    for _ in range(300):
        first = rng.choice([rng.randrange(19_900), rng.randrange(600), source._loader._wish.first + 25])
        want(source, first, first + 30)
        pages = list(source._loader.pages)
        for one, other in zip(pages, pages[1:], strict=False):
            assert one.end <= other.first
            if one.end == other.first:
                last, following = one.cells[0][-1], other.cells[0][0]
                assert row_of(following) == row_of(last) + 1, "a seam with missing rows"


@pytest.mark.parametrize("seed", range(6))
def test_random_scrolling_shows_the_expected_rows(open_source, seed):
    rng = random.Random(seed)
    rows = rng.choice([0, 1, 29, 200, 201, 4_321, 2**31 + 77, 200_000_000])
    client, source = open_source(rows=rows)
    client.page_most = rng.choice([9, 50, 1000])
    want(source, 0, 30)
    first = 0
    for _ in range(150):
        step = rng.choice([1, 3, 30, -30, -3, 250, -250, 10**6])
        first = rng.choice([first + step, rng.randrange(rows + 1), 0, rows - 31])
        first = max(0, min(first, rows - 31))
        want(source, first, first + 30)
        last = min(first + 30, rows - 1)
        assert keys(source, first, last) == expected(first, last)


# --- limits --------------------------------------------------------------------------------------


def test_the_cache_stays_within_its_megabytes(open_source):
    client, source = open_source(rows=1_000_000)
    client.value = lambda row, column: f"{row:010d}" * 50
    want(source, 0, 30)
    rng = random.Random(1)
    for _ in range(200):
        first = rng.randrange(999_900)
        want(source, first, first + 30)
        assert source._loader.pages.weight <= CAPACITY
        assert keys(source, first, first + 30) == expected(first, first + 30)
    assert source._loader.pages.weight > CAPACITY // 2


@pytest.mark.parametrize("rows", [89_478_486, 200_000_000, 2**31 + 5, 2**40])
def test_the_last_row_of_an_endless_table(open_source, rows):
    _, source = open_source(rows=rows)
    want(source, 0, 30)
    want(source, rows - 31, rows - 1)
    assert keys(source, rows - 31, rows - 1) == expected(rows - 31, rows - 1)
    want(source, rows // 2, rows // 2 + 30)
    assert source.cell(rows // 2, 0) == key_of(rows // 2)


# --- order, filter, count ------------------------------------------------------------------------


def test_order_and_filter_start_from_the_first_row(open_source):
    client, source = open_source()
    want(source, 0, 30)
    want(source, 5000, 5030)
    asked = len(client.pages())
    source.set_order([Order("c1", True)])
    settle(source)
    page = client.pages()[asked]
    assert (page.order_by, page.row, page.after) == ([Order("c1", True)], None, None)
    assert source.row_count() == 10_000 and source.exact()
    counted = len([call for call in client.calls if call.name == "data.count"])
    source.set_filters([Filter("c1", "expr", ">5")])
    settle(source)
    assert client.pages()[-1].filters == [Filter("c1", "expr", ">5")]
    counts = [call.request for call in client.calls if call.name == "data.count"][counted:]
    assert counts and all(count.filters == [Filter("c1", "expr", ">5")] for count in counts)
    source.set_where("c1 > 5")
    settle(source)
    assert client.pages()[-1].where == "c1 > 5" and source.where() == "c1 > 5"


def test_counting_can_be_stopped(open_source):
    client, source = open_source(rows=104_117, auto=False)
    client.estimate = 104_000
    want(source, 0, 30)
    client.settle(client.waiting[0])
    estimate, exact = client.waiting
    client.settle(estimate)
    assert (source.row_count(), source.exact(), source.counting()) == (104_000, False, True)
    assert source.stop_counting()
    assert exact.given_up and not source.counting() and source.row_count() == 104_000
    assert not source.stop_counting()
    source.count()
    client.answer()
    assert (source.row_count(), source.exact()) == (104_117, True)
    counts = [call.request.exact for call in client.calls if call.name == "data.count"]
    assert counts == [False, True, True], "an estimate that is known is not asked for again"


def test_a_short_table_is_never_counted(open_source):
    client, source = open_source(rows=12)
    want(source, 0, 30)
    assert (source.row_count(), source.exact()) == (12, True)
    assert [call.name for call in client.calls] == ["data.page"]


def test_an_empty_table(open_source):
    _, source = open_source(rows=0)
    want(source, 0, 30)
    assert (source.row_count(), source.exact(), source.loading()) == (0, True, False)
    assert len(source.columns()) == 3


# --- trouble -------------------------------------------------------------------------------------


def test_a_problem_stops_asking_until_the_retry(open_source):
    client, source = open_source()
    want(source, 0, 30)
    client.troubles["data.page"] = Problem("connection.timeout", "The database did not answer in time")
    want(source, 5000, 5030)
    assert source.problem().code == "connection.timeout"
    asked = len(client.calls)
    want(source, 6000, 6030)
    assert len(client.calls) == asked
    client.troubles.clear()
    source.retry()
    settle(source)
    assert source.problem() is None and keys(source, 6000, 6030) == expected(6000, 6030)


@pytest.mark.parametrize("code", ["data.bad_key", "data.unknown_column"])
def test_a_table_that_changed_its_shape_is_opened_anew_once(open_source, code):
    client, source = open_source()
    want(source, 0, 30)
    client.auto = False
    want(source, 5000, 5030)
    client.waiting[-1].reject(ProblemError(Problem(code, "x")))
    settle(source)
    assert client.pages()[-1].columns is None and source.problem() is None
    client.troubles["data.page"] = Problem(code, "x")
    client.answer()
    settle(source)
    assert source.problem().code == code


def test_after_a_reconnect_everything_visible_is_fetched_again(open_source):
    client, source = open_source()
    want(source, 0, 30)
    want(source, 5000, 5030)
    client.value = lambda row, column: f"new {row}"
    asked = len(client.pages())
    client.epoch = "2"
    client.come_back()
    assert source.cell(5000, 1) is MISSING
    assert source.block(5000).cells[1][5000 - source.block(5000).first] == "r5000c1", (
        "the old rows stay on view"
    )
    settle(source)
    assert client.pages()[asked:] and source.cell(5000, 1) == "new 5000"
    assert keys(source, 5000, 5030) == expected(5000, 5030)


def test_while_the_server_is_away_rows_wait_without_a_problem(open_source):
    client, source = open_source(auto=False)
    client.up = False
    want(source, 0, 30, [])
    assert client.calls == [] and source.loading() and source.problem() is None
    client.come_back()
    settle(source)
    client.up = False
    client.waiting[0].reject(ProblemError(Problem("server.lost", "The server did not answer")))
    assert source.problem() is None
    client.auto = True
    client.come_back()
    settle(source)
    assert keys(source, 0, 30) == expected(0, 30)


def test_a_server_that_is_there_but_does_not_answer_is_a_problem(open_source):
    client, source = open_source(auto=False)
    want(source, 0, 30, [])
    client.waiting[0].reject(ProblemError(Problem("server.lost", "The server did not answer")))
    assert source.problem().code == "server.lost"


def test_refresh_keeps_guessed_rows_in_place(open_source):
    _, source = open_source(rows=20_000, error=400)
    want(source, 0, 30)
    want(source, 6000, 6030)
    before = keys(source, 6000, 6030)
    source.refresh()
    settle(source)
    assert keys(source, 6000, 6030) == before


@pytest.mark.parametrize("change", [9, -9])
def test_refreshed_last_rows_stand_where_they_are_now(open_source, change):
    """They were asked for as the last ones: rows that came or went meanwhile move them."""
    client, source = open_source(rows=10_000, error=1)
    want(source, 0, 30)
    want(source, 9970, 9999)
    assert client.pages()[-1].last and keys(source, 9970, 9999) == expected(9970, 9999)
    moved = []
    source.moved.connect(moved.append)
    client.rows += change
    source.refresh()
    settle(source)
    assert (source.row_count(), source.exact()) == (10_000 + change, True)
    last = 10_000 + change - 1
    want(source, last - 30, last)
    assert keys(source, last - 30, last) == expected(last - 30, last)
    assert source.numbers_exact(last) and moved == [change]


def test_cancel_gives_up_the_page_and_the_count(open_source):
    client, source = open_source(auto=False)
    want(source, 0, 30)
    client.answer()
    want(source, 5000, 5030)
    assert source.cancel()
    assert client.calls[-1].given_up
    assert not client.waiting and source.problem().code == "job.cancelled"
    assert not source.cancel()


# --- reading for copies --------------------------------------------------------------------------


def read(source, first, last, columns):
    """Run `read` to its end; the paper client answers at once."""
    steps = source.read(first, last, columns, lambda done, total: None)
    with pytest.raises(StopIteration) as stop:
        steps.send(None)
    return stop.value.value


def test_rows_are_read_on_by_keys_so_that_none_is_missing_where_numbers_are_guessed(open_source):
    client, source = open_source(error=300)
    want(source, 0, 30)
    (found,) = read(source, 0, 3500, [0])
    assert found == expected(0, 3500)


@pytest.mark.parametrize(("first", "last"), [(0, 10), (150, 700), (4000, 4100), (9990, 9999), (0, 9999)])
def test_rows_are_read_for_copying_beyond_what_is_cached(open_source, first, last):
    client, source = open_source()
    want(source, 0, 30)
    keys_read, texts = read(source, first, last, [0, 2])
    assert keys_read == expected(first, last)
    assert texts == [f"r{row}c2" for row in range(first, last + 1)]
