"""Records every piece of text a widget tree paints: what, where, in which colour, by which widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QColor, QPaintDevice, QPaintEngine, QPaintEngineState, QTextItem
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class Painted:
    """A piece of text in coordinates of the root; `visible` is what the clip lets through."""

    text: str
    area: QRectF
    visible: QRectF
    color: QColor
    widget: QWidget


class _Engine(QPaintEngine):
    """Takes everything painted, keeps the text. All features, or Qt would turn text into paths."""

    def __init__(self) -> None:
        super().__init__(QPaintEngine.PaintEngineFeature.AllFeatures)
        self.painted: list[Painted] = []

    def begin(self, device: QPaintDevice) -> bool:
        self.setActive(True)
        return True

    def end(self) -> bool:
        self.setActive(False)
        return True

    def updateState(self, state: QPaintEngineState) -> None:
        """Nothing is kept between texts."""

    def drawPixmap(self, *_: object) -> None:
        """Pictures are not text."""

    def drawImage(self, *_: object) -> None:
        """Pictures are not text."""

    def drawPath(self, *_: object) -> None:
        """Lines are not text."""

    # Qt's own fall-backs for these end in a pure virtual function and crash (underlined text draws lines).
    def drawLines(self, *_: object) -> None:
        """Lines are not text."""

    def drawRects(self, *_: object) -> None:
        """Boxes are not text."""

    def drawPolygon(self, *_: object) -> None:
        """Shapes are not text."""

    def drawPoints(self, *_: object) -> None:
        """Points are not text."""

    def drawEllipse(self, *_: object) -> None:
        """Circles are not text."""

    def drawTiledPixmap(self, *_: object) -> None:
        """Patterns are not text."""

    def drawTextItem(self, position: Any, item: QTextItem) -> None:
        painter = self.painter()
        widget = painter.device()
        if not isinstance(widget, QWidget) or not item.text().strip():
            return
        transform = painter.deviceTransform()
        top_left = position - QPointF(0, item.ascent())
        area = transform.mapRect(
            QRectF(top_left.x(), top_left.y(), item.width(), item.ascent() + item.descent())
        )
        visible = QRectF(self.systemClip().boundingRect())
        if painter.hasClipping():
            visible = visible.intersected(transform.mapRect(painter.clipBoundingRect()))
        self.painted.append(
            Painted(item.text(), area, visible.intersected(area), QColor(painter.pen().color()), widget)
        )

    def type(self) -> QPaintEngine.Type:
        return QPaintEngine.Type.User


class _Device(QPaintDevice):
    def __init__(self, root: QWidget, engine: _Engine) -> None:
        super().__init__()
        self._engine = engine
        metric = QPaintDevice.PaintDeviceMetric
        self._metrics = {
            metric.PdmWidth: root.width(),
            metric.PdmHeight: root.height(),
            metric.PdmWidthMM: root.widthMM(),
            metric.PdmHeightMM: root.heightMM(),
            metric.PdmDpiX: root.logicalDpiX(),
            metric.PdmDpiY: root.logicalDpiY(),
            metric.PdmPhysicalDpiX: root.physicalDpiX(),
            metric.PdmPhysicalDpiY: root.physicalDpiY(),
            metric.PdmDevicePixelRatio: 1,
            metric.PdmDevicePixelRatioScaled: 1 << 16,
            metric.PdmNumColors: 1 << 24,
            metric.PdmDepth: 32,
        }

    def paintEngine(self) -> QPaintEngine:
        return self._engine

    def metric(self, metric: QPaintDevice.PaintDeviceMetric) -> int:
        return self._metrics.get(metric, 0)


def record_texts(root: QWidget) -> list[Painted]:
    """All text that the widget and everything visible in it paints now."""
    engine = _Engine()
    root.render(_Device(root, engine), QPoint(0, 0))
    return engine.painted
