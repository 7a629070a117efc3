"""Records over time above the lines: bars by level, a span of time by brushing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Surface, focus_ring
from embedded_server.wire.logs import Bucket, HistogramResponse

# From the bottom of a bar: the worst lies lowest, where it is seen even when small.
STACK = (
    ("critical", "error"),
    ("error", "error"),
    ("warning", "warn"),
    ("info", "info"),
    ("", "info"),
    ("debug", "faint"),
)


class HistogramStrip(Surface):
    """`brushed(since, until)`: a span was chosen; `jumped(offset)`: a bar was clicked or entered."""

    brushed = Signal(str, str)
    jumped = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "bottom", parent)
        self.setAccessibleName("Records over time")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._found: HistogramResponse | None = None
        self._pressed = -1
        self._at = -1
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().scaled(64))
        super().restyle()

    def show_buckets(self, found: HistogramResponse | None) -> None:
        """Show these."""
        self._found = found
        self._at = min(self._at, len(self.buckets()) - 1)
        records = sum(sum(bucket.counts.values()) for bucket in self.buckets())
        self.setAccessibleDescription(f"{records:,} records in {len(self.buckets()):,} steps")
        self.update()

    def buckets(self) -> list[Bucket]:
        """What is shown."""
        return self._found.buckets if self._found is not None else []

    # --- places ------------------------------------------------------------------------------------

    def _bars(self) -> QRect:
        label = QFontMetrics(theme().ui_font(0.85)).height()
        side = theme().scaled(10)
        return self.rect().adjusted(side, theme().scaled(6), -side, -label - theme().scaled(6))

    def bucket_at(self, place: QPoint) -> int:
        """The number of the bar at a place, -1 for none."""
        count, area = len(self.buckets()), self._bars()
        if not count or area.width() <= 0:
            return -1
        return max(0, min(int((place.x() - area.left()) * count / area.width()), count - 1))

    def bucket_place(self, number: int) -> QPoint:
        """The middle of a bar."""
        area = self._bars()
        return QPoint(
            area.left() + round((number + 0.5) * area.width() / max(1, len(self.buckets()))),
            area.center().y(),
        )

    # --- pointer and keyboard ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Where a brush begins."""
        self._pressed = self._at = self.bucket_at(event.position().toPoint())
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The brush goes along."""
        at = self.bucket_at(event.position().toPoint())
        if at != self._at:
            self._at = at
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A span was brushed, or a bar clicked."""
        pressed, self._pressed = self._pressed, -1
        at = self.bucket_at(event.position().toPoint())
        if pressed < 0 or at < 0:
            return
        if pressed == at:
            self.jumped.emit(self.buckets()[at].offset)
        else:
            self._brush(min(pressed, at), max(pressed, at))
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        if self._pressed < 0:
            self._at = -1
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go from bar to bar, with Shift they brush; Enter goes there."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.buckets():
            shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if shifted and self._pressed < 0:
                self._pressed = max(0, self._at)
            elif not shifted:
                self._pressed = -1
            self._at = max(0, min(self._at + step, len(self.buckets()) - 1))
            QToolTip.showText(self.mapToGlobal(self.bucket_place(self._at)), self.tip(self._at), self)
            self.setAccessibleDescription(self.tip(self._at))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            pressed, self._pressed = self._pressed, -1
            if pressed >= 0 and pressed != self._at:
                self._brush(min(pressed, self._at), max(pressed, self._at))
            else:
                self.jumped.emit(self.buckets()[self._at].offset)
            self.update()
        else:
            super().keyPressEvent(event)

    def _brush(self, first: int, last: int) -> None:
        buckets = self.buckets()
        if self._found is None or not self._found.step_ms:
            self.jumped.emit(buckets[first].offset)
            return
        until = buckets[last + 1].at if last + 1 < len(buckets) else ""
        self.brushed.emit(buckets[first].at, until)

    def event(self, event: QEvent) -> bool:
        """Hovering tells what a bar holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip(self.bucket_at(event.pos())), self)
            return True
        return super().event(event)

    def tip(self, number: int) -> str:
        """A bar in words."""
        if not 0 <= number < len(self.buckets()):
            return ""
        bucket = self.buckets()[number]
        parts = [f"{count:,} {level or 'records'}" for level, count in bucket.counts.items()]
        where = bucket.at or f"at byte {bucket.offset:,}"
        rough = "" if self._found is None or self._found.exact else "about "
        return f"{where}\n{rough}{', '.join(parts) or 'nothing'}"

    # --- painting ----------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, the brush, both ends in words."""
        super().paintEvent(event)
        painter = QPainter(self)
        area, buckets = self._bars(), self.buckets()
        most = max((sum(bucket.counts.values()) for bucket in buckets), default=0)
        if self._pressed >= 0 and self._at >= 0:
            self._paint_brush(painter, area)
        for number, bucket in enumerate(buckets):
            self._paint_bar(painter, area, number, bucket, most)
        self._paint_ends(painter)
        if self.hasFocus():
            focus_ring(painter, self.rect())
        painter.end()

    def _paint_brush(self, painter: QPainter, area: QRect) -> None:
        step = area.width() / len(self.buckets())
        first, last = min(self._pressed, self._at), max(self._pressed, self._at)
        span = QRect(
            area.left() + round(first * step), 0, round((last - first + 1) * step), self.height() - 1
        )
        painter.fillRect(span, theme().color("select"))

    def _paint_bar(self, painter: QPainter, area: QRect, number: int, bucket: Bucket, most: int) -> None:
        step = area.width() / len(self.buckets())
        left = area.left() + round(number * step)
        width = max(1, round((number + 1) * step) - round(number * step) - (1 if step >= 3 else 0))
        bottom = area.bottom() + 1
        for level, token in STACK:
            count = bucket.counts.get(level, 0)
            if not count:
                continue
            height = max(2, round(count * area.height() / most))
            height = min(height, bottom - area.top())
            color = theme().color(token)
            if number != self._at and level in ("info", "", "debug"):
                color = theme().blend(token, "bg1", 0.62)
            painter.fillRect(QRect(left, bottom - height, width, height), color)
            bottom -= height

    def _paint_ends(self, painter: QPainter) -> None:
        buckets = self.buckets()
        if not buckets or not buckets[0].at:
            return
        painter.setFont(theme().ui_font(0.85))
        painter.setPen(theme().color("dim"))
        height = QFontMetrics(painter.font()).height()
        side = theme().scaled(10)
        row = QRect(side, self.height() - height - theme().scaled(3), self.width() - 2 * side, height)
        first, last = buckets[0].at[:19], buckets[-1].at[:19]
        painter.drawText(row, int(Qt.AlignmentFlag.AlignLeft), first)
        painter.drawText(row, int(Qt.AlignmentFlag.AlignRight), last)
