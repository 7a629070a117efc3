"""Paints a chart: on the screen, into an image, into an SVG."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from desktop.kit.theme import theme

from .labels import paint_bar_labels, rotated_room
from .pieces import Floats
from .plot import Plot, Series
from .sampling import line, raster, window
from .ticks import Tick, span_text, ticks
from .view import View

# Colours of their own, which mean nothing else, and strokes for lines that lie close together.
TOKENS = tuple(f"series{number}" for number in range(1, 9))
STROKES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
FEW_POINTS, MANY_POINTS = 240, 2000
_SHADE = 0.75
_SIDE, _TICK_GAP = 14, 6


def color_of(number: int) -> QColor:
    """The colour of a series."""
    return theme().color(TOKENS[number % len(TOKENS)])


@dataclass
class Drawing:
    """A plot in a view. `inner` is where the values are, known once it was laid out."""

    plot: Plot
    view: View
    inner: QRectF = field(default_factory=QRectF)
    _across: list[Tick] = field(default_factory=list)
    _upward: list[Tick] = field(default_factory=list)

    # --- measures ------------------------------------------------------------------------------------

    def lay_out(self, area: QRectF) -> None:
        """Find the place for the values beside their labels."""
        metrics = QFontMetricsF(theme().ui_font(0.9, figures=True))
        height = metrics.height()
        top = area.top() + height + theme().scaled(12) + (height + theme().scaled(6) if self._legend() else 0)
        bottom = area.bottom() - 2 * height - theme().scaled(16) - rotated_room(self.plot, metrics)
        rooms = max(2, int((bottom - top) / (height * 3.2)))
        self._upward = ticks(self.plot.y.role, self.view.low, self.view.high, rooms)
        widest = max((metrics.horizontalAdvance(tick.text) for tick in self._upward), default=0.0)
        left = (
            area.left() + theme().scaled(_SIDE) + max(widest, theme().scaled(24)) + theme().scaled(_TICK_GAP)
        )
        right = max(left + 1, area.right() - theme().scaled(_SIDE + 6))
        self.inner = QRectF(left, top, right - left, max(1.0, bottom - top))
        widest = metrics.horizontalAdvance("30 Sep 2026" if self.plot.x.role == "time" else "1,000,000")
        rooms = max(2, int(self.inner.width() / (widest * 1.5)))
        self._across = ticks(self.plot.x.role, self.view.left, self.view.right, rooms)

    def x_of(self, at: Floats | float) -> Floats:
        """Where a value of x stands on the paper."""
        return self.inner.left() + self.view.across(at, self.inner.width())

    def y_of(self, at: Floats | float) -> Floats:
        """Where a value of y stands on the paper."""
        return self.inner.top() + self.view.up(at, self.inner.height())

    def bar_area(self, bar: int, group: int) -> QRectF:
        """One bar on the paper."""
        assert self.plot.bars is not None
        groups = len(self.plot.bars.groups)
        wide = 0.72 / groups
        left = float(self.x_of(bar - 0.36 + group * wide))
        right = float(self.x_of(bar - 0.36 + (group + 1) * wide))
        gap = 1.0 if groups > 1 and right - left > 4 else 0.0
        return self._upright(left, right - gap, self.plot.bars.heights[group][bar])

    def bin_area(self, number: int) -> QRectF:
        """One bar of a histogram on the paper."""
        assert self.plot.bins is not None
        edges = self.plot.bins.edges
        left, right = float(self.x_of(edges[number])), float(self.x_of(edges[number + 1]))
        gap = 1.0 if right - left > 3 else 0.0
        return self._upright(left, right - gap, float(self.plot.bins.counts[number]))

    def _upright(self, left: float, right: float, height: float) -> QRectF:
        zero, top = float(self.y_of(0.0)), float(self.y_of(height))
        # What is not nothing is seen.
        if height and abs(zero - top) < 1:
            top = zero - 1 if height > 0 else zero + 1
        return QRectF(QPointF(left, min(zero, top)), QPointF(max(right, left + 0.5), max(zero, top)))

    # --- painting ------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Everything but the cursor."""
        self.lay_out(area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, theme().color("bg1"))
        self._paint_lines(painter)
        painter.save()
        painter.setClipRect(self.inner.adjusted(-1, -1, 1, 1))
        if self.plot.bars is not None:
            for group in range(len(self.plot.bars.groups)):
                self._paint_bars(painter, group)
        elif self.plot.bins is not None:
            self._paint_bins(painter)
        else:
            for number, one in enumerate(self.plot.series):
                paint = self._paint_line if self.plot.spec.kind == "line" else self._paint_dots
                paint(painter, number, one)
        painter.restore()
        self._paint_labels(painter, area)

    def _paint_lines(self, painter: QPainter) -> None:
        painter.setPen(QPen(theme().color("line"), 1))
        for tick in self._upward:
            y = round(float(self.y_of(tick.at))) + 0.5
            painter.drawLine(QPointF(self.inner.left(), y), QPointF(self.inner.right(), y))
        painter.setPen(QPen(theme().color("faint"), 1))
        zero = float(self.y_of(0.0))
        upright = self.plot.bars is not None or self.plot.bins is not None
        base = zero if upright and self.inner.top() <= zero <= self.inner.bottom() else self.inner.bottom()
        y = round(base) + 0.5
        painter.drawLine(QPointF(self.inner.left(), y), QPointF(self.inner.right(), y))
        if self.plot.bars is None:
            for tick in self._across:
                x = round(float(self.x_of(tick.at))) + 0.5
                painter.drawLine(
                    QPointF(x, self.inner.bottom()), QPointF(x, self.inner.bottom() + theme().scaled(4))
                )

    def _paint_line(self, painter: QPainter, number: int, series: Series) -> None:
        columns = max(1, int(self.inner.width()))
        xs, ys, broken = line(series, self.view.left, self.view.right, columns)
        dense = self._dense()
        points = [QPointF(x, y) for x, y in zip(self.x_of(xs).tolist(), self.y_of(ys).tolist(), strict=True)]
        # Where lines lie over each other a thinner one keeps its shape; smooth and broken ones take seconds.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not dense)
        painter.setPen(QPen(color_of(number), 1.0 if dense else 1.5, self._stroke(number)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        cuts = [0, *np.flatnonzero(broken).tolist(), len(points)]
        for start, stop in zip(cuts, cuts[1:], strict=False):
            if stop - start > 1:
                painter.drawPolyline(QPolygonF(points[start:stop]))
        alone = [start for start, stop in zip(cuts, cuts[1:], strict=False) if stop - start == 1]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dotted = range(len(points)) if len(points) <= FEW_POINTS else alone
        self._dots(painter, [points[at] for at in dotted], color_of(number), 2.2)

    def _dense(self) -> bool:
        """Whether more points than pixels are seen of some line."""
        columns = self.inner.width()
        spans = (window(one.xs, self.view.left, self.view.right) for one in self.plot.series)
        return any(last - first > columns for first, last in spans)

    def _stroke(self, number: int) -> Qt.PenStyle:
        alone = len(self.plot.series) < 2 or self._dense()
        return STROKES[0] if alone else STROKES[number // 2 % len(STROKES)]

    def _paint_dots(self, painter: QPainter, number: int, series: Series) -> None:
        first, last = window(series.xs, self.view.left, self.view.right)
        across, up = self.x_of(series.xs[first:last]), self.y_of(series.ys[first:last])
        seen = (up >= self.inner.top() - 4) & (up <= self.inner.bottom() + 4)
        across, up = across[seen], up[seen]
        if self.plot.drawn > MANY_POINTS:
            self._paint_many(painter, color_of(number), across, up)
            return
        points = [QPointF(x, y) for x, y in zip(across.tolist(), up.tolist(), strict=True)]
        self._dots(painter, points, color_of(number), 3.0, _SHADE)

    def _paint_many(self, painter: QPainter, color: QColor, across: Floats, up: Floats) -> None:
        """Dots as pixels: a million of them take no longer than some thousands."""
        ratio = painter.deviceTransform().m11()
        width, height = max(1, round(self.inner.width() * ratio)), max(1, round(self.inner.height() * ratio))
        covered = raster(
            (across - self.inner.left()) * ratio,
            (up - self.inner.top()) * ratio,
            width,
            height,
            round(2.5 * ratio),
        )
        alpha = round(255 * _SHADE)
        parts = [round(part * _SHADE) for part in (color.red(), color.green(), color.blue())]
        shade = alpha << 24 | parts[0] << 16 | parts[1] << 8 | parts[2]
        pixels = np.where(covered, np.uint32(shade), np.uint32(0)).tobytes()
        image = QImage(pixels, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(self.inner, image)

    @staticmethod
    def _dots(
        painter: QPainter, points: list[QPointF], color: QColor, radius: float, share: float = 1.0
    ) -> None:
        shade = QColor(color)
        shade.setAlphaF(share)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        for point in points:
            painter.drawEllipse(point, radius, radius)

    def _paint_bars(self, painter: QPainter, group: int) -> None:
        assert self.plot.bars is not None
        last = len(self.plot.bars.names) - 1
        for bar in range(last + 1):
            color = color_of(group)
            if bar == last and self.plot.bars.rest:
                color = theme().color("faint")
            painter.fillRect(self.bar_area(bar, group), color)

    def _paint_bins(self, painter: QPainter) -> None:
        assert self.plot.bins is not None
        for number in range(len(self.plot.bins.counts)):
            painter.fillRect(self.bin_area(number), color_of(0))

    # --- words ---------------------------------------------------------------------------------------

    def _paint_labels(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(theme().ui_font(0.9, figures=True))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(theme().color("dim"))
        right = self.inner.left() - theme().scaled(_TICK_GAP)
        for tick in self._upward:
            y = float(self.y_of(tick.at)) + metrics.ascent() / 2 - 1
            painter.drawText(QPointF(right - metrics.horizontalAdvance(tick.text), y), tick.text)
        line_y = self.inner.bottom() + theme().scaled(6) + metrics.ascent()
        if self.plot.bars is not None:
            paint_bar_labels(painter, self.plot.bars, self.inner, self.view, metrics)
        else:
            self._paint_across(painter, metrics, line_y)
        painter.setPen(theme().color("text"))
        painter.setFont(theme().ui_font(0.9, 600))
        heading = QFontMetricsF(painter.font())
        title = heading.elidedText(self.plot.y.title(), Qt.TextElideMode.ElideRight, area.width() - 40)
        painter.drawText(
            QPointF(area.left() + theme().scaled(_SIDE), area.top() + theme().scaled(8) + heading.ascent()),
            title,
        )
        below = self.plot.x.title()
        if self.plot.x.role == "time":
            below += f"   {span_text(self.view.left, self.view.right)}"
        below = heading.elidedText(below, Qt.TextElideMode.ElideMiddle, self.inner.width())
        x = self.inner.right() - heading.horizontalAdvance(below)
        painter.drawText(QPointF(x, area.bottom() - theme().scaled(8) - heading.descent()), below)
        self._paint_legend(painter, area)

    def _paint_across(self, painter: QPainter, metrics: QFontMetricsF, y: float) -> None:
        end = -1e9
        for tick in self._across:
            width = metrics.horizontalAdvance(tick.text)
            x = float(self.x_of(tick.at)) - width / 2
            x = min(
                max(x, self.inner.left() - theme().scaled(20)),
                self.inner.right() + theme().scaled(14) - width,
            )
            if x > end:
                painter.drawText(QPointF(x, y), tick.text)
                end = x + width + theme().scaled(10)

    def _legend(self) -> list[str]:
        names = (
            self.plot.bars.groups if self.plot.bars is not None else [one.name for one in self.plot.series]
        )
        return names if self.plot.spec.by else []

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        names = self._legend()
        painter.setFont(theme().ui_font(0.9))
        metrics = QFontMetricsF(painter.font())
        x = self.inner.left()
        y = self.inner.top() - metrics.height() / 2 - theme().scaled(8)
        mark, gap = theme().scaled(18), theme().scaled(6)
        for number, name in enumerate(names):
            room = min(theme().scaled(150), area.right() - x - mark - 2 * gap)
            if room < theme().scaled(24):
                return
            if self.plot.spec.kind == "line":
                painter.setPen(QPen(color_of(number), 2, self._stroke(number)))
                painter.drawLine(QPointF(x, y), QPointF(x + mark, y))
            else:
                painter.fillRect(QRectF(x + mark - 11, y - 5, 10, 10), color_of(number))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.setPen(theme().color("text"))
            painter.drawText(QPointF(x + mark + gap, y + metrics.ascent() / 2 - 1), shown)
            x += mark + 3 * gap + metrics.horizontalAdvance(shown)
