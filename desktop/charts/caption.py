"""A chart as a picture of its own: below it stands what the tab says around it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from desktop.kit.theme import theme

from .drawing import Drawing


def paint_picture(painter: QPainter, area: QRectF, drawing: Drawing, note: str) -> None:
    """The chart, and one line about the rows behind it."""
    font = theme().ui_font(0.85)
    metrics = QFontMetricsF(font)
    room = metrics.height() + theme().scaled(10)
    drawing.paint(painter, area.adjusted(0, 0, 0, -room))
    painter.setFont(font)
    painter.setPen(theme().color("dim"))
    side = theme().scaled(14)
    shown = metrics.elidedText(note, Qt.TextElideMode.ElideRight, area.width() - 2 * side)
    painter.drawText(QPointF(area.left() + side, area.bottom() - theme().scaled(8)), shown)
    # What is on the screen has another size.
    drawing.lay_out(area)
