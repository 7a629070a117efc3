"""Names under bars: beside each other where they fit, else turned, else of every second or third bar."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from desktop.kit.theme import theme

from .plot import Bars, Plot
from .view import View

_LONGEST = 110
# Of so few bars the names are cut rather than turned.
_FEW = 7


def _turned(bars: Bars) -> bool:
    return len(bars.names) > _FEW and max(map(len, bars.names)) > 3


def rotated_room(plot: Plot, metrics: QFontMetricsF) -> float:
    """What turned names need below the bars beyond one line."""
    if plot.bars is None or not plot.bars.names or not _turned(plot.bars):
        return 0.0
    longest = max(metrics.horizontalAdvance(name) for name in plot.bars.names)
    return min(longest, float(theme().scaled(_LONGEST))) - metrics.height() + theme().scaled(4)


def paint_bar_labels(
    painter: QPainter, bars: Bars, inner: QRectF, view: View, metrics: QFontMetricsF
) -> None:
    """The names of the bars that are seen."""
    if not bars.names:
        return
    slot = inner.width() / (view.right - view.left)
    turned = _turned(bars)
    needed = metrics.height() if turned else min(slot, theme().scaled(40))
    every = max(1, math.ceil(needed / slot))
    for number in range(max(0, math.ceil(view.left)), min(len(bars.names), math.floor(view.right) + 1)):
        if number % every:
            continue
        middle = inner.left() + float(view.across(number, inner.width()))
        at = QPointF(middle, inner.bottom() + theme().scaled(6))
        if turned:
            _paint_turned(painter, at, bars.names[number], metrics)
        else:
            room = slot * every - theme().scaled(6)
            shown = metrics.elidedText(bars.names[number], Qt.TextElideMode.ElideRight, room)
            left = at.x() - metrics.horizontalAdvance(shown) / 2
            painter.drawText(QPointF(left, at.y() + metrics.ascent()), shown)


def _paint_turned(painter: QPainter, at: QPointF, name: str, metrics: QFontMetricsF) -> None:
    shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, theme().scaled(_LONGEST))
    painter.save()
    painter.translate(at.x() + metrics.ascent() / 2 - 1, at.y() + metrics.horizontalAdvance(shown))
    painter.rotate(-90)
    painter.drawText(QPointF(0, 0), shown)
    painter.restore()
