"""Selecting and moving the cursor, by mouse and keyboard."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from desktop.kit.grid.selection import ALL_PLACES, Area, Spot
from tests.desktop.kit.gestures import gesture
from tests.desktop.kit.hands import CTRL, KEY, LEFT, NONE, SHIFT, Hands

# --- selecting with the mouse ----------------------------------------------------------------------


@gesture("click: select a cell")
def _(hands: Hands) -> None:
    hands.click(hands.cell(3, 2))
    assert (hands.areas(), hands.current()) == ([Area(3, 2, 3, 2)], Spot(3, 2))


@gesture("Shift+click: extend to a cell")
def _(hands: Hands) -> None:
    hands.click(hands.cell(5, 3))
    hands.click(hands.cell(2, 1), SHIFT)
    assert (hands.areas(), hands.current()) == ([Area(2, 1, 5, 3)], Spot(2, 1))


@gesture("Ctrl+click: add a cell, and take it out again")
def _(hands: Hands) -> None:
    hands.click(hands.cell(1, 2))
    hands.click(hands.cell(4, 3), CTRL)
    assert hands.areas() == [Area(1, 2, 1, 2), Area(4, 3, 4, 3)]
    hands.click(hands.cell(1, 2), CTRL)
    assert hands.areas() == [Area(4, 3, 4, 3)]


@gesture("drag over cells: select them")
def _(hands: Hands) -> None:
    hands.drag(hands.cell(1, 2), hands.cell(2, 2), hands.cell(6, 4))
    assert (hands.areas(), hands.current()) == ([Area(1, 2, 6, 4)], Spot(6, 4))


@gesture("drag beyond the edge: scroll and go on selecting")
def _(hands: Hands) -> None:
    grid, below = hands.grid, QPoint(hands.cell(0, 2).x(), hands.grid.viewport().height() + 90)
    QTest.mousePress(grid.viewport(), LEFT, NONE, hands.cell(1, 2))
    QTest.mouseMove(grid.viewport(), below)
    assert grid.mouse.autoscroll.isActive()
    before = grid.top()
    grid.mouse.scroll_on()
    assert grid.top() == before + 4
    assert hands.areas() == [Area(1, 2, grid.row_at(below.y()), 2)]
    QTest.mouseRelease(grid.viewport(), LEFT, NONE, below)
    assert not grid.mouse.autoscroll.isActive()


@gesture("click a row number: select the row")
def _(hands: Hands) -> None:
    hands.click(hands.gutter(4))
    assert hands.areas() == [Area(4, 0, 4, ALL_PLACES)]
    assert hands.grid.selection.row_selected(4)


@gesture("Shift+click a row number: select rows up to it")
def _(hands: Hands) -> None:
    hands.click(hands.gutter(4))
    hands.click(hands.gutter(7), SHIFT)
    assert hands.areas() == [Area(4, 0, 7, ALL_PLACES)]


@gesture("Ctrl+click a row number: add the row, and take it out again")
def _(hands: Hands) -> None:
    hands.click(hands.gutter(2))
    hands.click(hands.gutter(5), CTRL)
    assert hands.areas() == [Area(2, 0, 2, ALL_PLACES), Area(5, 0, 5, ALL_PLACES)]
    hands.click(hands.gutter(2), CTRL)
    assert hands.areas() == [Area(5, 0, 5, ALL_PLACES)]


@gesture("drag over row numbers: select rows")
def _(hands: Hands) -> None:
    hands.drag(hands.gutter(2), hands.gutter(3), hands.gutter(6))
    assert hands.areas() == [Area(2, 0, 6, ALL_PLACES)]


@gesture("Ctrl+click a header: select the column; again adds another")
def _(hands: Hands) -> None:
    hands.click(hands.head(2), CTRL, hands.grid.header)
    hands.click(hands.head(4), CTRL, hands.grid.header)
    assert hands.areas() == [Area(0, 2, 1999, 2), Area(0, 4, 1999, 4)]


@gesture("Ctrl+Shift+click a header: select columns up to it")
def _(hands: Hands) -> None:
    hands.click(hands.head(1), CTRL, hands.grid.header)
    hands.click(hands.head(3), CTRL | SHIFT, hands.grid.header)
    assert hands.areas() == [Area(0, 1, 1999, 3)]


@gesture("Ctrl+drag over headers: select columns")
def _(hands: Hands) -> None:
    hands.drag(hands.head(1), hands.head(2), hands.head(4), modifiers=CTRL, on=hands.grid.header)
    assert hands.areas() == [Area(0, 1, 1999, 4)]


@gesture("click the corner: select everything")
def _(hands: Hands) -> None:
    hands.click(QPoint(5, 12), NONE, hands.grid.header)
    assert hands.areas() == [Area(0, 0, 1999, ALL_PLACES)]


# --- keyboard --------------------------------------------------------------------------------------


@gesture("Ctrl+A: select everything")
def _(hands: Hands) -> None:
    hands.key(KEY.Key_A, CTRL)
    assert hands.areas() == [Area(0, 0, 1999, ALL_PLACES)]


@gesture("arrows: move by one cell")
def _(hands: Hands) -> None:
    hands.click(hands.cell(3, 3))
    for key, spot in (
        (KEY.Key_Up, (2, 3)),
        (KEY.Key_Left, (2, 2)),
        (KEY.Key_Down, (3, 2)),
        (KEY.Key_Right, (3, 3)),
    ):
        hands.key(key)
        assert hands.current() == spot and hands.areas() == [Area(*spot, *spot)]


@gesture("Shift+arrows: extend")
def _(hands: Hands) -> None:
    hands.click(hands.cell(3, 3))
    hands.key(KEY.Key_Down, SHIFT)
    hands.key(KEY.Key_Right, SHIFT)
    assert hands.areas() == [Area(3, 3, 4, 4)]
    hands.key(KEY.Key_Up, SHIFT)
    assert hands.areas() == [Area(3, 3, 3, 4)]


@gesture("PageDown, PageUp: move by a page")
def _(hands: Hands) -> None:
    hands.click(hands.cell(0, 2))
    page = hands.grid.page_rows() - 1
    hands.key(KEY.Key_PageDown)
    hands.key(KEY.Key_PageDown)
    assert hands.current() == Spot(2 * page, 2)
    first, last = hands.grid.visible()
    assert first <= 2 * page <= last
    hands.key(KEY.Key_PageUp)
    assert hands.current() == Spot(page, 2)


@gesture("Home, End: first and last column")
def _(hands: Hands) -> None:
    hands.click(hands.cell(2, 3))
    hands.key(KEY.Key_End)
    assert hands.current() == Spot(2, 6)
    hands.key(KEY.Key_Home)
    assert hands.current() == Spot(2, 0)


@gesture("Ctrl+Home, Ctrl+End: first and last cell")
def _(hands: Hands) -> None:
    hands.key(KEY.Key_End, CTRL)
    assert hands.current() == Spot(1999, 6)
    assert hands.grid.visible()[1] == 1999
    hands.key(KEY.Key_Home, CTRL)
    assert hands.current() == Spot(0, 0) and hands.grid.top() == 0


@gesture("Ctrl+arrows: jump to the edges")
def _(hands: Hands) -> None:
    hands.click(hands.cell(3, 3))
    for key, spot in (
        (KEY.Key_Down, (1999, 3)),
        (KEY.Key_Right, (1999, 6)),
        (KEY.Key_Up, (0, 6)),
        (KEY.Key_Left, (0, 0)),
    ):
        hands.key(key, CTRL)
        assert hands.current() == spot


@gesture("Ctrl+Shift+End: extend to the last cell")
def _(hands: Hands) -> None:
    hands.click(hands.cell(4, 2))
    hands.key(KEY.Key_End, CTRL | SHIFT)
    assert hands.areas() == [Area(4, 2, 1999, 6)]


@gesture("Tab, Shift+Tab: next and previous cell, across rows")
def _(hands: Hands) -> None:
    hands.click(hands.cell(2, 6))
    hands.key(KEY.Key_Tab)
    assert hands.current() == Spot(3, 0)
    hands.key(KEY.Key_Backtab, SHIFT)
    assert hands.current() == Spot(2, 6)


@gesture("Enter: one row down")
def _(hands: Hands) -> None:
    hands.click(hands.cell(2, 3))
    hands.key(KEY.Key_Return)
    assert hands.current() == Spot(3, 3)


@gesture("Ctrl+Space: select the column")
def _(hands: Hands) -> None:
    hands.click(hands.cell(2, 3))
    hands.key(KEY.Key_Space, CTRL)
    assert hands.areas() == [Area(0, 3, 1999, 3)]
    assert hands.current() == Spot(2, 3)


@gesture("Shift+Space: select the row")
def _(hands: Hands) -> None:
    hands.click(hands.cell(2, 3))
    hands.key(KEY.Key_Space, SHIFT)
    assert hands.areas() == [Area(2, 0, 2, ALL_PLACES)]


@gesture("bare letters and digits: nothing")
def _(hands: Hands) -> None:
    hands.click(hands.cell(2, 3))
    before = hands.grid.state()
    heard: list[object] = []
    hands.grid.follow.connect(lambda *where: heard.append(where))
    hands.grid.said.connect(heard.append)
    hands.grid.selection_changed.connect(lambda: heard.append("selection"))
    for key in (*range(KEY.Key_A.value, KEY.Key_Z.value + 1), *range(KEY.Key_0.value, KEY.Key_9.value + 1)):
        hands.key(KEY(key))
        hands.key(KEY(key), SHIFT)
    assert hands.grid.state() == before and heard == []
    assert not hands.grid.popups.close_top()
