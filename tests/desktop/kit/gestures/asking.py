"""Sorting, filtering, copying, looking at values, following, menus, Esc."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QDrag, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from desktop.kit.grid.selection import Area, Spot
from embedded_server.wire.data import Filter, Order
from tests.desktop.kit.gestures import gesture
from tests.desktop.kit.hands import CTRL, KEY, LEFT, NONE, SHIFT, Hands
from tests.desktop.kit.sources import order_cell

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
    assert card.panel.text.edit.whole_text() == order_cell(1, 6)
    hands.key(KEY.Key_Up)
    assert card.panel.text.edit.whole_text() == order_cell(0, 6)
    hands.key(KEY.Key_Space)
    assert hands.grid.popups.card is None


@gesture("F7: open the value in the viewer")
def _(hands: Hands) -> None:
    hands.click(hands.cell(1, 6))
    hands.key(KEY.Key_F7)
    viewer = hands.grid.popups.viewer
    assert viewer is not None and viewer.isVisible()
    assert viewer.isAncestorOf(QApplication.focusWidget())
    assert viewer.panel.text.edit.whole_text() == order_cell(1, 6)


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
