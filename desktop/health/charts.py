"""Small time series of all numbers on one clock, painted: a moment that is pointed at is shown in each."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Themed, elided, focus_ring

from .series import Clock, Series
from .words import limit_text, metric_text

_TILE, _GAP, _EDGE = 214, 10, 14
_STEPS = 60
_RIGHT = Qt.AlignmentFlag.AlignRight


class Charts(Themed):
    """The tiles of one group. Left and Right move the moment, Escape lets it go."""

    def __init__(self, name: str, clock: Clock, of: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock, self._of = clock, of
        self._moment: float | None = None
        self._by_key = False
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def shown(self) -> list[Series]:
        """The series of this group."""
        return [one for one in self._clock.series.values() if one.metric.of == self._of]

    def texts(self) -> list[str]:
        """What the tiles say, one each."""
        return [
            f"{one.metric.title}: {self._value(one)} {limit_text(one.metric)}".strip() for one in self.shown()
        ]

    def follow(self) -> None:
        """New values came."""
        self.setAccessibleDescription(", ".join(self.texts()))
        self.setVisible(bool(self.shown()))
        self.setFixedHeight(self.heightForWidth(self.width()))
        self.update()

    # --- measures ----------------------------------------------------------------------------------

    def hasHeightForWidth(self) -> bool:
        """More columns where there is room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """All tiles."""
        rows = -(-len(self.shown()) // self._columns(width))
        return rows * (self._tile_height() + theme().scaled(_GAP)) + theme().scaled(4)

    def sizeHint(self) -> QSize:
        """Two tiles beside each other."""
        width = 2 * theme().scaled(_TILE) + theme().scaled(_GAP + 2 * _EDGE)
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, _: object) -> None:
        """Another width has another number of columns."""
        self.setFixedHeight(self.heightForWidth(self.width()))

    def _columns(self, width: int) -> int:
        room = width - 2 * theme().scaled(_EDGE) + theme().scaled(_GAP)
        return max(1, room // (theme().scaled(_TILE) + theme().scaled(_GAP)))

    def _tile_height(self) -> int:
        return 2 * theme().metric("line") + theme().scaled(52)

    def _area(self, place: int) -> QRect:
        columns, gap, edge = self._columns(self.width()), theme().scaled(_GAP), theme().scaled(_EDGE)
        width = (self.width() - 2 * edge + gap) // columns - gap
        row, column = divmod(place, columns)
        height = self._tile_height()
        return QRect(edge + column * (width + gap), row * (height + gap) + theme().scaled(2), width, height)

    def _picture(self, area: QRect) -> QRect:
        top = 2 * theme().metric("line") + theme().scaled(4)
        return area.adjusted(0, top, 0, -theme().scaled(2))

    # --- the moment --------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The moment under the pointer, in all tiles."""
        self._point(self._time_at(event.position().toPoint()))

    def leaveEvent(self, _: QEvent) -> None:
        """Now again."""
        self._point(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring is for those who came by the keyboard."""
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Now again."""
        super().focusOutEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right by steps of what is shown: five seconds of five minutes."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        self._by_key = True
        if step is not None:
            now, span = self._clock.now, self._clock.span()
            moment = (self._moment if self._moment is not None else now) + step * span / _STEPS
            self._point(min(max(moment, now - span), now))
        elif event.key() == Qt.Key.Key_Escape and self._moment is not None:
            self._point(None)
        else:
            super().keyPressEvent(event)

    def _time_at(self, place: QPoint) -> float | None:
        for number in range(len(self.shown())):
            picture = self._picture(self._area(number))
            if picture.contains(place):
                share = (place.x() - picture.left()) / picture.width()
                return self._clock.now - self._clock.span() * (1 - share)
        return None

    def _point(self, moment: float | None) -> None:
        if moment != self._moment:
            self._moment = moment
            self.setAccessibleDescription(", ".join(self.texts()))
            self.update()

    def _value(self, one: Series) -> str:
        value = one.last() if self._moment is None else one.at(self._moment)
        return "…" if value is None else metric_text(one.metric, value)

    # --- painting ----------------------------------------------------------------------------------

    def paintEvent(self, _: QPaintEvent) -> None:
        """All tiles."""
        painter = QPainter(self)
        for place, one in enumerate(self.shown()):
            self._paint_tile(painter, one, self._area(place))
        if self.hasFocus() and self._by_key:
            focus_ring(painter, self.rect().adjusted(2, 0, -2, 0))
        painter.end()

    def _paint_tile(self, painter: QPainter, one: Series, area: QRect) -> None:
        line = theme().metric("line")
        head = QRect(area.left(), area.top(), area.width(), line)
        painter.setFont(theme().ui_font(0.9))
        painter.setPen(theme().color("dim"))
        elided(painter, head, one.metric.title)
        below = head.translated(0, line)
        painter.setFont(theme().mono_font(1.0, 600))
        painter.setPen(theme().color(_token(one)))
        used = elided(painter, below, self._value(one))
        painter.setFont(theme().ui_font(0.85))
        painter.setPen(theme().color("dim"))
        rest = below.adjusted(used + theme().scaled(6), 0, 0, 0)
        limit = limit_text(one.metric)
        used = elided(painter, rest, limit) + theme().scaled(8) if limit else 0
        painter.setPen(theme().color("faint"))
        elided(painter, rest.adjusted(used, 0, 0, 0), one.metric.note, _RIGHT)
        self._paint_series(painter, one, self._picture(area))

    def _paint_series(self, painter: QPainter, one: Series, area: QRect) -> None:
        painter.fillRect(area, theme().color("bg2"))
        box = QRectF(area.adjusted(0, 2, 0, -1))
        color = theme().color({"warn": "warn", "error": "error"}.get(_token(one), "info"))
        points = self._points(one, box)
        painter.save()
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if len(points) > 1:
            _paint_line(painter, points, box, color)
        elif points:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(points[0], 2, 2)
        painter.restore()
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme().color("line"))
        if self._moment is not None:
            x = area.left() + area.width() * (1 - (self._clock.now - self._moment) / self._clock.span())
            painter.fillRect(QRectF(x, area.top(), 1, area.height()), theme().color("select_line"))

    def _points(self, one: Series, box: QRectF) -> list[QPointF]:
        top, span = one.top(), self._clock.span()
        return [
            QPointF(
                box.right() - box.width() * (self._clock.now - at) / span,
                box.bottom() - box.height() * min(value / top, 1.0),
            )
            for at, value in one.points
        ]


def _paint_line(painter: QPainter, points: list[QPointF], box: QRectF, color: QColor) -> None:
    filled = QColor(color)
    filled.setAlphaF(0.16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(filled)
    ends = [QPointF(points[-1].x(), box.bottom()), QPointF(points[0].x(), box.bottom())]
    painter.drawPolygon(QPolygonF([*points, *ends]))
    painter.setPen(QPen(color, 1.4))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))


def _token(one: Series) -> str:
    """Near a limit it is a warning; how full a cache is, is none."""
    value, limit = one.last(), one.metric.limit
    if value is None or not limit or one.metric.id in ("cache", "free"):
        return "text"
    share = value / limit
    return "error" if share >= 0.95 else "warn" if share >= 0.85 else "text"
