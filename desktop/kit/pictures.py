"""What is painted as a picture of its own: an image for a document, an SVG, the clipboard."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from desktop.kit.theme import theme
from embedded_server.wire.problem import problem

# An image has so many pixels for one of the screen, and stays sharp in a document.
SCALE = 2.0

Paint = Callable[[QPainter], None]


def image_of(size: QSize, paint: Paint, ground: str = "bg0") -> QImage:
    """A picture at twice its size."""
    image = QImage((size.toSizeF() * SCALE).toSize(), QImage.Format.Format_RGB32)
    image.fill(theme().color(ground))
    painter = QPainter(image)
    painter.scale(SCALE, SCALE)
    paint(painter)
    painter.end()
    return image


def svg_of(size: QSize, title: str, paint: Paint, ground: str = "bg0") -> str:
    """A picture as SVG text."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    area = QRectF(0, 0, size.width(), size.height())
    generator.setViewBox(area)
    generator.setTitle(title)
    painter = QPainter(generator)
    painter.fillRect(area, theme().color(ground))
    paint(painter)
    painter.end()
    return bytes(buffer.data().data()).decode()


def save_png(image: QImage, path: str) -> None:
    """Write an image. Raises file.disk."""
    if not image.save(path, "PNG"):  # type: ignore[call-overload]
        raise problem("file.disk", "The picture cannot be written", path)
