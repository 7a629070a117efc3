"""Typing into cells, setting, pasting, rows, undo."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from desktop.kit.grid.selection import Spot
from tests.desktop.kit.gestures import gesture
from tests.desktop.kit.hands import CTRL, KEY, LEFT, SHIFT, Hands
from tests.desktop.kit.sources import EditedFormula

ALT = Qt.KeyboardModifier.AltModifier
STATUS, NOTE = 2, 6


def edited(hands: Hands, row: int = 0, place: int = STATUS) -> EditedFormula:
    """The same grid with rows that can be edited, the cursor in a cell."""
    source = EditedFormula()
    hands.grid.set_source(source)
    source.arrived.emit(0, 199)
    hands.click(hands.cell(row, place))
    return source


@gesture("type in a cell: replace its text, Enter stages it and goes down")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.type("new text")
    assert hands.grid.editor.text() == "new text" and hands.grid.editor.hasFocus()
    hands.press(KEY.Key_Return)
    assert source.asked == [("set", [(0, STATUS, "new text")])]
    assert hands.current() == Spot(1, STATUS) and hands.grid.hasFocus()


@gesture("F2 or Enter: edit the cell's text")
def _(hands: Hands) -> None:
    source = edited(hands)
    for key in (KEY.Key_F2, KEY.Key_Return):
        hands.key(key)
        assert hands.grid.editor.text() == "paid"
        hands.press(KEY.Key_Escape)
    assert source.asked == [] and hands.current() == Spot(0, STATUS)


@gesture("double click: edit the cell's text")
def _(hands: Hands) -> None:
    edited(hands)
    QTest.mouseDClick(hands.grid.viewport(), LEFT, pos=hands.cell(1, STATUS))
    assert hands.grid.editor.editing() and hands.current() == Spot(1, STATUS)
    assert hands.grid.popups.viewer is None


@gesture("Backspace: begin with the empty text, never NULL")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.key(KEY.Key_Backspace)
    hands.press(KEY.Key_Return)
    assert source.asked == [("set", [(0, STATUS, "")])]


@gesture("Tab while typing: stage it and go to the next cell, Shift+Tab to the one before")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.type("a")
    hands.press(KEY.Key_Tab)
    hands.type("5")
    hands.press(KEY.Key_Backtab)
    assert source.asked == [("set", [(0, STATUS, "a")]), ("set", [(0, STATUS + 1, "5")])]
    assert hands.current() == Spot(0, STATUS)


@gesture("Esc while typing: the cell stays as it was")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.type("nothing")
    hands.press(KEY.Key_Escape)
    assert source.asked == [] and not hands.grid.editor.editing()


@gesture("click elsewhere while typing: what was typed is staged")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.type("kept")
    hands.grid.setFocus(Qt.FocusReason.MouseFocusReason)
    assert source.asked == [("set", [(0, STATUS, "kept")])]


@gesture("scroll while typing: the text belongs to the row it was begun in")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.type("far")
    hands.wheel(QPoint(0, -120 * 20))
    hands.press(KEY.Key_Return)
    assert source.asked == [("set", [(0, STATUS, "far")])]


@gesture("Shift+Enter while typing: a line break")
def _(hands: Hands) -> None:
    source = edited(hands, 1, NOTE)
    hands.key(KEY.Key_F2)
    assert hands.grid.editor.text() == "back entrance\nleave with neighbour"
    hands.press(KEY.Key_End, CTRL)
    hands.press(KEY.Key_Return, SHIFT)
    hands.type("third")
    hands.press(KEY.Key_Return)
    assert source.asked == [("set", [(1, NOTE, "back entrance\nleave with neighbour\nthird")])]


@gesture("Ctrl+Enter while typing: set all selected cells")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.drag(hands.cell(0, STATUS), hands.cell(2, STATUS))
    hands.type("x")
    hands.press(KEY.Key_Return, CTRL)
    assert source.asked == [("set", [(row, STATUS, "x") for row in range(3)])]


@gesture("Ctrl+0: NULL in the selected cells")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.key(KEY.Key_0, CTRL)
    assert source.asked == [("set", [(0, STATUS, None)])]


@gesture("Ctrl+V: paste a block, an empty field is NULL, what is below the last row becomes new rows")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.grid.go_to_row(199)
    QGuiApplication.clipboard().setText('a\t1\r\n"b ""c""\nd"\t\n')
    hands.key(KEY.Key_V, CTRL)
    assert source.asked == [
        ("set", [(199, STATUS, "a"), (199, STATUS + 1, "1")]),
        ("add", [{STATUS: 'b "c"\nd'}]),
    ]


@gesture("Ctrl+V of one value: set all selected cells")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.drag(hands.cell(0, STATUS), hands.cell(1, STATUS))
    QGuiApplication.clipboard().setText('"quoted"')
    hands.key(KEY.Key_V, CTRL)
    assert source.asked == [("set", [(0, STATUS, '"quoted"'), (1, STATUS, '"quoted"')])]


@gesture("Alt+Ins: a new row")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.key(KEY.Key_Insert, ALT)
    assert source.asked == [("add", [{}])] and hands.current() == Spot(200, 0)


@gesture("Ctrl+D: clone the selected rows")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.drag(hands.cell(0, STATUS), hands.cell(1, STATUS))
    hands.key(KEY.Key_D, CTRL)
    assert source.asked == [("clone", [0, 1])] and hands.current() == Spot(200, STATUS)


@gesture("Del: delete the selected rows")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.click(hands.gutter(3))
    hands.key(KEY.Key_Delete)
    assert source.asked == [("delete", [3])]


@gesture("Ctrl+Z: undo, Ctrl+Shift+Z or Ctrl+Y: redo")
def _(hands: Hands) -> None:
    source = edited(hands)
    hands.key(KEY.Key_Z, CTRL)
    hands.key(KEY.Key_Z, CTRL | SHIFT)
    hands.key(KEY.Key_Y, CTRL)
    assert source.asked == [("undo",), ("redo",), ("redo",)]


@gesture("type in rows that are only read: nothing")
def _(hands: Hands) -> None:
    hands.click(hands.cell(0, STATUS))
    hands.type("abc")
    hands.key(KEY.Key_Delete)
    assert not hands.grid.editor.editing() and hands.current() == Spot(0, STATUS)


@gesture("type where a cell cannot be set: the reason is said")
def _(hands: Hands) -> None:
    source = edited(hands)
    source.reason = "The connection is read-only"
    said: list[str] = []
    hands.grid.said.connect(said.append)
    hands.type("a")
    assert said == ["The connection is read-only"] and not hands.grid.editor.editing()
