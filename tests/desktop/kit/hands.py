"""A person at the grid: real mouse and key events at the places where cells are painted."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.kit.grid.grid import Grid
from desktop.kit.grid.selection import Area, Spot

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CTRL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
KEY = Qt.Key


class Hands:
    """Acts on one grid."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid

    # --- places ----------------------------------------------------------------------------------

    def cell(self, row: int, place: int) -> QPoint:
        return self.grid.cell_rect(row, place).center()

    def text(self, row: int, place: int) -> QPoint:
        """A point on the painted text."""
        rect = self.grid.cell_rect(row, place)
        extent = self.grid.painter.text_extent(row, place)
        assert extent is not None
        return QPoint(rect.left() + round(extent[0] + extent[1] / 2), rect.center().y())

    def gutter(self, row: int) -> QPoint:
        return QPoint(self.grid.gutter // 2, self.cell(row, 0).y())

    def head(self, place: int) -> QPoint:
        return QPoint(self.grid.edge_x(place) + self.grid.columns.width(place) // 2, 12)

    def edge(self, place: int) -> QPoint:
        return QPoint(self.grid.right_x(place) - 1, 12)

    # --- acting ----------------------------------------------------------------------------------

    def click(self, at: QPoint, modifiers: Qt.KeyboardModifier = NONE, on: QWidget | None = None) -> None:
        QTest.mouseClick(on or self.grid.viewport(), LEFT, modifiers, at)

    def drag(self, start: QPoint, *stops: QPoint, modifiers=NONE, on: QWidget | None = None) -> None:
        target = on or self.grid.viewport()
        QTest.mousePress(target, LEFT, modifiers, start)
        for stop in stops:
            QTest.mouseMove(target, stop)
        QTest.mouseRelease(target, LEFT, modifiers, stops[-1])

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyClick(self.grid, key, modifiers)

    def type(self, text: str) -> None:
        """Letter by letter to whatever has the focus then."""
        for letter in text:
            widget = QApplication.focusWidget()
            assert widget is not None
            QTest.keyClicks(widget, letter)

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """A key to whatever has the focus."""
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClick(widget, key, modifiers)

    def wheel(self, angle: QPoint = QPoint(), pixels: QPoint = QPoint(), modifiers=NONE) -> None:  # noqa: B008
        view = self.grid.viewport()
        middle = QPointF(view.rect().center())
        event = QWheelEvent(
            middle,
            QPointF(view.mapToGlobal(middle.toPoint())),
            pixels,
            angle,
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view, event)

    def context(self, at: QPoint) -> None:
        QTest.mousePress(self.grid.viewport(), RIGHT, NONE, at)
        event = QContextMenuEvent(
            QContextMenuEvent.Reason.Mouse, at, self.grid.viewport().mapToGlobal(at), NONE
        )
        QApplication.sendEvent(self.grid.viewport(), event)

    # --- seeing ----------------------------------------------------------------------------------

    def areas(self) -> list[Area]:
        return sorted(self.grid.selection.areas)

    def current(self) -> Spot | None:
        return self.grid.selection.current

    def shown_names(self) -> list[str]:
        return [self.grid.column_at(place).name for place in range(len(self.grid.columns))]

    def entries(self) -> list[str]:
        """The open menu's lines."""
        menu = self.grid.menus.shown
        assert menu is not None
        return [entry.text().split("\t")[0] for entry in menu.actions() if entry.text()]

    def choose(self, *path: str) -> None:
        """Choose an entry of the open menu, through submenus."""
        menu = self.grid.menus.shown
        assert menu is not None
        for title in path[:-1]:
            menu = next(entry.menu() for entry in menu.actions() if entry.text().split("\t")[0] == title)
        entry = next(entry for entry in menu.actions() if entry.text().split("\t")[0] == path[-1])
        assert entry.isEnabled(), entry.toolTip()
        entry.trigger()
        if self.grid.menus.shown is not None:
            self.grid.menus.shown.close()

    @staticmethod
    def clipboard() -> str:
        return QGuiApplication.clipboard().text()
