"""The grid as a whole: what it paints, keeps in place, tells and remembers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication

from desktop.kit.grid import actions
from desktop.kit.grid.actions import ACTIONS, register
from desktop.kit.grid.filters import box_text, distinct, from_box, quick_filters, replaced
from desktop.kit.grid.grid import Grid
from desktop.kit.grid.header import sort_mark, tip, type_line
from desktop.kit.grid.selection import Area, Spot
from desktop.kit.table_source import TableSource
from desktop.kit.theme import NAMES, theme
from desktop.kit.verb import Verbs
from desktop.kit.widgets.messages import EmptyState, InlineProblem
from embedded_server.wire.data import Column, Filter, ForeignTarget, Order
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import TableRef
from embedded_server.wire.values import Truncated
from tests.desktop.kit.hands import CTRL, KEY, NONE, Hands
from tests.desktop.kit.paper import PaperClient, key_of
from tests.desktop.kit.sources import ORDERS, Formula

ONE = [Column("v", "text", "text")]


def colors(grid: Grid, rect: QRect) -> set[str]:
    """The colours of the pixels in a rectangle of the viewport."""
    image = grid.viewport().grab(rect).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return {f"#{pixel & 0xFFFFFF:06x}" for pixel in set(memoryview(image.constBits()).cast("I"))}


def picture(grid: Grid, row: int = 0, place: int = 0) -> bytes:
    """The pixels inside a cell, without its lines."""
    image = grid.viewport().grab(grid.cell_rect(row, place).adjusted(2, 2, -2, -2)).toImage()
    return bytes(image.constBits())


def one_cell(make_grid, cell, column=ONE[0], width=200):
    grid = make_grid(Formula(1, [column], lambda row, index: cell), width=600, height=200)
    grid.set_column_width(0, width)
    grid.selection.clear()
    return grid


# --- painting --------------------------------------------------------------------------------------


def test_null_empty_blank_and_the_words_for_them_all_look_different(make_grid):
    cells = [None, "NULL", "", "empty", " ", "·", "\n", "↵", "\0", "\\0", "\ufeff"]
    pictures = [picture(one_cell(make_grid, cell)) for cell in cells]
    assert len(set(pictures)) == len(cells)


def test_numbers_stand_right_with_their_digits_below_each_other(make_grid):
    grid = make_grid(Formula(2, [Column("n", "int", "number")], lambda row, column: (9, 100000)[row]))
    short, long = (grid.painter.text_extent(row, 0) for row in (0, 1))
    advance = grid.painter.texts.mono.advance
    assert short[0] + short[1] == pytest.approx(long[0] + long[1])
    assert long[1] == pytest.approx(6 * advance) and short[1] == pytest.approx(advance)


def test_a_foreign_key_is_a_link_and_underlined(make_grid):
    link = Column("c", "bigint", "number", references=ForeignTarget("customers", "id"))
    grid = one_cell(make_grid, 42, link)
    assert theme().color("link").name() in colors(grid, grid.cell_rect(0, 0))
    plain = one_cell(make_grid, 42, Column("c", "bigint", "number"))
    assert theme().color("link").name() not in colors(plain, plain.cell_rect(0, 0))
    assert theme().color("number").name() in colors(plain, plain.cell_rect(0, 0))


def test_a_null_foreign_key_is_no_link(make_grid):
    grid = one_cell(make_grid, None, Column("c", "bigint", "number", references=ForeignTarget("t", "id")))
    assert theme().color("link").name() not in colors(grid, grid.cell_rect(0, 0))
    assert grid.mouse.reference_at(grid.cell_rect(0, 0).center()) is None


@pytest.mark.parametrize(
    "cell",
    ["x" * 16, "é" * 15, "x" * 400, "é" * 400, "日本語" * 40, "a\nb" * 100, "👩‍👩‍👧 " * 30, b"x" * 500],
)
def test_text_never_leaves_its_cell(make_grid, cell):
    grid = make_grid(Formula(1, [*ONE, Column("w")], lambda row, column: cell if column == 0 else None))
    grid.set_column_width(0, 120)
    grid.set_column_width(1, 300)
    grid.selection.clear()
    wide = grid.cell_rect(0, 1).adjusted(60, 2, -2, -2)
    assert colors(grid, wide) == {theme().color("bg1").name()}
    extent = grid.painter.text_extent(0, 0)
    assert extent[0] + extent[1] <= 120


def test_a_cut_value_shows_its_size_beside_its_beginning(make_grid):
    grid = one_cell(make_grid, Truncated("x" * 1000, 104_857_600), width=260)
    item = grid.painter._item(0, 0)
    assert [part.text for part in item.parts][0] == "104.9\u2009MB"
    assert item.parts[1].text.endswith("…")
    assert item.parts[1].x + grid.painter.texts.mono.width(item.parts[1].text) < item.parts[0].x


def test_rows_that_are_not_here_are_placeholders_that_stay_the_same(make_grid):
    source = Formula(1000)
    source.withheld = lambda row: True
    grid = make_grid(source)
    before = picture(grid, 3, 2)
    assert theme().color("bg2").name() in colors(grid, grid.cell_rect(3, 2))
    grid.viewport().update()
    assert picture(grid, 3, 2) == before
    source.withheld = lambda row: False
    source.arrived.emit(0, 999)
    assert picture(grid, 3, 2) != before


def test_nothing_moves_when_further_rows_arrive(make_grid):
    source = Formula(1000, ONE, lambda row, column: "x" * (5 if row < 200 else 60))
    grid = make_grid(source)
    width = grid.columns.width(0)
    grid.scroll_to(300)
    source.arrived.emit(200, 400)
    assert grid.columns.width(0) == width


def test_the_first_rows_decide_the_widths_but_not_of_columns_the_user_sized(make_grid):
    source = Formula(100, [Column("a"), Column("b")], lambda row, column: "x" * 20)
    grid = Grid(source)
    grid.set_column_width(0, 77)
    source.arrived.emit(0, 99)
    advance = grid.painter.texts.mono.advance
    assert grid.columns.width(0) == 77
    assert 20 * advance < grid.columns.width(1) < 24 * advance + 30
    grid.deleteLater()


def test_row_numbers_say_when_they_are_guessed(make_grid):
    exact, guessed = make_grid(Formula(500)), make_grid(Formula(500, guessed=True, exact=False))
    assert guessed.gutter > exact.gutter
    strips = [
        colors(grid, QRect(grid.gutter - 8 - round(2 * grid.painter.texts.mono.advance), 100, 7, 20))
        for grid in (exact, guessed)
    ]
    ground = {theme().color("bg1").name()}
    assert strips[0] <= ground | {theme().blend("line", "bg1", 0.75).name()} and len(strips[1]) > 3


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [10, 13, 20, 24])
def test_every_theme_and_font_size_paints_every_row(make_grid, qapp, name, size):
    theme().apply(qapp, name, size)
    grid = make_grid()
    first, last = grid.visible()
    assert last - first >= 5
    for row in range(first, last):
        rect = grid.cell_rect(row, 4)
        assert rect.height() >= grid.painter.texts.mono.metrics.height()
        inner = rect.intersected(grid.viewport().rect()).adjusted(3, 3, -3, -3)
        assert len(colors(grid, inner)) > 5, row


def test_changing_the_theme_repaints_in_place(make_grid, qapp):
    grid = make_grid()
    grid.scroll_to(50)
    ground = theme().color("bg1").name()
    assert ground in colors(grid, grid.cell_rect(52, 2))
    theme().apply(qapp, "light", 13)
    assert ground not in colors(grid, grid.cell_rect(52, 2)) and grid.top() == 50
    assert theme().color("bg1").name() in colors(grid, grid.cell_rect(52, 2))


def test_selected_cells_stand_on_their_own_ground(make_grid):
    grid = make_grid()
    hands = Hands(grid)
    hands.drag(hands.cell(1, 1), hands.cell(3, 2))
    assert theme().color("select").name() in colors(grid, grid.cell_rect(2, 1))
    assert theme().color("select").name() not in colors(grid, grid.cell_rect(5, 1))


def test_sixteen_hundred_columns_paint_and_want_only_what_is_seen(make_grid):
    wide = [Column(f"c{n}", "int", "number") for n in range(1600)]
    source = Formula(300, wide, lambda row, column: row * column)
    grid = make_grid(source)
    grid.horizontalScrollBar().setValue(grid.horizontalScrollBar().maximum() // 2)
    first, last, wanted = source.wishes[-1]
    assert 3 <= len(wanted) <= 20 and min(wanted) > 700
    assert grid.place_at(grid.viewport().width() - 2) in range(min(wanted), max(wanted) + 1)
    Hands(grid).key(KEY.Key_End)
    assert grid.selection.current == Spot(0, 1599)
    assert 1599 in source.wishes[-1][2]


# --- header ----------------------------------------------------------------------------------------


def test_header_lines():
    customer = Column("customer_id", "bigint", "number", references=ForeignTarget("customers", "id"))
    assert type_line(ORDERS[0]) == "bigint · key"
    assert type_line(customer) == "bigint → customers"
    assert type_line(Column("x")) == ""
    orders = [Order("b"), Order("a", True)]
    assert [sort_mark(name, orders) for name in "abc"] == [" ↓2", " ↑1", ""]
    assert sort_mark("b", orders[:1]) == " ↑"
    told = tip(Column("a", "int", nullable=False, default="0", comment="How many", generated=True))
    assert told.split("\n") == ["a", "int", "never NULL", "default 0", "generated", "How many"]


def test_the_header_follows_sideways_scrolling(make_grid):
    grid = make_grid(width=400)
    place = 3
    grid.horizontalScrollBar().setValue(50)
    assert grid.header.width() == grid.viewport().width()
    assert grid.place_at(grid.edge_x(place) + 5) == place


# --- filters ---------------------------------------------------------------------------------------


def test_what_a_box_says_of_filters():
    assert box_text([]) == ""
    assert box_text([Filter("a", "expr", ">5")]) == ">5"
    assert box_text([Filter("a", "=", "x")]) == "=x"
    assert box_text([Filter("a", "!=", {"$int": "9223372036854775807"})]) == "!=9223372036854775807"
    assert box_text([Filter("a", "null")]) == "null"
    assert box_text([Filter("a", "in", values=[1, "b"])]) == "1, b"
    assert box_text([Filter("a", "between", values=[1, 5])]) == "1..5"
    assert box_text([Filter("a", ">", 1), Filter("a", "<", 5)]) == ">1 & <5"
    assert from_box("a", "  >5 ") == [Filter("a", "expr", ">5")] and from_box("a", "  ") == []
    kept = [Filter("b", "null")]
    assert replaced([Filter("a", "null"), *kept], "a", []) == kept


def test_a_cut_value_can_only_be_tested_for_null():
    quick = quick_filters("a", [Truncated("x", 100)])
    assert [entry.title for entry in quick] == ["is NULL", "is not NULL"]


def test_many_values_make_an_in_filter_without_null_and_doubles():
    quick = quick_filters("a", [1, None, 2, 1, True])
    assert quick[0].filter == Filter("a", "in", values=[1, 2, True])
    assert distinct([1, 1.0, True, 0.0, -0.0]) == [1, 1.0, True, 0.0, -0.0]


def test_an_unchanged_box_leaves_a_quick_filter_exact(make_grid):
    source = Formula(100)
    grid = make_grid(source)
    source.set_filters([Filter("id", "=", 90417)])
    grid.open_filters(0)
    assert grid.filter_row.editor.text() == "=90417"
    QTest.keyClick(grid.filter_row.editor, Qt.Key.Key_Return)
    assert source.filters() == [Filter("id", "=", 90417)]


# --- problems and emptiness ------------------------------------------------------------------------


def test_a_problem_stands_in_the_grid_with_a_retry(make_grid):
    source = Formula(0)
    grid = make_grid(source)
    source.fail(Problem("connection.lost", "The database closed the connection", hint="Try again"))
    notice = grid.notice.widget
    assert isinstance(notice, InlineProblem) and notice.isVisible()
    assert grid.viewport().geometry().contains(notice.geometry())
    assert not notice.geometry().intersects(grid.header.geometry())
    button = next(button for button in notice.findChildren(QAbstractButton) if button.text() == "Try again")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert source.retried == 1 and isinstance(grid.notice.widget, EmptyState)


def test_an_empty_table_says_so_and_an_empty_filter_offers_to_be_cleared(make_grid):
    source = Formula(0)
    grid = make_grid(source)
    assert isinstance(grid.notice.widget, EmptyState) and grid.notice.widget.title.text() == "No rows"
    source.set_filters([Filter("id", "expr", ">5")])
    assert grid.notice.widget.title.text() == "No row passes the filter"
    source.fail(Problem("data.bad_filter", "The filter cannot be understood."))
    (clear,) = [one for one in grid.notice.widget.findChildren(QAbstractButton) if one.text()]
    assert clear.text() == "Clear all filters", "trying again would not mend it"
    QTest.mouseClick(clear, Qt.MouseButton.LeftButton)
    assert source.filters() == []
    source.retry()
    source.grow(5)
    assert grid.notice.widget is None


def test_a_problem_beside_rows_that_are_here_leaves_them_readable(make_grid):
    source = Formula(1000)
    grid = make_grid(source)
    source.fail(Problem("connection.timeout", "The database did not answer in time"))
    assert grid.notice.widget.geometry().top() > grid.viewport().geometry().center().y()


# --- with a table source ---------------------------------------------------------------------------


def settle(grid):
    QApplication.processEvents()
    for _ in range(30):
        grid.source._loader.fetch_next()


def test_a_corrected_number_moves_neither_the_rows_on_view_nor_the_cursor(make_grid):
    client = PaperClient(20_000, error=500)
    grid = make_grid(TableSource(client, TableRef("c", "t")))
    settle(grid)
    grid.go_to_row(3000)
    settle(grid)
    hands = Hands(grid)
    key = grid.source.cell(3000, 0)
    assert key == key_of(3500) and not grid.source.numbers_exact(3000)
    moves: list[int] = []
    grid.source.moved.connect(moves.append)
    page = grid.page_rows() - 1
    while not grid.source.numbers_exact(grid.selection.current.row):
        hands.key(KEY.Key_PageUp)
        settle(grid)
        key -= 3 * page
        assert grid.cell_at(grid.selection.current) == key, "the cursor is on another row"
        assert grid.selection.current.row == grid.top(), "the view jumped"
    assert sum(moves) == 500 and key == key_of(grid.selection.current.row)


def test_the_cursor_stands_on_the_first_cell_as_soon_as_rows_are_here(make_grid):
    client = PaperClient(500, auto=False)
    grid = make_grid(TableSource(client, TableRef("c", "t")))
    QApplication.processEvents()
    assert grid.selection.current is None
    client.answer()
    assert grid.selection.current == Spot(0, 0)


def test_loading_shows_placeholders_before_the_length_is_known(make_grid):
    client = PaperClient(500, auto=False)
    grid = make_grid(TableSource(client, TableRef("c", "t")))
    assert grid.total_rows() == 0 and grid.notice.widget is None
    assert grid.source.loading()


# --- telling ---------------------------------------------------------------------------------------


def test_every_move_of_the_cursor_is_announced_in_words(make_grid):
    QAccessible.setActive(True)
    grid = make_grid()
    hands = Hands(grid)
    said: list[str] = []
    grid.announcer.announced.connect(said.append)
    hands.click(hands.cell(2, 0))
    hands.key(KEY.Key_Right)
    hands.click(hands.cell(2, 6))
    hands.click(hands.cell(4, 6))
    assert said[0] == "90431, id, row 3, key"
    assert said[1].endswith("customer_id, row 3, foreign key")
    assert said[2:] == ["NULL, note, row 3", "empty text, note, row 5"]
    assert grid.accessibleDescription() == said[-1]
    hands.key(KEY.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert said[-1].endswith("2 cells selected")


def test_cells_on_their_way_are_announced_as_such(make_grid):
    source = Formula(1000)
    grid = make_grid(source)
    source.withheld = lambda row: True
    assert grid.announcer.describe(Spot(500, 2)) == "loading, status, row 501"
    source.guessed = True
    assert grid.announcer.describe(Spot(500, 2)) == "loading, status, row about 501"


def test_the_current_cell_is_told_again_when_it_arrives(make_grid):
    source = Formula(1000)
    grid = make_grid(source)
    source.withheld = lambda row: row > 100
    heard: list[tuple[int, int]] = []
    grid.current_changed.connect(lambda row, column: heard.append((row, column)))
    grid.go_to_row(500)
    assert heard[-1] == (500, 0)
    source.withheld = lambda row: False
    count = len(heard)
    source.arrived.emit(480, 520)
    assert heard[count:] == [(500, 0)]


# --- remembering -----------------------------------------------------------------------------------


def test_state_is_restored_also_before_the_rows_are_here(make_grid):
    grid = make_grid()
    hands = Hands(grid)
    grid.move_column(4, 2)
    grid.hide_columns([5])
    grid.set_column_width(0, 91)
    grid.show_filter_row(True)
    hands.click(hands.cell(0, 2))
    grid.scroll_to(300)
    state = grid.state()
    other = make_grid(Formula(10_000))
    other.restore(state)
    assert other.state() == state
    assert Hands(other).shown_names() == hands.shown_names()


def test_columns_grow_with_the_font_now_and_when_restored(make_grid, qapp):
    grid = make_grid()
    grid.set_column_width(3, 100)
    state = grid.state()
    elided = [grid.painter.elided(row, 4) for row in range(5)]
    theme().apply(qapp, "dark", 20)
    assert 145 <= grid.columns.width(3) <= 165
    assert [grid.painter.elided(row, 4) for row in range(5)] == elided == [False] * 5
    other = make_grid()
    other.restore(state)
    assert abs(other.columns.width(3) - grid.columns.width(3)) <= 1


def test_another_source_starts_afresh_but_keeps_the_arrangement(make_grid):
    grid = make_grid()
    hands = Hands(grid)
    hands.drag(hands.cell(0, 0), hands.cell(3, 3))
    grid.set_column_width(2, 140)
    old = grid.source
    grid.set_source(Formula(50))
    assert grid.selection.areas == [] and grid.columns.width(2) == 140 and grid.total_rows() == 50
    old.grow(7)
    assert grid.total_rows() == 50


def test_fewer_rows_take_the_cursor_back(make_grid):
    source = Formula(1000)
    grid = make_grid(source)
    hands = Hands(grid)
    hands.key(KEY.Key_End, CTRL)
    source.grow(40)
    assert grid.selection.current == Spot(39, 6) and grid.visible()[1] == 39
    source.grow(0)
    assert grid.selection.current is None
    hands.key(KEY.Key_Down)
    hands.key(KEY.Key_C, CTRL)
    assert grid.selection.areas == []


def test_an_estimate_that_shrinks_does_not_move_the_cursor(make_grid):
    source = Formula(1000, exact=False)
    grid = make_grid(source)
    grid.go_to_row(900)
    source.grow(800, exact=False)
    assert grid.selection.current.row == 900


# --- verbs -----------------------------------------------------------------------------------------


@pytest.fixture
def verbs():
    before = dict(actions._bindings.keys)
    registry = Verbs()
    register(registry)
    yield registry
    actions._bindings.keys = before


def test_every_action_is_a_verb_of_the_window(verbs, make_grid):
    grid = make_grid()
    assert {action.id for action in ACTIONS} == {verb.id for verb in verbs}
    grid.setFocus()
    assert verbs.run("grid.select_all") == ""
    assert grid.selection.areas[0] == Area(0, 0, 9999, 1 << 30)
    assert verbs.get("grid.follow").when() == "The cell is no foreign key"
    assert verbs.get("grid.show_columns").when() == "No column is hidden"
    grid.clearFocus()
    assert verbs.run("grid.copy") == "Click into rows first"


def test_keys_can_be_bound_anew(verbs, make_grid):
    grid = make_grid()
    hands = Hands(grid)
    verbs.rebind({"grid.peek": ("Ctrl+K",)})
    hands.key(KEY.Key_Space)
    assert grid.popups.card is None
    hands.key(KEY.Key_K, CTRL)
    assert grid.popups.card is not None


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_runs_or_says_why_not(make_grid, action, monkeypatch):
    for grid in (make_grid(Formula(0)), make_grid(Formula(100))):
        said: list[str] = []
        grid.said.connect(said.append)
        reason = action.trigger(grid)
        assert not reason or reason in said


def test_columns_can_be_arranged_without_a_mouse(make_grid):
    grid = make_grid()
    hands = Hands(grid)
    hands.click(hands.cell(0, 3), NONE)
    for name, check in (
        ("grid.sort_descending", lambda: grid.source.order_by() == [Order("amount", True)]),
        ("grid.sort_ascending", lambda: grid.source.order_by() == [Order("amount")]),
        ("grid.sort_none", lambda: grid.source.order_by() == []),
        ("grid.freeze_columns", lambda: grid.columns.frozen(3)),
        ("grid.freeze_columns", lambda: not grid.columns.frozen(3)),
        ("grid.hide_columns", lambda: grid.columns.hidden() == [3]),
        ("grid.show_columns", lambda: grid.columns.hidden() == []),
    ):
        actions.action(name).trigger(grid)
        assert check(), name
        place = grid.columns.place_of(3)
        if place is not None:
            grid.selection.set(Spot(0, place))
