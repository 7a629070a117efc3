"""What painted widgets have in common: crisp lines, rounded boxes, focus rings, following the theme."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.turns import unturned


class Themed(QWidget):
    """A widget that lays itself out and paints itself again when the theme changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        self.updateGeometry()
        self.update()


def rounded(
    painter: QPainter,
    area: QRect,
    fill: QColor | None,
    line: QColor | None = None,
    radius: float | None = None,
    width: float = 1.0,
) -> None:
    """A rounded box whose one pixel border lies on whole pixels."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box = QRectF(area)
    if line is not None:
        box.adjust(width / 2, width / 2, -width / 2, -width / 2)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(line, width) if line is not None else Qt.PenStyle.NoPen)
    corner = theme().metric("radius") if radius is None else radius
    corner = min(corner, box.height() / 2)
    painter.drawRoundedRect(box, corner, corner)
    painter.restore()


def chosen_row(painter: QPainter, area: QRect, *, focused: bool) -> None:
    """The ground of a selected row, with a bar at the view's left edge only where keys go.

    In high contrast the ground alone is weak: where keys do not go, lines hold it.
    """
    painter.fillRect(area, theme().color("select"))
    if focused:
        painter.fillRect(QRect(0, area.top(), theme().scaled(2), area.height()), theme().color("select_line"))
    elif theme().name == "contrast":
        for y in (area.top(), area.bottom()):
            painter.fillRect(QRect(area.left(), y, area.width(), 1), theme().color("line"))


def focus_ring(painter: QPainter, area: QRect, radius: float | None = None) -> None:
    """The keyboard's place: two pixels in the cursor colour."""
    rounded(painter, area, None, theme().color("select_line"), radius, 2.0)


def dot(painter: QPainter, x: float, middle: float, color: QColor, size: float) -> None:
    """A filled circle whose left edge is at x."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(x + size / 2, middle), size / 2, size / 2)
    painter.restore()


def elided(
    painter: QPainter, area: QRect, text: str, align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft
) -> int:
    """Text on one line, cut with an ellipsis when it does not fit; answers the pixels used."""
    metrics = QFontMetrics(painter.font())
    shown = metrics.elidedText(unturned(text), Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, int(align | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)
