"""The activity strip at the bottom of every page: the last minute of requests as bars."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.context import Context
from desktop.kit.theme import theme
from desktop.kit.widgets import Surface, elided, focus_ring
from desktop.settings import SHOW_STRIP, SLOW_REQUEST
from embedded_server.wire.trace import TraceSummary

from .activity import BIN, BINS, Activity, Bin
from .feed import Feed
from .words import THIN, clock_text, ms_text, plural, request_text, status_text

TICK_MILLISECONDS = 1000
RATIO = 0.88
# A bin with one slow request or error among many must be seen.
LEAST_PART = 4


class ActivityStrip(Surface):
    """Repaints when something came, and each second while something is in sight.

    `wanted(summary)`: the worst request of a bin was clicked. `quiet`: the last bar left the window.
    """

    wanted = Signal(object)
    quiet = Signal()

    def __init__(self, context: Context, feed: Feed, parent: QWidget | None = None) -> None:
        super().__init__("bg0", "top", parent)
        self._context, self._feed = context, feed
        self.activity = Activity(context.settings.get(SLOW_REQUEST))
        self._hovered = -1
        self.setAccessibleName("Activity")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MILLISECONDS)
        self._tick.timeout.connect(self._ticked)
        feed.arrived.connect(self._arrived)
        feed.refilled.connect(self._refill)
        context.settings.changed.connect(self._setting)
        self.restyle()
        self._show_or_hide()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().metric("status") + theme().scaled(38))
        super().restyle()

    def ticking(self) -> bool:
        """Whether the clock runs: only while bars are in sight."""
        return self._tick.isActive()

    def bins(self) -> list[Bin | None]:
        """What is shown now."""
        return self.activity.bins(time.time())

    def texts(self) -> list[tuple[str, str]]:
        """The words over the bars with the token of their box, "" for none."""
        totals = self.activity.totals()
        return [
            ("info", f"requests {totals.requests:,.1f}/s"),
            ("warn", f"slow > {self.activity.slow_ms:,}{THIN}ms: {totals.slow:,}"),
            ("error", f"errors {totals.errors:,}"),
            ("", f"statements {totals.statements:,.0f}/s"),
        ]

    # --- what comes --------------------------------------------------------------------------------

    def _arrived(self, fresh: list[TraceSummary]) -> None:
        self._show_or_hide()
        if self.activity.add(fresh, time.time()):
            self._changed()

    def _refill(self) -> None:
        self.activity.clear()
        self.activity.add(self._feed.known.values(), time.time())
        self._show_or_hide()
        self._changed()

    def _setting(self, key: str) -> None:
        if key == SLOW_REQUEST.key:
            self.activity.slow_ms = self._context.settings.get(SLOW_REQUEST)
            self._refill()
        elif key == SHOW_STRIP.key:
            self._show_or_hide()

    def _show_or_hide(self) -> None:
        """Who never captured a request has the room for rows."""
        self.setVisible(bool(self._feed.known) and self._context.settings.get(SHOW_STRIP))

    def _changed(self) -> None:
        if self.isVisible() and self.activity and not self._tick.isActive():
            self._tick.start()
        self.setAccessibleDescription(", ".join(text for _, text in self.texts()))
        self.update()

    def _ticked(self) -> None:
        self.activity.forget(time.time())
        if not self.activity:
            self._tick.stop()
            self.quiet.emit()
        self._changed()

    def showEvent(self, event: QShowEvent) -> None:
        """The clock goes on."""
        super().showEvent(event)
        self._changed()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing runs unseen."""
        self._tick.stop()
        super().hideEvent(event)

    # --- pointer and keyboard ----------------------------------------------------------------------

    def bar_at(self, place: QPoint) -> int:
        """The number of the bin at a place, -1 outside the bars."""
        area = self._bars()
        if not area.adjusted(0, -theme().scaled(4), 0, theme().scaled(4)).contains(place):
            return -1
        return min(int((place.x() - area.left()) * BINS / area.width()), BINS - 1)

    def bar_place(self, at: int) -> QPoint:
        """Where a bin is."""
        area = self._bars()
        return QPoint(area.left() + round((at + 0.5) * area.width() / BINS), area.bottom() - 2)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """What is under the pointer stands out."""
        at = self.bar_at(event.position().toPoint())
        there = at >= 0 and self.bins()[at] is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if there else Qt.CursorShape.ArrowCursor)
        self._hover(at if there else -1)

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click opens the worst request of the bin."""
        self._open(self.bar_at(event.position().toPoint()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right go from bar to bar, Enter opens."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None:
            full = [at for at, found in enumerate(self.bins()) if found is not None]
            ahead = [at for at in full if (at - self._hovered) * step > 0] if self._hovered >= 0 else full
            if ahead:
                self._hover(ahead[0] if step > 0 else ahead[-1])
                QToolTip.showText(
                    self.mapToGlobal(self.bar_place(self._hovered)), self.tip(self._hovered), self
                )
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self._hovered)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Hovering tells what the bin holds."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.tip(self.bar_at(event.pos()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def tip(self, at: int) -> str:
        """The requests of a bin, one a line."""
        found = self.bins()[at] if 0 <= at < BINS else None
        if found is None:
            return ""
        lines = [
            "  ".join(
                (clock_text(one.at), status_text(one.status), request_text(one), ms_text(one.duration_ms))
            )
            for one in found.examples
        ]
        more = found.requests - len(found.examples)
        return "\n".join([*lines, *([f"and {plural(more, 'request')} more"] if more else [])])

    def _hover(self, at: int) -> None:
        if at != self._hovered:
            self._hovered = at
            self.update()

    def _open(self, at: int) -> None:
        found = self.bins()[at] if 0 <= at < BINS else None
        if found is not None and found.worst is not None:
            self.wanted.emit(found.worst)

    # --- painting ----------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(theme().scaled(400), self.height())

    def _bars(self) -> QRect:
        top = theme().metric("status") + theme().scaled(2)
        return self.rect().adjusted(10, top, -10, -theme().scaled(7))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words above, bars below."""
        super().paintEvent(event)
        painter = QPainter(self)
        self._paint_texts(painter)
        self._paint_bars(painter)
        if self.hasFocus():
            focus_ring(painter, self.rect())
        painter.end()

    def _paint_texts(self, painter: QPainter) -> None:
        area = QRect(10, theme().scaled(3), self.width() - 20, theme().metric("status") - theme().scaled(4))
        painter.setFont(theme().ui_font(RATIO, 600))
        painter.setPen(theme().color("text"))
        left = area.left() + elided(painter, area, "Activity") + theme().scaled(18)
        painter.setFont(theme().ui_font(RATIO, figures=True))
        metrics = QFontMetrics(painter.font())
        last = f"last {BINS * BIN:.0f}{THIN}s"
        painter.setPen(theme().color("dim"))
        elided(painter, area, last, Qt.AlignmentFlag.AlignRight)
        end = area.right() - metrics.horizontalAdvance(last) - theme().scaled(12)
        box = theme().scaled(8)
        for token, text in self.texts():
            if token:
                middle = area.top() + (area.height() - box) // 2
                painter.fillRect(QRect(left, middle, box, box), theme().color(token))
                left += box + theme().scaled(4)
            if left + metrics.horizontalAdvance(text) > end:
                return
            painter.setPen(theme().color("dim"))
            rest = QRect(left, area.top(), end - left, area.height())
            left += elided(painter, rest, text) + theme().scaled(18)

    def _paint_bars(self, painter: QPainter) -> None:
        area = self._bars()
        bins = self.bins()
        highest = max((found.requests for found in bins if found is not None), default=1)
        scale = area.height() / max(highest, 4)
        step = area.width() / BINS
        width = max(2.0, step * 0.62)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for at, found in enumerate(bins):
            if found is not None:
                left = area.left() + at * step
                if at == self._hovered:
                    painter.fillRect(
                        QRectF(left - 1, area.top(), step, area.height() + 1), theme().color("bg3")
                    )
                self._paint_bin(painter, found, QRectF(left, area.top(), width, area.height()), scale)

    @staticmethod
    def _paint_bin(painter: QPainter, found: Bin, area: QRectF, scale: float) -> None:
        """Errors at the bottom, slow ones on them, all others on top."""
        bottom = area.bottom()
        others = found.requests - found.slow - found.errors
        for count, token, least in (
            (found.errors, "error", LEAST_PART),
            (found.slow, "warn", LEAST_PART),
            (others, "info", LEAST_PART),
        ):
            if count:
                height = min(max(count * scale, float(least)), bottom - area.top())
                painter.setBrush(theme().color(token))
                painter.drawRoundedRect(QRectF(area.left(), bottom - height, area.width(), height), 1, 1)
                bottom -= height
