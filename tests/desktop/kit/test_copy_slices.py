"""Copying in slices: the same text whatever their size, rows from rectangles, turns of the loop between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QGuiApplication

from desktop.kit.flow import Turns
from desktop.kit.grid import copier, copy_as, copy_rows
from desktop.kit.grid.copy_as import HOLE, Form, Table
from desktop.kit.grid.copy_forms import FORMATS
from desktop.kit.grid.copy_rows import Read, ReadRows
from desktop.kit.grid.selection import Area, Selection, Spot, between
from desktop.kit.long_column import LongColumn
from embedded_server.wire.data import Column
from embedded_server.wire.values import Truncated
from tests.desktop.beats import Beats
from tests.desktop.kit.hands import CTRL, KEY, Hands
from tests.desktop.kit.sources import Formula

COLUMNS = [
    Column("id", "bigint", "number", key=1),
    Column("made", "timestamptz", "time"),
    Column("id", "text", "text"),
]
ROWS = 12
spots = st.builds(Spot, st.integers(0, ROWS - 1), st.integers(0, 5))


def cell(row: int, place: int) -> str:
    return f"{row}/{place}"


@given(st.lists(st.builds(between, spots, spots), min_size=1, max_size=6), st.integers(1, 9))
def test_rectangles_are_rows_with_holes(blocks, size):
    selection = Selection(lambda: None)
    for area in blocks:
        selection.areas = [part for old in selection.areas for part in old.minus(area)] + [area]
    reads = [read(area) for area in selection.areas]
    rows: dict[int, dict[int, object]] = {}
    for area in selection.areas:
        for row in range(area.top, area.bottom + 1):
            for place in range(area.left, area.right + 1):
                rows.setdefault(row, {})[place] = cell(row, place)
    places = sorted({place for cells in rows.values() for place in cells})
    expected = [tuple(rows[row].get(place, HOLE) for place in places) for row in sorted(rows)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copy_rows, "SLICE", size)
        found = ReadRows(reads, HOLE)
        assert (found.places, list(found), list(found)) == (places, expected, expected)
    assert len(found) == found.given == len(expected)
    assert found.cells == sum(map(len, rows.values()))


def read(area: Area) -> Read:
    columns = [
        LongColumn([cell(row, place) for row in range(area.top, area.bottom + 1)])
        for place in range(area.left, area.right + 1)
    ]
    return Read(area.top, area.left, columns)


def written(form: Form, table: Table) -> str:
    try:
        return form(table)
    except ValueError as error:
        return f"refused: {error}"


cells = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "a,b\tc", "1.5", "x\ny", "|"]),
    st.binary(max_size=2),
)


@given(
    st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=9),
    st.sampled_from(list(FORMATS)),
    st.booleans(),
)
def test_no_form_tells_where_a_slice_ended(rows, name, holes):
    if holes:
        rows[-1] = (HOLE, *rows[-1][1:])
    keys = [(number // 2,) for number in range(len(rows))]
    table = Table(COLUMNS, rows, ("public", "t"), "postgresql", keys=COLUMNS[:1], key_rows=keys)
    form = FORMATS[name][1]
    whole = written(form, table)
    for size in (1, 6):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(copy_as, "SLICE", size)
            assert written(form, table) == whole


@pytest.mark.parametrize("form", FORMATS)
def test_the_loop_comes_round_while_much_is_copied(make_grid, qtbot, monkeypatch, form):
    """In every form: no turn holds more than a slice."""
    monkeypatch.setattr(Turns, "SECONDS", 0)
    source = Formula(4000)
    grid = make_grid(source)
    grid.select_all()
    seen: list[tuple[int, int]] = []
    grid.copier.progress.connect(lambda done, total: seen.append((done, total)))
    monkeypatch.setattr(source, "keys", keys)
    monkeypatch.setattr(source, "key_columns", lambda: ["id"])
    with Beats() as beats, qtbot.waitSignal(grid.said, timeout=20_000) as said:
        grid.copier.copy(form)
    assert said.args[0].startswith("Copied 28,000 cells as")
    slices = 4000 if form == "sqlalchemy_select" else 28_000
    assert beats.count >= slices // copy_as.SLICE
    assert (4000, 4000) in seen and seen[-1] == (0, 0)


async def keys(first, last, progress):
    return [LongColumn(range(first, last + 1))]


def test_a_long_copy_says_how_far_it_is_and_ends_with_escape(make_grid, qtbot, monkeypatch):
    monkeypatch.setattr(Turns, "SECONDS", 0)
    monkeypatch.setattr(copier, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(copier, "TOLD_SECONDS", 0)
    QGuiApplication.clipboard().setText("before")
    grid = make_grid(Formula(4000))
    hands = Hands(grid)
    hands.key(KEY.Key_A, CTRL)
    hands.key(KEY.Key_C, CTRL)
    qtbot.waitUntil(lambda: "%" in grid.summary.text() and " 0 %" not in grid.summary.text(), timeout=20_000)
    assert grid.summary.text().endswith("Esc stops it")
    with qtbot.waitSignal(grid.summary.changed):
        hands.key(KEY.Key_Escape)
    assert "Copying" not in grid.summary.text() and hands.clipboard() == "before"


def test_long_values_are_found_slice_by_slice(make_grid, qtbot, monkeypatch):
    """Only the beginning of some is at hand: they are fetched wherever they are."""
    monkeypatch.setattr(copier, "LOOKED_AT", 100)
    monkeypatch.setattr(Turns, "SECONDS", 0)
    long = {(7, 1), (250, 0), (399, 1)}
    source = Formula(
        400, COLUMNS[:2], lambda row, column: Truncated("…", 9) if (row, column) in long else "short"
    )
    fetched: list[tuple[int, int]] = []

    async def whole(row, column, cell):
        fetched.append((row, column))
        return f"whole {row}"

    monkeypatch.setattr(source, "whole", whole)
    grid = make_grid(source)
    grid.select_all()
    with Beats() as beats, qtbot.waitSignal(grid.said, timeout=20_000):
        grid.copier.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert set(fetched) == long and beats.count >= 800 // 100
    assert (lines[7], lines[250], lines[399]) == ("short\twhole 7", "whole 250\tshort", "short\twhole 399")


def test_so_much_is_not_dragged(make_grid, qtbot):
    grid = make_grid(Formula(copier.MOST_DRAGGED))
    grid.select_all()
    with qtbot.waitSignal(grid.said) as said:
        grid.mouse.drag_out()
    assert said.args == ["So many cells cannot be dragged: copy them with Ctrl+C"]
