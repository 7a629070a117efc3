"""The place in a log stays when the view, its rows or its bars get another size."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from desktop.kit.theme import theme
from tests.logs.server.corpus import record


@pytest.fixture
def font(qapp):
    """Sets the font's size, and that of before in the end."""
    name, size = theme().name, theme().font_size
    yield lambda pixels: theme().apply(qapp, name, pixels)
    theme().apply(qapp, name, size)


def wholly(view, row: int) -> bool:
    """Whether a row is seen from its upper to its lower edge."""
    return 0 <= view.row_y(row) <= view.viewport().height() - view.row_height


@pytest.fixture
def high(tab, until):
    """Gives the lines so many pixels, at most those that the window has for them."""

    def high(pixels: int) -> None:
        before = tab.view.viewport().height()
        tab.view.setMaximumHeight(pixels)
        until(lambda: tab.view.viewport().height() != before)

    return high


def test_the_end_stays_in_sight_while_it_is_followed(tab, high, font, until):
    view, last = tab.view, tab.view.total_rows() - 1
    assert tab.following and wholly(view, last)
    height = view.row_height
    font(20)
    until(lambda: view.row_height > height)
    assert wholly(view, last)
    high(150)
    assert wholly(view, last)
    high(210)
    assert wholly(view, last)
    font(13)
    until(lambda: wholly(view, last) and view.row_height == height)
    assert tab.following


def test_a_bar_below_the_lines_hides_none_of_them(tab, until, log):
    view = tab.view
    before = view.horizontalScrollBar().maximum()
    with log.open("a") as file:
        file.write(record(3001, "INFO", "wide " * 400) + "\n")
    until(lambda: view.total_rows() == 3001 and view.horizontalScrollBar().maximum() > before + 500)
    assert view.horizontalScrollBar().isVisible()
    assert wholly(view, 3000)


def test_a_hit_stays_in_sight_with_lines_around_it(tab, named, qtbot, high, font, until):
    qtbot.keyClicks(named("Find in log"), "request 000005dc ")
    until(lambda: tab.rows.hits == 1 and tab.rows.searched)
    qtbot.keyClick(named("Find in log"), Qt.Key.Key_Return)
    until(lambda: tab.view.cursor_row() == 1500 and named("Hits: 1/1"))
    view = tab.view
    # The lowest of the screen: whatever makes rows higher or the view lower would hide it.
    view.scroll_to(1500 - view.page_rows() + 1)
    assert wholly(view, 1500) and not wholly(view, 1501)
    for change in (lambda: font(20), lambda: high(190), lambda: high(230), lambda: font(13)):
        change()
        until(lambda: wholly(view, 1498) and wholly(view, 1502))
    assert view.cursor_row() == 1500 and not tab.following


def test_who_scrolled_away_from_the_current_line_is_not_taken_back(tab, qtbot, high, font):
    tab.follow(False)
    tab.view.set_cursor(40)
    tab.view.scroll_to(2000)
    font(20)
    high(190)
    assert tab.view.top() == 2000


def test_lines_that_come_into_sight_are_fetched(tab, high, until):
    high(120)
    tab.follow(False)
    tab.rows._rows.clear()
    high(400)
    until(lambda: all(tab.rows.row(row) is not None for row in range(*tab.view.visible())))


def test_a_pattern_set_by_a_program_shows_its_beginning(tab, named, qtbot, until):
    field = named("Find in log")
    qtbot.keyClicks(field, "user=")
    field.setCursorPosition(2)
    qtbot.keyClicks(field, "e")
    assert field.text() == "useer=" and field.cursorPosition() == 3, "who types stays where he types"
    from desktop.logs.query import Query  # noqa: PLC0415  # lazy: beside the window

    tab.ask(Query(pattern="a pattern that is longer than the field it stands in " * 3))
    assert field.cursorPosition() == 0
    tab.toggle_only()
    assert field.cursorPosition() == 0


def test_chosen_levels_are_filled_and_the_others_step_back(tab, named, until):
    def ground(name: str) -> str:
        chip = named(name)
        picture = chip.grab().toImage()
        ratio = picture.devicePixelRatio()
        return picture.pixelColor(round(chip.width() / 2 * ratio), round(3 * ratio)).name()

    assert ground("error 300") == ground("info 2,700") == theme().color("bg2").name()
    tab.bar.toggle("error")
    assert ground("error 300, chosen") == theme().color("select").name()
    assert ground("info 2,700") not in (theme().color("select").name(), theme().color("bg2").name())
    assert named("error 300, chosen").isChecked() and not named("info 2,700").isChecked()
    tab.bar.toggle("error")
    assert ground("error 300") == theme().color("bg2").name()
