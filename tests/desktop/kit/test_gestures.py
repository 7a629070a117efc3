"""Every gesture of the grid, one real input each, by what it does. The table is what the manual promises."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QDrag, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from desktop.kit.grid.actions import ACTIONS
from desktop.kit.grid.selection import ALL_PLACES, Area, Spot
from embedded_server.wire.data import Filter, Order
from tests.desktop.kit.hands import CTRL, KEY, LEFT, NONE, SHIFT, Hands
from tests.desktop.kit.sources import Formula, order_cell

# Offscreen there is no window manager to bring menus to the front.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

GESTURES: dict[str, Callable[..., None]] = {}


def gesture(name: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def keep(function: Callable[..., None]) -> Callable[..., None]:
        assert name not in GESTURES
        GESTURES[name] = function
        return function

    return keep


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
    assert hands.areas() == [Area(0, 2, 9999, 2), Area(0, 4, 9999, 4)]


@gesture("Ctrl+Shift+click a header: select columns up to it")
def _(hands: Hands) -> None:
    hands.click(hands.head(1), CTRL, hands.grid.header)
    hands.click(hands.head(3), CTRL | SHIFT, hands.grid.header)
    assert hands.areas() == [Area(0, 1, 9999, 3)]


@gesture("Ctrl+drag over headers: select columns")
def _(hands: Hands) -> None:
    hands.drag(hands.head(1), hands.head(2), hands.head(4), modifiers=CTRL, on=hands.grid.header)
    assert hands.areas() == [Area(0, 1, 9999, 4)]


@gesture("click the corner: select everything")
def _(hands: Hands) -> None:
    hands.click(QPoint(5, 12), NONE, hands.grid.header)
    assert hands.areas() == [Area(0, 0, 9999, ALL_PLACES)]


# --- keyboard --------------------------------------------------------------------------------------


@gesture("Ctrl+A: select everything")
def _(hands: Hands) -> None:
    hands.key(KEY.Key_A, CTRL)
    assert hands.areas() == [Area(0, 0, 9999, ALL_PLACES)]


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
    assert hands.current() == Spot(9999, 6)
    assert hands.grid.visible()[1] == 9999
    hands.key(KEY.Key_Home, CTRL)
    assert hands.current() == Spot(0, 0) and hands.grid.top() == 0


@gesture("Ctrl+arrows: jump to the edges")
def _(hands: Hands) -> None:
    hands.click(hands.cell(3, 3))
    for key, spot in (
        (KEY.Key_Down, (9999, 3)),
        (KEY.Key_Right, (9999, 6)),
        (KEY.Key_Up, (0, 6)),
        (KEY.Key_Left, (0, 0)),
    ):
        hands.key(key, CTRL)
        assert hands.current() == spot


@gesture("Ctrl+Shift+End: extend to the last cell")
def _(hands: Hands) -> None:
    hands.click(hands.cell(4, 2))
    hands.key(KEY.Key_End, CTRL | SHIFT)
    assert hands.areas() == [Area(4, 2, 9999, 6)]


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
    assert hands.areas() == [Area(0, 3, 9999, 3)]
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


# --- scrolling -------------------------------------------------------------------------------------


@gesture("wheel: three rows a notch")
def _(hands: Hands) -> None:
    hands.wheel(QPoint(0, -120))
    assert (hands.grid.top(), hands.grid.offset()) == (3, 0)
    hands.wheel(QPoint(0, 120))
    assert (hands.grid.top(), hands.grid.offset()) == (0, 0)


@gesture("high-resolution wheel: by fractions, none lost")
def _(hands: Hands) -> None:
    for _ in range(8):
        hands.wheel(QPoint(0, -15))
    assert (hands.grid.top(), hands.grid.offset()) == (3, 0)
    hands.wheel(pixels=QPoint(0, -7))
    assert (hands.grid.top(), hands.grid.offset()) == (3, 7)


@gesture("Shift+wheel: sideways")
def _(hands: Hands) -> None:
    hands.grid.resize(500, 400)
    hands.wheel(QPoint(0, -120), modifiers=SHIFT)
    assert hands.grid.side() == 72 and hands.grid.top() == 0


@gesture("horizontal wheel: sideways")
def _(hands: Hands) -> None:
    hands.grid.resize(500, 400)
    hands.wheel(QPoint(-120, 0))
    assert hands.grid.side() == 72


@gesture("Ctrl+G: go to a row")
def _(hands: Hands) -> None:
    hands.click(hands.cell(0, 3))
    hands.key(KEY.Key_G, CTRL)
    hands.type("5,001")
    hands.press(KEY.Key_Return)
    assert hands.current() == Spot(5000, 3)
    first, last = hands.grid.visible()
    assert first < 5000 < last
    assert QApplication.focusWidget() is hands.grid


@gesture("Ctrl+G, 50% or end: go to a share or the end")
def _(hands: Hands) -> None:
    for text, row in (("50%", 4999), ("end", 9999), ("1", 0)):
        hands.key(KEY.Key_G, CTRL)
        hands.type(text)
        hands.press(KEY.Key_Return)
        assert hands.current() == Spot(row, 0)
    hands.key(KEY.Key_G, CTRL)
    hands.type("nonsense")
    hands.press(KEY.Key_Return)
    assert hands.grid.popups.prompt is not None
    assert "row number" in hands.grid.popups.prompt.note.text()
    assert hands.current() == Spot(0, 0)


@gesture("Ctrl+Shift+F: find a column while typing")
def _(hands: Hands) -> None:
    hands.grid.resize(520, 400)
    hands.key(KEY.Key_F, CTRL | SHIFT)
    hands.type("not")
    hands.press(KEY.Key_Return)
    assert hands.current() == Spot(0, 6)
    assert hands.grid.right_x(6) <= hands.grid.viewport().width()
    hands.key(KEY.Key_F, CTRL | SHIFT)
    hands.press(KEY.Key_Down)
    hands.press(KEY.Key_Return)
    assert hands.current() == Spot(0, 1)


# --- columns ---------------------------------------------------------------------------------------


@gesture("drag a column's edge: resize")
def _(hands: Hands) -> None:
    before = hands.grid.columns.width(2)
    start = hands.edge(2)
    hands.drag(start, start + QPoint(20, 0), start + QPoint(60, 0), on=hands.grid.header)
    assert hands.grid.columns.width(2) == before + 60


@gesture("double click a column's edge: fit")
def _(hands: Hands) -> None:
    hands.grid.set_column_width(4, 40)
    QTest.mouseDClick(hands.grid.header, LEFT, NONE, hands.edge(4))
    room = hands.grid.columns.width(4) - 2 * hands.grid.painter.texts.padding
    needs = hands.grid.painter.texts.mono.width(str(order_cell(0, 4)))
    assert needs <= room <= needs + 3


@gesture("drag a header: move the column")
def _(hands: Hands) -> None:
    start, target = hands.head(2), hands.head(4) + QPoint(30, 0)
    hands.drag(start, start + QPoint(30, 0), target, on=hands.grid.header)
    assert hands.shown_names() == ["id", "customer_id", "amount", "created_at", "status", "coupon", "note"]
    start = hands.head(5)
    hands.drag(start, start - QPoint(30, 0), hands.head(1) - QPoint(30, 0), on=hands.grid.header)
    assert hands.shown_names()[1] == "coupon"


@gesture("header menu, Hide and Show hidden")
def _(hands: Hands) -> None:
    hands.grid.header.menu_wanted.emit(3, QPoint(10, 10))
    hands.choose("Hide column")
    assert "amount" not in hands.shown_names()
    hands.grid.header.menu_wanted.emit(0, QPoint(10, 10))
    hands.choose("Show hidden (1)", "amount")
    assert hands.shown_names()[3] == "amount"


@gesture("right click a header: its menu")
def _(hands: Hands) -> None:
    QTest.mousePress(hands.grid.header, Qt.MouseButton.RightButton, NONE, hands.head(3))
    assert hands.entries()[:3] == ["Sort ascending", "Sort descending", "Do not sort by it"]
    hands.choose("Sort descending")
    assert hands.grid.source.order_by() == [Order("amount", True)]


@gesture("header menu, Freeze: the column stays while others scroll; the key does by itself")
def _(hands: Hands) -> None:
    grid = hands.grid
    assert grid.columns.frozen_count == 1
    hands.grid.header.menu_wanted.emit(2, QPoint(10, 10))
    hands.choose("Freeze column")
    assert hands.shown_names()[:2] == ["id", "status"] and grid.columns.frozen_count == 2
    grid.resize(500, 400)
    x = grid.edge_x(1)
    grid.horizontalScrollBar().setValue(100)
    assert grid.edge_x(1) == x and grid.edge_x(2) == grid.right_x(1) - 100
    grid.header.menu_wanted.emit(1, QPoint(10, 10))
    hands.choose("Release column")
    assert hands.grid.columns.frozen_count == 1


@gesture("header menu, Fit all columns")
def _(hands: Hands) -> None:
    for place in range(7):
        hands.grid.set_column_width(place, 40)
    hands.grid.header.menu_wanted.emit(0, QPoint(10, 10))
    hands.choose("Fit all columns")
    assert all(hands.grid.columns.width(place) > 40 for place in range(7))


# --- sort and filter -------------------------------------------------------------------------------


@gesture("click a header: sort ascending, descending, not")
def _(hands: Hands) -> None:
    for order in ([Order("amount")], [Order("amount", True)], []):
        hands.click(hands.head(3), NONE, hands.grid.header)
        assert hands.grid.source.order_by() == order


@gesture("Shift+click a header: sort by this column too")
def _(hands: Hands) -> None:
    hands.click(hands.head(2), NONE, hands.grid.header)
    hands.click(hands.head(3), SHIFT, hands.grid.header)
    hands.click(hands.head(3), SHIFT, hands.grid.header)
    assert hands.grid.source.order_by() == [Order("status"), Order("amount", True)]
    hands.click(hands.head(3), SHIFT, hands.grid.header)
    assert hands.grid.source.order_by() == [Order("status")]


@gesture("Ctrl+F: type a filter into the column's box")
def _(hands: Hands) -> None:
    hands.click(hands.cell(0, 3))
    hands.key(KEY.Key_F, CTRL)
    hands.type(">5")
    hands.press(KEY.Key_Return)
    assert hands.grid.source.filters() == [Filter("amount", "expr", ">5")]
    assert QApplication.focusWidget() is hands.grid


@gesture("Tab in a filter box: apply and go on to the next column's")
def _(hands: Hands) -> None:
    hands.click(hands.cell(0, 2))
    hands.key(KEY.Key_F, CTRL)
    hands.type("paid, open")
    hands.press(KEY.Key_Tab)
    hands.type("10..20")
    hands.press(KEY.Key_Return)
    assert hands.grid.source.filters() == [
        Filter("status", "expr", "paid, open"),
        Filter("amount", "expr", "10..20"),
    ]


@gesture("click a filter box: edit it; emptied, it is gone")
def _(hands: Hands) -> None:
    hands.grid.source.set_filters([Filter("status", "expr", "null"), Filter("coupon", "expr", "~^A")])
    hands.grid.show_filter_row(True)
    hands.click(QPoint(hands.head(2).x(), 10), NONE, hands.grid.filter_row)
    assert hands.grid.filter_row.editor.text() == "null"
    hands.grid.filter_row.editor.clear()
    hands.press(KEY.Key_Return)
    assert hands.grid.source.filters() == [Filter("coupon", "expr", "~^A")]


@gesture("context menu, quick filters: =, ≠, contains, NULL")
def _(hands: Hands) -> None:
    hands.context(hands.cell(0, 2))
    status = order_cell(0, 2)
    hands.choose("Filter rows", f"= {status}")
    assert hands.grid.source.filters() == [Filter("status", "=", status)]
    hands.context(hands.cell(1, 2))
    other = order_cell(1, 2)
    hands.choose("Filter rows", f"≠ {other}")
    assert hands.grid.source.filters() == [Filter("status", "=", status), Filter("status", "!=", other)]
    hands.context(hands.cell(1, 2))
    hands.choose("Filter rows", f"contains {other}")
    assert hands.grid.source.filters() == [Filter("status", "contains", other)]
    hands.context(hands.cell(1, 2))
    hands.choose("Filter rows", "is not NULL")
    assert hands.grid.source.filters() == [Filter("status", "not null")]
    hands.context(hands.cell(1, 2))
    hands.choose("Filter rows", "Clear all filters")
    assert hands.grid.source.filters() == []


@gesture("context menu over several cells: in these values")
def _(hands: Hands) -> None:
    hands.drag(hands.cell(0, 0), hands.cell(2, 0))
    hands.context(hands.cell(1, 0))
    hands.choose("Filter rows", "in the 3 values selected")
    assert hands.grid.source.filters() == [Filter("id", "in", values=[90417, 90424, 90431])]


# --- copying ---------------------------------------------------------------------------------------


@gesture("Ctrl+C: copy as TSV, values exactly")
def _(hands: Hands) -> None:
    hands.click(hands.cell(1, 6))
    hands.key(KEY.Key_C, CTRL)
    assert hands.clipboard() == order_cell(1, 6)
    hands.drag(hands.cell(0, 0), hands.cell(1, 3))
    hands.key(KEY.Key_C, CTRL)
    assert hands.clipboard() == "\n".join(
        "\t".join(str(order_cell(row, column)) for column in range(4)) for row in range(2)
    )


@gesture("Ctrl+Shift+C: copy with column names")
def _(hands: Hands) -> None:
    hands.drag(hands.cell(0, 0), hands.cell(0, 1))
    hands.key(KEY.Key_C, CTRL | SHIFT)
    assert hands.clipboard() == f"id\tcustomer_id\n90417\t{order_cell(0, 1)}"


@gesture("context menu, Copy as CSV, JSON, INSERT, IN list, Markdown")
def _(hands: Hands) -> None:
    hands.drag(hands.cell(0, 0), hands.cell(1, 0))
    expected = {
        "CSV": "id\r\n90417\r\n90424\r\n",
        "JSON": '[\n  {"id": 90417},\n  {"id": 90424}\n]\n',
        "INSERT statements": 'INSERT INTO "public"."orders" ("id") VALUES\n  (90417),\n  (90424);\n',
        "IN list": "(90417, 90424)",
        "Markdown": "|    id |\n| ----: |\n| 90417 |\n| 90424 |\n",
    }
    for title, text in expected.items():
        hands.context(hands.cell(0, 0))
        hands.choose("Copy as", title)
        assert hands.clipboard() == text


@gesture("drag a selection: take it out as text")
def _(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, *_: taken.append(drag.mimeData().text()))
    hands.drag(hands.cell(0, 0), hands.cell(1, 0))
    before = hands.areas()
    hands.drag(hands.cell(1, 0), hands.cell(1, 0) + QPoint(3, 0), hands.cell(4, 3))
    assert taken == ["90417\n90424"] and hands.areas() == before
    hands.click(hands.cell(1, 0))
    assert hands.areas() == [Area(1, 0, 1, 0)]


# --- looking at values -----------------------------------------------------------------------------


@gesture("Space: peek at the value, Space closes it; it follows the cursor")
def _(hands: Hands) -> None:
    hands.click(hands.cell(1, 6))
    hands.key(KEY.Key_Space)
    card = hands.grid.popups.card
    assert card is not None and card.isVisible() and hands.grid.hasFocus()
    assert card.panel.text.edit.toPlainText() == order_cell(1, 6)
    hands.key(KEY.Key_Up)
    assert card.panel.text.edit.toPlainText() == order_cell(0, 6)
    hands.key(KEY.Key_Space)
    assert hands.grid.popups.card is None


@gesture("F7: open the value in the viewer")
def _(hands: Hands) -> None:
    hands.click(hands.cell(1, 6))
    hands.key(KEY.Key_F7)
    viewer = hands.grid.popups.viewer
    assert viewer is not None and viewer.isVisible()
    assert viewer.isAncestorOf(QApplication.focusWidget())
    assert viewer.panel.text.edit.toPlainText() == order_cell(1, 6)


@gesture("Shift+Enter: open the value in the viewer")
def _(hands: Hands) -> None:
    hands.click(hands.cell(1, 6))
    hands.key(KEY.Key_Return, SHIFT)
    assert hands.grid.popups.viewer is not None


@gesture("double click: open the value in the viewer")
def _(hands: Hands) -> None:
    QTest.mouseDClick(hands.grid.viewport(), LEFT, NONE, hands.cell(1, 6))
    assert hands.grid.popups.viewer is not None and hands.current() == Spot(1, 6)


@gesture("hover over a cut value: the whole text")
def _(hands: Hands) -> None:
    hands.grid.set_column_width(6, 60)
    at = hands.cell(1, 6)
    event = QHelpEvent(QEvent.Type.ToolTip, at, hands.grid.viewport().mapToGlobal(at))
    QApplication.sendEvent(hands.grid.viewport(), event)
    assert QToolTip.text() == order_cell(1, 6)
    assert hands.grid.mouse.tip(Spot(2, 0)) == ""


# --- foreign keys ----------------------------------------------------------------------------------


@gesture("Ctrl+click on a foreign key: follow it")
def _(hands: Hands) -> None:
    heard: list[tuple[int, int]] = []
    hands.grid.follow.connect(lambda row, column: heard.append((row, column)))
    hands.click(hands.text(3, 1), CTRL)
    assert heard == [(3, 1)] and hands.current() == Spot(3, 1)


@gesture("F4: follow the foreign key under the cursor")
def _(hands: Hands) -> None:
    heard: list[tuple[int, int]] = []
    said: list[str] = []
    hands.grid.follow.connect(lambda row, column: heard.append((row, column)))
    hands.grid.said.connect(said.append)
    hands.click(hands.cell(5, 1))
    hands.key(KEY.Key_F4)
    assert heard == [(5, 1)]
    hands.click(hands.cell(5, 2))
    hands.key(KEY.Key_F4)
    assert heard == [(5, 1)] and said == ["The cell is no foreign key"]


@gesture("hover over a foreign key: a card after a moment, gone when the pointer leaves")
def _(hands: Hands, qtbot) -> None:
    with qtbot.waitSignal(hands.grid.hover_reference) as hovered:
        QTest.mouseMove(hands.grid.viewport(), hands.text(4, 1))
    row, column, rect = hovered.args
    assert (row, column) == (4, 1)
    assert rect.topLeft() == hands.grid.viewport().mapToGlobal(hands.grid.cell_rect(4, 1).topLeft())
    with qtbot.waitSignal(hands.grid.hover_left):
        QTest.mouseMove(hands.grid.viewport(), hands.cell(4, 4))


# --- menus and Esc ---------------------------------------------------------------------------------


@gesture("right click a cell: its menu; a cell outside the selection becomes the selection")
def _(hands: Hands) -> None:
    hands.drag(hands.cell(0, 0), hands.cell(2, 2))
    hands.context(hands.cell(1, 1))
    assert hands.areas() == [Area(0, 0, 2, 2)]
    assert {"Peek at the value", "Copy", "Copy as", "Filter rows", "Select row"} <= set(hands.entries())
    hands.grid.menus.shown.close()
    hands.context(hands.cell(5, 3))
    assert hands.areas() == [Area(5, 3, 5, 3)]
    hands.grid.menus.shown.close()


@gesture("Esc: closes popup, then box, then selection, and cancels loading only when nothing else is open")
def _(hands: Hands) -> None:
    grid, source = hands.grid, hands.grid.source
    source.busy = True
    hands.drag(hands.cell(0, 2), hands.cell(2, 3))
    grid.popups.view()
    hands.press(KEY.Key_Escape)
    assert grid.popups.viewer is None and grid.hasFocus()
    hands.key(KEY.Key_F, CTRL)
    hands.type("half typed")
    hands.press(KEY.Key_Escape)
    assert grid.filter_row.editing() is None and source.filters() == []
    assert len(hands.areas()) == 1 and hands.areas()[0] == Area(0, 2, 2, 3)
    hands.key(KEY.Key_Escape)
    assert hands.areas() == [Area(2, 3, 2, 3)] and source.cancelled == 0
    hands.key(KEY.Key_Escape)
    assert source.cancelled == 1


@gesture("Esc while dragging a column's edge: the old width")
def _(hands: Hands) -> None:
    before = hands.grid.columns.width(2)
    QTest.mousePress(hands.grid.header, LEFT, NONE, hands.edge(2))
    QTest.mouseMove(hands.grid.header, hands.edge(2) + QPoint(50, 0))
    assert hands.grid.columns.width(2) == before + 50
    hands.key(KEY.Key_Escape)
    assert hands.grid.columns.width(2) == before


# --- the table is complete -------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(GESTURES))
def test_gesture(name, make_grid, request):
    function = GESTURES[name]
    extra = {key: request.getfixturevalue(key) for key in function.__annotations__ if key == "monkeypatch"}
    if "qtbot" in function.__code__.co_varnames[: function.__code__.co_argcount]:
        extra["qtbot"] = request.getfixturevalue("qtbot")
    function(Hands(make_grid(Formula(10_000))), **extra)


def test_every_key_of_an_action_has_its_gesture():
    told = " ".join(GESTURES)
    missing = [
        key
        for action in ACTIONS
        for key in action.keys
        if key.replace("Return", "Enter") not in told and key not in ("Ctrl+Ins",)
    ]
    assert missing == []
