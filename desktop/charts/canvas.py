"""A chart on the screen: pointed at, walked through, zoomed and moved by mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Themed, focus_ring, rounded

from . import hits
from .drawing import Drawing, color_of
from .hits import Mark
from .plot import Plot
from .view import View, following, whole

_WHEEL, _KEY = 1.2, 1.4
_PAN = 0.1
_FAR = 20


class Canvas(Themed):
    """`pointed`: another mark, or none, is under the pointer or the keyboard's cursor."""

    pointed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drawing: Drawing | None = None
        self.mark: Mark | None = None
        self._whole = View(0, 1, 0, 1)
        self._raised = False
        self._held: QPointF | None = None
        self._by_key = False
        # The chart without the cursor: pointing at it does not draw a million points again.
        self._picture: QPixmap | None = None
        self.setProperty("covers", True)
        self.setAccessibleName("Chart")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_plot(self, plot: Plot, view: View | None = None) -> None:
        """Another chart, from end to end unless a view is given."""
        self.mark, self._raised = None, False
        self._whole = whole(plot)
        self.drawing = Drawing(plot, view or self._whole)
        self.setAccessibleName(f"Chart: {plot.spec.kind}")
        self.setAccessibleDescription(plot.summary)
        self._changed()

    def view(self) -> View | None:
        """The stretch that is seen, null while it is everything."""
        return self.drawing.view if self.drawing is not None and self.drawing.view != self._whole else None

    def fit(self) -> None:
        """Everything is seen."""
        self._raised = False
        self._look(self._whole)

    def sizeHint(self) -> QSize:
        """As much as there is."""
        return QSize(theme().scaled(600), theme().scaled(360))

    def restyle(self) -> None:
        """Other colours and fonts."""
        self._picture = None
        super().restyle()

    # --- what is seen --------------------------------------------------------------------------------

    def zoom(self, factor: float, share: float = 0.5, *, upward: bool = False, height: float = 0.5) -> None:
        """More or less of it around a place, given by its shares of width and height."""
        if self.drawing is None:
            return
        view = self.drawing.view
        if upward:
            self._raised = True
            self._look(view.raised(factor, height))
            return
        view = view.zoomed(factor, share, self._whole).moved(0, self._whole)
        if self.drawing.plot.spec.kind == "scatter":
            self._raised = True
            view = view.raised(factor, height)
        self._look(view)

    def pan(self, share: float) -> None:
        """Further to the right by a share of what is seen."""
        if self.drawing is not None:
            self._look(self.drawing.view.moved(share, self._whole))

    def _look(self, view: View) -> None:
        if self.drawing is None:
            return
        if self.drawing.plot.spec.kind == "line" and not self._raised:
            view = following(self.drawing.plot, view) if view != self._whole else view
        self.drawing.view = view
        self._changed()

    def _changed(self) -> None:
        self._picture = None
        self.update()
        self.pointed.emit()

    # --- the cursor ----------------------------------------------------------------------------------

    def point(self, mark: Mark | None) -> None:
        """Put the cursor on a mark, and say what it is."""
        if mark == self.mark:
            return
        self.mark = mark
        self.update()
        self.pointed.emit()
        if mark is not None and self.drawing is not None and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self.spoken()))

    def words(self) -> list[tuple[str, str]]:
        """What the mark under the cursor says."""
        if self.drawing is None or self.mark is None:
            return []
        return hits.words(self.drawing.plot, self.mark)

    def spoken(self) -> str:
        """The same in one line."""
        return ", ".join(f"{name} {value}" for name, value in self.words())

    def walk(self, by: int) -> None:
        """Move the cursor by so many marks."""
        if self.drawing is None:
            return
        view = self.drawing.view
        mark = hits.step(self.drawing.plot, self.mark, by, view.left, view.right)
        self.point(mark)
        self._reveal()

    def _reveal(self) -> None:
        """The cursor is never outside."""
        if self.drawing is None or self.mark is None:
            return
        x, inner = hits.spot(self.drawing, self.mark).x(), self.drawing.inner
        if inner.width() and not inner.left() - 1 <= x <= inner.right() + 1:
            self.pan((x - inner.center().x()) / inner.width())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, with Shift they move the paper; plus and minus zoom, 0 shows everything."""
        self._by_key = True
        key, shifted = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        side = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
        if side is not None:
            self.pan(side * _PAN) if shifted else self.walk(side)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.walk(_FAR if key == Qt.Key.Key_PageDown else -_FAR)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.walk((1 if key == Qt.Key.Key_End else -1) * 10**12)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._beside(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.zoom(_KEY if key == Qt.Key.Key_Minus else 1 / _KEY)
        elif key == Qt.Key.Key_0 and not event.modifiers():
            self.fit()
        elif key == Qt.Key.Key_Escape and self.mark is not None:
            self.point(None)
        else:
            super().keyPressEvent(event)

    def _beside(self, by: int) -> None:
        if self.drawing is not None and self.mark is not None:
            self.point(hits.beside(self.drawing.plot, self.mark, by))
        else:
            self.walk(by)

    # --- mouse ---------------------------------------------------------------------------------------

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms around the pointer; with Ctrl up and down, with Shift or sideways it moves the paper."""
        if self.drawing is None:
            return
        turn, inner = event.angleDelta(), self.drawing.inner
        modifiers = event.modifiers()
        if abs(turn.x()) > abs(turn.y()) or modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.pan(-(turn.x() or turn.y()) / 120 * _PAN)
        elif turn.y():
            share = min(1.0, max(0.0, (event.position().x() - inner.left()) / inner.width()))
            height = min(1.0, max(0.0, (inner.bottom() - event.position().y()) / inner.height()))
            upward = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
            self.zoom(_WHEEL ** (-turn.y() / 120), share, upward=upward, height=height)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes hold of the paper."""
        self._by_key = False
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Moves the paper, or points at what is under it."""
        if self.drawing is None:
            return
        if self._held is not None and event.buttons() & Qt.MouseButton.LeftButton:
            aside = self._held.x() - event.position().x()
            self._held = event.position()
            self.pan(aside / max(1.0, self.drawing.inner.width()))
        else:
            self.point(hits.find(self.drawing, event.position()))

    def mouseReleaseEvent(self, _: QMouseEvent) -> None:
        """Lets go."""
        self._held = None

    def mouseDoubleClickEvent(self, _: QMouseEvent) -> None:
        """Everything again."""
        self.fit()

    def leaveEvent(self, _: QEvent) -> None:
        """Nothing is pointed at."""
        if not self._by_key:
            self.point(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for those who came by the keyboard."""
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Paint without the ring."""
        super().focusOutEvent(event)
        self.update()

    # --- painting ------------------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        """The chart, drawn once, and the cursor over it."""
        painter = QPainter(self)
        if self.drawing is None:
            painter.fillRect(self.rect(), theme().color("bg1"))
        else:
            painter.drawPixmap(0, 0, self._drawn(self.drawing))
            if self.mark is not None:
                self._paint_mark(painter, self.drawing, self.mark)
        if self.hasFocus() and self._by_key:
            focus_ring(painter, self.rect().adjusted(2, 2, -2, -2))
        painter.end()

    def _drawn(self, drawing: Drawing) -> QPixmap:
        ratio = self.devicePixelRatioF()
        size = (QSize(self.width(), self.height()).toSizeF() * ratio).toSize()
        if self._picture is None or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            painter = QPainter(self._picture)
            drawing.paint(painter, QRectF(self.rect()))
            painter.end()
        return self._picture

    def _paint_mark(self, painter: QPainter, drawing: Drawing, mark: Mark) -> None:
        at, inner = hits.spot(drawing, mark), drawing.inner
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not inner.adjusted(-2, -2, 2, 2).contains(QPointF(at.x(), inner.center().y())):
            return
        painter.setPen(QPen(theme().color("select_line"), 1))
        if drawing.plot.series:
            painter.drawLine(QPointF(at.x(), inner.top()), QPointF(at.x(), inner.bottom()))
            painter.setBrush(color_of(mark.group))
            painter.setPen(QPen(theme().color("bg1"), 1.5))
            painter.drawEllipse(QPointF(at.x(), min(max(at.y(), inner.top()), inner.bottom())), 4.5, 4.5)
        else:
            area = drawing.bin_area(mark.at) if drawing.plot.bins is not None else None
            area = area or drawing.bar_area(mark.at, mark.group)
            painter.setPen(QPen(theme().color("select_line"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.intersected(inner.adjusted(-1, -1, 1, 1)))
        self._paint_card(painter, at, inner)

    def _paint_card(self, painter: QPainter, at: QPointF, inner: QRectF) -> None:
        """What the mark says, beside it."""
        pad, gap = theme().scaled(8), theme().scaled(12)
        names, values = theme().ui_font(0.9), theme().mono_font(0.92)
        lines = self.words()
        name_metrics, value_metrics = QFontMetricsF(names), QFontMetricsF(values)
        room = max(theme().scaled(80), self.width() * 0.5)
        first = min(room / 2, max(name_metrics.horizontalAdvance(name) for name, _ in lines))
        second = min(room, max(value_metrics.horizontalAdvance(value) for _, value in lines))
        line = float(theme().metric("line"))
        width, height = first + second + gap + 2 * pad, line * len(lines) + pad
        left = at.x() + gap if at.x() + gap + width < self.width() else at.x() - gap - width
        top = min(max(at.y() - height / 2, inner.top()), max(inner.top(), inner.bottom() - height))
        card = QRectF(max(0.0, left), top, width, height)
        rounded(painter, card.toAlignedRect(), theme().color("bg2"), theme().color("faint"))
        elide = Qt.TextElideMode.ElideRight
        for number, (name, value) in enumerate(lines):
            base = (
                card.top()
                + pad / 2
                + line * number
                + (line + name_metrics.ascent() - name_metrics.descent()) / 2
            )
            painter.setFont(names)
            painter.setPen(theme().color("dim"))
            painter.drawText(QPointF(card.left() + pad, base), name_metrics.elidedText(name, elide, first))
            painter.setFont(values)
            painter.setPen(theme().color("text"))
            shown = value_metrics.elidedText(value, elide, second)
            painter.drawText(QPointF(card.left() + pad + first + gap, base), shown)
