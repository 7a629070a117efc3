"""The line-drawn icon set: SVG files with `currentColor`, painted in a token's colour."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "icons"


@lru_cache(maxsize=256)
def source(name: str) -> bytes:
    """The SVG text of an icon (FileNotFoundError for a name that is not in the set)."""
    return (FOLDER / f"{name}.svg").read_bytes()


def names() -> list[str]:
    """Every icon of the set."""
    return sorted(path.stem for path in FOLDER.glob("*.svg"))


def draw_icon(name: str, pixels: int, color: QColor, ratio: float) -> QPixmap:
    """Paint an icon `pixels` wide and high in one colour for a screen of that density."""
    svg = source(name).replace(b"currentColor", color.name().encode())
    pixmap = QPixmap(round(pixels * ratio), round(pixels * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    return pixmap
