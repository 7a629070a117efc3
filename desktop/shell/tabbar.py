"""The strip of tabs: accent line on the one in front, dots on dirty ones, reordering by dragging."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QTabBar, QToolButton, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.turns import unturned
from desktop.kit.widgets import focus_ring

CLASS_TOKENS = {"local": "local", "shared": "shared", "production": "production"}


class TabLook(msgspec.Struct):
    """How a tab is drawn; `passing` tabs give way to the next thing opened."""

    icon: str = ""
    dirty: bool = False
    pinned: bool = False
    passing: bool = False
    class_: str = ""


class CentreTabs(QTabBar):
    """Qt's tab bar, painted by us: its keyboard and its reading aloud stay."""

    close_wanted = Signal(int)
    keep_wanted = Signal(int)
    menu_wanted = Signal(int, QPoint)
    overflow_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._looks: list[TabLook] = []
        self._hover = -1
        self._dragged = -1
        self._overflow = False
        self.setAccessibleName("Open tabs")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        for button in self.findChildren(QToolButton):
            # They lie over the tabs that do not fit.
            styled(
                button, "QToolButton { background: @bg0; border: 0; } QToolButton:hover { background: @bg2; }"
            )
        self.tabMoved.connect(self._moved)
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        self.setFont(theme().ui_font())
        self.setFixedHeight(theme().metric("tab"))
        for button in self.findChildren(QToolButton):
            left = button.objectName() == "ScrollLeftButton"
            button.setIcon(theme().icon("chevron-left" if left else "chevron-right", 12, "text"))
            button.setIconSize(QSize(theme().scaled(12), theme().scaled(12)))
            button.setAccessibleName("Scroll tabs left" if left else "Scroll tabs right")
        self._drop_arrows()
        self.updateGeometry()
        self.update()

    def insert(self, index: int, title: str, look: TabLook) -> int:
        """Add a tab and answer where it is."""
        self._looks.insert(index, look)
        return self.insertTab(index, title)

    def look(self, index: int) -> TabLook:
        """How a tab is drawn."""
        return self._looks[index]

    def set_look(self, index: int, title: str, tip: str, look: TabLook) -> None:
        """Draw a tab differently."""
        if self.tabText(index) != title:
            self.setTabText(index, title)
        self.setTabToolTip(index, tip)
        if self._looks[index] != look:
            self._looks[index] = look
            self.update()

    def take(self, index: int) -> None:
        """Remove a tab."""
        del self._looks[index]
        self.removeTab(index)

    def tabSizeHint(self, index: int) -> QSize:
        """Icon, title, dot or cross; at most some 240 px."""
        wanted = self._text_left(index) + QFontMetrics(self._font(index)).horizontalAdvance(
            unturned(self.tabText(index))
        )
        width = min(max(wanted + theme().scaled(30), theme().scaled(72)), theme().scaled(240))
        return QSize(width, theme().metric("tab"))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """Tabs scroll rather than shrink."""
        return self.tabSizeHint(index)

    def minimumSizeHint(self) -> QSize:
        """Any width will do."""
        return QSize(theme().scaled(80), theme().metric("tab"))

    def sizeHint(self) -> QSize:
        """All tabs side by side."""
        width = sum(self.tabSizeHint(index).width() for index in range(self.count()))
        return QSize(width, theme().metric("tab"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell whether all tabs fit."""
        super().resizeEvent(event)
        self._check_overflow()

    def tabLayoutChange(self) -> None:
        """Tell whether all tabs fit."""
        self._drop_arrows()
        self._check_overflow()

    def _drop_arrows(self) -> None:
        """With each layout Qt puts arrows of a fixed few pixels in the place of the icons."""
        for button in self.findChildren(QToolButton):
            button.setArrowType(Qt.ArrowType.NoArrow)

    def tabRemoved(self, index: int) -> None:
        """The pointer may be over another tab now."""
        self._hover = -1

    # Painting

    def paintEvent(self, _: QPaintEvent) -> None:
        """Every tab that is in sight; the one in front last."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("bg0"))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme().color("line"))
        current = self.currentIndex()
        for index in range(self.count()):
            area = self.tabRect(index)
            if area.right() > 0 and area.left() < self.width():
                self._paint_tab(painter, index, area, index == current)
        painter.end()

    def _paint_tab(self, painter: QPainter, index: int, area: QRect, front: bool) -> None:
        look = self._looks[index]
        if front:
            self._paint_front(painter, area)
        elif index == self._hover:
            painter.fillRect(area.adjusted(0, 0, 0, -1), theme().color("hover"))
        left = area.left() + theme().scaled(12)
        if look.icon:
            size = theme().scaled(14)
            picture = theme().pixmap(look.icon, 14, "text" if front else "dim")
            painter.drawPixmap(left, area.top() + (area.height() - size) // 2, picture)
        self._paint_title(painter, index, area, front)
        self._paint_end(painter, index, area, front)
        if look.class_ in ("shared", "production"):
            line = QRect(area.left() + 1, area.bottom() - 1, area.width() - 2, 2)
            painter.fillRect(line, theme().color(CLASS_TOKENS[look.class_]))
        if front and self.hasFocus():
            focus_ring(painter, area.adjusted(2, 3, -2, -2))

    def _paint_title(self, painter: QPainter, index: int, area: QRect, front: bool) -> None:
        painter.setFont(self._font(index))
        painter.setPen(theme().color("text" if front else "dim"))
        left = area.left() + self._text_left(index)
        right = area.right() - theme().scaled(22)
        mode = Qt.TextElideMode.ElideRight
        if left < 0:
            # Scrolled out to the left: the end of the title is what can be seen.
            left, mode = theme().scaled(4), Qt.TextElideMode.ElideLeft
        right = min(right, self._edge())
        title = QFontMetrics(painter.font()).elidedText(unturned(self.tabText(index)), mode, right - left + 1)
        room = QRect(left, area.top(), right - left + 4, area.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), title)

    def _edge(self) -> int:
        """Where the tabs end at the right: at the scroll buttons, if there are any."""
        buttons = [button.x() for button in self.findChildren(QToolButton) if button.isVisible()]
        return min(buttons, default=self.width()) - 1

    def _paint_front(self, painter: QPainter, area: QRect) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = theme().metric("radius")
        x, y, right, bottom = area.left() + 0.5, area.top() + 0.5, area.right() + 0.5, area.bottom() + 1
        path = QPainterPath()
        path.moveTo(x, bottom)
        path.lineTo(x, y + radius)
        path.quadTo(x, y, x + radius, y)
        path.lineTo(right - radius, y)
        path.quadTo(right, y, right, y + radius)
        path.lineTo(right, bottom)
        painter.fillPath(path, theme().color("bg1"))
        painter.strokePath(path, QPen(theme().color("line"), 1))
        painter.setClipRect(QRect(area.left(), area.top(), area.width() + 1, theme().scaled(4)))
        painter.strokePath(path, QPen(theme().color("accent"), 2.5))
        painter.restore()

    def _paint_end(self, painter: QPainter, index: int, area: QRect, front: bool) -> None:
        """At the right end: pin, cross under the pointer, dot of a dirty tab."""
        box = self._cross(area)
        look = self._looks[index]
        if index == self._hover:
            name, token = ("pin" if look.pinned else "close"), "text"
        elif look.dirty:
            self._paint_dot(painter, box, theme().color("accent" if front else "dim"))
            return
        elif look.pinned:
            name, token = "pin", "dim"
        elif front:
            name, token = "close", "faint"
        else:
            return
        size = theme().scaled(12)
        painter.drawPixmap(
            box.center().x() - size // 2 + 1,
            box.center().y() - size // 2 + 1,
            theme().pixmap(name, 12, token),
        )

    def _paint_dot(self, painter: QPainter, box: QRect, color: QColor) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        size = theme().scaled(3)
        painter.drawEllipse(box.center() + QPoint(1, 1), size, size)
        painter.restore()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The cross, the middle button, or the beginning of a drag."""
        index = self.tabAt(event.position().toPoint())
        if index < 0:
            return
        if event.button() == Qt.MouseButton.MiddleButton:
            self.close_wanted.emit(index)
        elif event.button() == Qt.MouseButton.RightButton:
            self.menu_wanted.emit(index, event.globalPosition().toPoint())
        elif not self._on_cross(index, event.position().toPoint()):
            self._dragged = index
            self.setCurrentIndex(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A dragged tab changes places with the neighbour whose middle it passes."""
        point = event.position().toPoint()
        hover = self.tabAt(point)
        if hover != self._hover:
            self._hover = hover
            self.update()
        if self._dragged < 0 or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        for neighbour in (self._dragged - 1, self._dragged + 1):
            if 0 <= neighbour < self.count():
                middle = self.tabRect(neighbour).center().x()
                if (neighbour < self._dragged) == (point.x() < middle) and self._passed(point.x(), neighbour):
                    self.moveTab(self._dragged, neighbour)
                    self._dragged = neighbour
                    return

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the cross closes."""
        dragged, self._dragged = self._dragged, -1
        index = self.tabAt(event.position().toPoint())
        left = event.button() == Qt.MouseButton.LeftButton
        if left and dragged < 0 and index >= 0 and self._on_cross(index, event.position().toPoint()):
            self.close_wanted.emit(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click keeps the tab."""
        index = self.tabAt(event.position().toPoint())
        if index >= 0:
            self.keep_wanted.emit(index)

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the pointer any more."""
        self._hover = -1
        self.update()

    def _moved(self, source: int, target: int) -> None:
        self._looks.insert(target, self._looks.pop(source))

    def _passed(self, x: int, neighbour: int) -> bool:
        return self.tabRect(neighbour).left() <= x <= self.tabRect(neighbour).right()

    def _on_cross(self, index: int, point: QPoint) -> bool:
        return not self._looks[index].pinned and self._cross(self.tabRect(index)).contains(point)

    def _cross(self, area: QRect) -> QRect:
        side = theme().scaled(18)
        return QRect(
            area.right() - side - theme().scaled(4), area.top() + (area.height() - side) // 2, side, side
        )

    def _text_left(self, index: int) -> int:
        return theme().scaled(12) + (theme().scaled(20) if self._looks[index].icon else 0)

    def _font(self, index: int) -> QFont:
        font = theme().ui_font()
        font.setItalic(self._looks[index].passing)
        return font

    def _check_overflow(self) -> None:
        overflow = self.sizeHint().width() > self.width()
        if overflow != self._overflow:
            self._overflow = overflow
            self.overflow_changed.emit(overflow)
