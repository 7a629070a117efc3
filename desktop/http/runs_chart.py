"""Every exchange of two runs as a dot, before above after, the medians as lines."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Themed, elided

from .words import ms_text

_STEPS = (1, 2, 5)


class RunsChart(Themed):
    """Times in milliseconds along one axis that begins at 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: list[float] = []
        self._after: list[float] = []
        self.setAccessibleName("Times of the runs")
        self.restyle()

    def show_times(self, before: Sequence[float], after: Sequence[float]) -> None:
        """Show these, in the order they were measured."""
        self._before, self._after = list(before), list(after)
        told = [
            f"{name}: {len(times)} requests, median {ms_text(median(times))}"
            for name, times in (("before", self._before), ("after", self._after))
            if times
        ]
        self.setAccessibleDescription("; ".join(told))
        self.setToolTip("\n".join(told))
        self.update()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setMinimumHeight(theme().scaled(118))
        super().restyle()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(theme().scaled(360), theme().scaled(118))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Axis, dots, medians."""
        everything = self._before + self._after
        if not everything:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme().ui_font(0.85, figures=True))
        metrics = QFontMetrics(painter.font())
        left, right = metrics.horizontalAdvance("before") + theme().scaled(24), theme().scaled(84)
        area = QRect(left, theme().scaled(8), self.width() - left - right, self.height() - theme().scaled(36))
        # The slowest tenth may stand far out: the axis ends where the others do, they at its edge.
        ordered = sorted(everything)
        most = max(ordered[int(len(ordered) * 0.95) - 1] * 1.15, 0.001)
        self._axis(painter, area, most)
        rows = [("before", self._before, "series1"), ("after", self._after, "series2")]
        for number, (name, times, token) in enumerate(rows):
            top = area.top() + number * area.height() // 2
            self._row(
                painter, QRect(area.left(), top, area.width(), area.height() // 2), name, times, token, most
            )
        painter.end()

    def _axis(self, painter: QPainter, area: QRect, most: float) -> None:
        metrics = QFontMetrics(painter.font())
        wide = metrics.horizontalAdvance(f"{most:,.0f}") + theme().scaled(14)
        step = _step(most, max(2, min(6, area.width() // max(wide, 1))))
        for number in range(int(most / step) + 1):
            x = area.left() + area.width() * number * step / most
            painter.setPen(theme().color("line"))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(theme().color("faint"))
            place = QRect(round(x) - wide // 2, area.bottom() + 2, wide, metrics.height() + 2)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignCenter), _tick(number * step, step))

        # One unit for all marks, where the figures of the medians stand.
        painter.setPen(theme().color("faint"))
        unit = QRect(
            area.right() + theme().scaled(10), area.bottom() + 2, theme().scaled(40), metrics.height() + 2
        )
        painter.drawText(unit, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), "ms")

    def _row(
        self, painter: QPainter, area: QRect, name: str, times: list[float], token: str, most: float
    ) -> None:
        painter.setPen(theme().color("dim"))
        label = QRect(theme().scaled(12), area.top(), area.left() - theme().scaled(20), area.height())
        elided(painter, label, name, Qt.AlignmentFlag.AlignLeft)
        if not times:
            return
        radius = theme().scaled(3)
        color = theme().blend(token, "bg1", 0.75)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        lanes = 5
        for number, ms in enumerate(times):
            x = area.left() + area.width() * min(ms / most, 1.0)
            y = area.center().y() + (number % lanes - lanes // 2) * area.height() / (lanes + 2)
            painter.drawEllipse(QPointF(x, y), radius, radius)
        middle = median(times)
        x = area.left() + area.width() * min(middle / most, 1.0)
        painter.setPen(QPen(theme().color(token), theme().scaled(2)))
        painter.drawLine(QPointF(x, area.top() + 3), QPointF(x, area.bottom() - 3))
        painter.setPen(theme().color("text"))
        painter.setFont(theme().mono_font(0.9))
        place = QRectF(area.right() + theme().scaled(10), area.top(), theme().scaled(74), area.height())
        painter.drawText(
            place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), ms_text(middle)
        )
        painter.setFont(theme().ui_font(0.85))


def _step(most: float, marks: int) -> float:
    """A round distance that gives so many marks at most."""
    power = 1e-4
    while True:
        for factor in _STEPS:
            if most / (power * factor) <= marks:
                return power * factor
        power *= 10


def _tick(value: float, step: float) -> str:
    return f"{value:,.0f}" if step >= 1 else f"{value:.3g}"
