"""The selection against a plain set of cells, and the arrangement of columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from desktop.kit.grid.columns import MINIMUM_WIDTH, ColumnLayout
from desktop.kit.grid.selection import ALL_PLACES, Area, Selection, Spot, between, runs
from embedded_server.wire.data import Column

ROWS, PLACES = 12, 6
spots = st.builds(Spot, st.integers(0, ROWS - 1), st.integers(0, PLACES - 1))
areas = st.builds(between, spots, spots)


def cells(selection: Selection) -> set[Spot]:
    return {
        Spot(row, place)
        for area in selection.areas
        for row in range(area.top, min(area.bottom, ROWS - 1) + 1)
        for place in range(area.left, min(area.right, PLACES - 1) + 1)
    }


def block(area: Area) -> set[Spot]:
    return {
        Spot(row, place)
        for row in range(area.top, area.bottom + 1)
        for place in range(area.left, area.right + 1)
    }


@given(areas, areas)
def test_cutting_a_hole_leaves_exactly_the_rest(area, hole):
    pieces = list(area.minus(hole))
    found = [spot for piece in pieces for spot in block(piece)]
    assert len(found) == len(set(found)), "pieces overlap"
    assert set(found) == block(area) - block(hole)


moves = st.one_of(
    st.tuples(st.just("set"), spots),
    st.tuples(st.just("toggle"), spots),
    st.tuples(st.just("extend"), spots),
    st.tuples(st.just("row"), spots),
    st.tuples(st.just("add row"), spots),
    st.tuples(st.just("column"), spots),
    st.tuples(st.just("add column"), spots),
)


class Model:
    """The same gestures on a set: what is kept, and the block that grows from the anchor."""

    def __init__(self) -> None:
        self.kept: set[Spot] = set()
        self.live: set[Spot] = set()
        self.anchor: Spot | None = None
        self.whole = ""

    @property
    def all(self) -> set[Spot]:
        return self.kept | self.live

    def grown(self, one: Spot, other: Spot) -> set[Spot]:
        area = between(one, other)
        if self.whole == "rows":
            area = area._replace(left=0, right=PLACES - 1)
        if self.whole == "columns":
            area = area._replace(top=0, bottom=ROWS - 1)
        return block(area)

    def start(self, spot: Spot, whole: str, *, add: bool) -> None:
        self.kept = self.all if add else set()
        self.whole, self.anchor = whole, spot
        self.live = self.grown(spot, spot)

    def cut(self, hole: set[Spot], spot: Spot, whole: str) -> None:
        self.kept, self.live = self.all - hole, set()
        self.anchor, self.whole = spot, whole

    def act(self, move: str, spot: Spot) -> None:
        column = block(Area(0, spot.place, ROWS - 1, spot.place))
        if move == "extend":
            self.anchor = self.anchor or spot
            self.live = self.grown(self.anchor, spot)
        elif move == "toggle" and spot in self.all:
            self.cut({spot}, spot, "")
        elif move == "add column" and self.whole_column(column):
            self.cut(column, spot, "columns")
        else:
            kinds = {"row": "rows", "add row": "rows", "column": "columns", "add column": "columns"}
            self.start(spot, kinds.get(move, ""), add=move.startswith("add") or move == "toggle")

    def whole_column(self, column: set[Spot]) -> bool:
        return column <= self.all


@given(st.lists(moves, max_size=12))
def test_gestures_select_what_they_would_on_a_set(steps):
    changes: list[int] = []
    selection, model = Selection(lambda: changes.append(1)), Model()
    for move, spot in steps:
        if move == "add row" and selection.row_selected(spot.row):
            model.cut(block(Area(spot.row, 0, spot.row, PLACES - 1)), spot, "rows")
        elif move == "add column" and not selection.place_selected(spot.place, ROWS):
            model.start(spot, "columns", add=True)
        else:
            model.act(move, spot)
        {
            "set": selection.set,
            "toggle": selection.toggle,
            "extend": lambda at: selection.extend(at, ROWS - 1),
            "row": lambda at: selection.rows(at.row, at.place),
            "add row": lambda at: selection.rows(at.row, at.place, add=True),
            "column": lambda at: selection.column(at.place, at.row, ROWS - 1),
            "add column": lambda at: selection.column(at.place, at.row, ROWS - 1, add=True),
        }[move](spot)
        assert cells(selection) == model.all
        assert selection.current == spot
        assert selection.cell_count(PLACES) == len(model.all)
        assert selection.row_count() == len({cell.row for cell in model.all})
        assert all(
            (cell in selection) == (cell in model.all) for cell in block(Area(0, 0, ROWS - 1, PLACES - 1))
        )
    assert len(changes) == len(steps)


@given(
    st.lists(areas, max_size=4),
    st.permutations(range(PLACES)),
    st.sets(st.integers(0, PLACES - 1), max_size=3),
)
def test_the_same_cells_stay_selected_when_columns_move_or_go(chosen, order, gone):
    selection = Selection(lambda: None)
    for area in chosen:
        selection.set(Spot(area.top, area.left))
        selection.extend(Spot(area.bottom, area.right))
    before = {(spot.row, spot.place) for spot in cells(selection)}
    after = [column for column in order if column not in gone]
    if not after:
        return
    selection.rearrange(list(range(PLACES)), after)
    now = {(spot.row, after[spot.place]) for spot in cells(selection)}
    assert now == {(row, column) for row, column in before if column not in gone}
    if selection.current is not None:
        assert 0 <= selection.current.place < len(after)


def test_whole_rows_stay_whole_and_shift_with_corrected_numbers():
    selection = Selection(lambda: None)
    selection.rows(2**31 + 7, 1)
    selection.extend(Spot(2**31 + 9, 1))
    assert selection.areas == [Area(2**31 + 7, 0, 2**31 + 9, ALL_PLACES)]
    selection.shift(-(2**31))
    assert selection.areas == [Area(7, 0, 9, ALL_PLACES)] and selection.current == Spot(9, 1)
    selection.shift(-8)
    assert selection.areas == [Area(0, 0, 1, ALL_PLACES)]
    selection.clip(1)
    assert selection.areas == [Area(0, 0, 0, ALL_PLACES)] and selection.current == Spot(0, 1)
    selection.clip(0)
    assert selection.areas == [] and selection.current is None


@given(st.sets(st.integers(0, 50)))
def test_runs(numbers):
    found = list(runs(numbers))
    assert {n for first, last in found for n in range(first, last + 1)} == numbers
    assert all(last + 1 < first for (_, last), (first, _) in zip(found, found[1:], strict=False))


# --- columns ---------------------------------------------------------------------------------------


def layout(count: int = 6, keys: int = 1) -> ColumnLayout:
    made = ColumnLayout()
    made.reset([Column(f"c{n}", "text", "text", key=n + 1 if n < keys else 0) for n in range(count)], 8)
    made.set_widths(dict.fromkeys(range(count), 100))
    return made


def names(columns: ColumnLayout) -> list[str]:
    return [columns.columns[column].name for column in columns.places]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=8))
def test_moving_keeps_every_column_and_the_frozen_ones_in_front(steps):
    columns = layout(keys=2)
    for place, to in steps:
        moved = columns.places[place]
        columns.move(place, to)
        assert sorted(columns.places) == list(range(6))
        assert set(columns.places[:2]) == {0, 1}
        low, high = (0, 1) if place < 2 else (2, 5)
        assert columns.places.index(moved) == max(low, min(to, high))


@given(st.lists(st.integers(40, 300), min_size=1, max_size=30), st.integers(-10, 9000))
def test_a_pixel_hits_the_column_that_is_there(widths, x):
    columns = layout(len(widths), keys=0)
    columns.set_widths(dict(enumerate(widths)))
    place = columns.place_at(x)
    total = sum(widths)
    if not 0 <= x < total:
        assert place is None
    else:
        assert columns.left(place) <= x < columns.left(place) + columns.width(place)


def test_the_visible_span_of_1600_columns():
    columns = layout(1600)
    assert columns.span(100, 500) == range(1, 5)
    assert columns.span(50_050, 50_450) == range(500, 505)
    assert columns.span(159_900, 170_000) == range(1599, 1600)


def test_hiding_never_hides_the_last_column():
    columns = layout(2)
    columns.hide([0])
    columns.hide([1])
    assert names(columns) == ["c1"]
    columns.show([0])
    assert names(columns) == ["c0", "c1"]


def test_frozen_columns_leave_room_for_the_others():
    columns = layout(keys=4)
    columns.fit(1000)
    assert columns.frozen_count == 4 and columns.frozen_width() == 400
    columns.fit(500)
    assert columns.frozen_count == 3
    columns.fit(100)
    assert columns.frozen_count == 0


def test_columns_have_a_least_width():
    columns = layout()
    columns.set_width(2, -50)
    assert columns.width(2) == MINIMUM_WIDTH


def test_an_arrangement_is_restored_by_names_also_beside_new_and_lost_columns():
    columns = layout()
    columns.move(5, 1)
    columns.hide([3])
    columns.freeze([2], True)
    columns.set_width(4, 77)
    state = columns.state()
    other = ColumnLayout()
    other.reset([Column(f"c{n}", "text", "text") for n in (9, 5, 4, 3, 2, 0)], 8)
    other.restore(state)
    assert names(other) == ["c0", "c2", "c9", "c5", "c4"]
    assert [other.columns[column].name for column in other.hidden()] == ["c3"]
    assert other.width(4) == 77


def test_hidden_columns_of_the_source_start_hidden():
    columns = ColumnLayout()
    columns.reset([Column("rowid", hidden=True), Column("a"), Column("b")], 8)
    assert names(columns) == ["a", "b"] and columns.hidden() == [0]
