"""A diagram that is zoomed, moved and walked through by mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from desktop.kit.pictures import image_of, svg_of
from desktop.kit.theme import theme
from desktop.kit.widgets import slim_bars

from .drawing import Drawing
from .graph import Graph, Name

LEAST, MOST, STEP = 0.2, 3.0, 1.2


class DiagramView(QAbstractScrollArea):
    """`chosen(Name)`: the cursor is on a table. `opened(Name)`: Enter or double click. `expanded(Name)`:
    Space, its neighbours are wanted as well."""

    chosen = Signal(object)
    opened = Signal(object)
    expanded = Signal(object)

    def __init__(self, graph: Graph, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawing = Drawing(graph)
        self.current: Name | None = graph.centre
        self.zoom = 1.0
        self._fitted = True
        self._dragged: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName("Diagram of foreign keys")
        slim_bars(self)
        theme().changed.connect(self.changed)

    def changed(self) -> None:
        """The graph, the theme or the choice of columns is another one."""
        self.drawing.lay_out()
        if self._fitted:
            self.fit()
        self._bars()
        self.viewport().update()

    # --- zoom and place ------------------------------------------------------------------------------

    def fit(self) -> None:
        """Everything is visible, nothing larger than it is."""
        size = self.drawing.size
        if size.width() and size.height():
            room = self.viewport().size()
            wanted = min(room.width() / size.width(), room.height() / size.height(), 1.0)
            self.zoom = max(LEAST, wanted)
        self._fitted = True
        self._bars()
        self.viewport().update()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Larger or smaller; the point under the pointer stays where it is."""
        at = at or QPointF(self.viewport().rect().center())
        fixed = self.to_drawing(at)
        self.zoom = min(MOST, max(LEAST, self.zoom * factor))
        self._fitted = False
        self._bars()
        self.horizontalScrollBar().setValue(round(fixed.x() * self.zoom - at.x()))
        self.verticalScrollBar().setValue(round(fixed.y() * self.zoom - at.y()))
        self.viewport().update()

    def _offset(self) -> QPointF:
        """Where the drawing starts in the viewport; a small one stands in the middle."""
        room, size = self.viewport().size(), self.drawing.size * self.zoom
        x = (
            (room.width() - size.width()) / 2
            if size.width() < room.width()
            else -self.horizontalScrollBar().value()
        )
        y = (
            (room.height() - size.height()) / 2
            if size.height() < room.height()
            else -self.verticalScrollBar().value()
        )
        return QPointF(x, y)

    def to_drawing(self, point: QPointF) -> QPointF:
        """A point of the viewport in the drawing."""
        return (point - self._offset()) / self.zoom

    def area(self, name: Name) -> QRectF:
        """A box in the viewport."""
        area, offset = self.drawing.areas[name], self._offset()
        return QRectF(area.topLeft() * self.zoom + offset, area.size() * self.zoom)

    def _bars(self) -> None:
        size, room = self.drawing.size * self.zoom, self.viewport().size()
        for bar, whole, part in (
            (self.horizontalScrollBar(), size.width(), room.width()),
            (self.verticalScrollBar(), size.height(), room.height()),
        ):
            bar.setRange(0, max(0, round(whole) - part))
            bar.setPageStep(part)
            bar.setSingleStep(theme().metric("row"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A diagram that fitted fits again."""
        super().resizeEvent(event)
        self.fit() if self._fitted else self._bars()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Paint again: a scaled picture is not shifted."""
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(theme().scaled(600), theme().scaled(400))

    # --- painting ------------------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        """The whole drawing: it is small."""
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), theme().color("bg0"))
        painter.translate(self._offset())
        painter.scale(self.zoom, self.zoom)
        self.drawing.paint(painter, self.current)
        painter.end()

    def image(self) -> QImage:
        """The diagram at twice its size."""
        return image_of(self.drawing.size.toSize(), self.drawing.paint)

    def svg(self) -> str:
        """The diagram as SVG text."""
        title = f"{self.drawing.graph.centre.table} and its neighbours"
        return svg_of(self.drawing.size.toSize(), title, self.drawing.paint)

    # --- mouse and keys ------------------------------------------------------------------------------

    def choose(self, name: Name) -> None:
        """Put the cursor on a table and bring it into view."""
        self.current = name
        area, room = self.area(name), QRectF(self.viewport().rect())
        if not room.contains(area):
            self.horizontalScrollBar().setValue(
                self.horizontalScrollBar().value() + round(area.center().x() - room.center().x())
            )
            self.verticalScrollBar().setValue(
                self.verticalScrollBar().value() + round(area.center().y() - room.center().y())
            )
        self.viewport().update()
        self._announce(name)
        self.chosen.emit(name)

    def _announce(self, name: Name) -> None:
        if QAccessible.isActive():
            edges = self.drawing.graph.edges
            out = sum(edge.child == name for edge in edges)
            back = sum(edge.parent == name for edge in edges)
            text = f"{self.drawing.title(name)}, refers to {out}, referred to by {back}"
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a table, or take hold of the paper."""
        name = self.drawing.at(self.to_drawing(event.position()))
        if name is not None:
            self.choose(name)
        else:
            self._dragged = event.position().toPoint()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the paper."""
        if self._dragged is None:
            return
        moved = event.position().toPoint() - self._dragged
        self._dragged = event.position().toPoint()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - moved.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the paper."""
        self._dragged = None
        self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open a table."""
        name = self.drawing.at(self.to_drawing(event.position()))
        if name is not None:
            self.opened.emit(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl zoom."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(STEP if event.angleDelta().y() > 0 else 1 / STEP, event.position())
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk along the foreign keys, Enter opens, Space shows the neighbours, + and - zoom."""
        key = Qt.Key(event.key())
        sides = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if key in sides and self.current is not None:
            self._walk(*sides[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current is not None:
            self.opened.emit(self.current)
        elif key == Qt.Key.Key_Space and self.current is not None:
            self.expanded.emit(self.current)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / STEP)
        else:
            super().keyPressEvent(event)

    def _walk(self, right: int, down: int) -> None:
        """To the nearest box on that side."""
        assert self.current is not None
        areas = self.drawing.areas
        here = areas[self.current].center()
        best: tuple[float, Name] | None = None
        for name, area in areas.items():
            way = area.center() - here
            along = way.x() * right + way.y() * down
            aside = abs(way.x() * down) + abs(way.y() * right)
            if name != self.current and along > 1 and (right == 0 or along > area.width() / 4):
                cost = along + 2 * aside
                best = min(best, (cost, name)) if best is not None else (cost, name)
        if best is not None:
            self.choose(best[1])
