"""Scrolling, going places, and arranging columns."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.kit.grid.selection import Spot
from embedded_server.wire.data import Order
from tests.desktop.kit.gestures import gesture
from tests.desktop.kit.hands import CTRL, KEY, LEFT, NONE, SHIFT, Hands
from tests.desktop.kit.sources import order_cell

# --- scrolling -------------------------------------------------------------------------------------


@gesture("wheel: three rows a notch")
def _(hands: Hands) -> None:
    hands.wheel(QPoint(0, -120))
    assert (hands.grid.top(), hands.grid.offset()) == (3, 0)
    hands.wheel(QPoint(0, 120))
    assert (hands.grid.top(), hands.grid.offset()) == (0, 0)


@gesture("high-resolution wheel: by fractions, none lost")
def _(hands: Hands) -> None:
    for _ in range(17):
        hands.wheel(QPoint(0, -7))
    assert (hands.grid.top(), hands.grid.offset()) == divmod(17 * 7 * 72 // 120, 24)
    hands.wheel(QPoint(0, -1))
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
    hands.type("1,501")
    hands.press(KEY.Key_Return)
    assert hands.current() == Spot(1500, 3)
    first, last = hands.grid.visible()
    assert first < 1500 < last
    assert QApplication.focusWidget() is hands.grid


@gesture("Ctrl+G, 50% or end: go to a share or the end")
def _(hands: Hands) -> None:
    for text, row in (("50%", 999), ("end", 1999), ("1", 0)):
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
