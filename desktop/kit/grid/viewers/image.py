"""Pictures among the values, told by their first bytes."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme

MOST_BYTES = 32 * 1024 * 1024
MOST_PIXELS = 64_000_000
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
)


def image_format(start: bytes) -> str:
    """The picture format these first bytes announce, "" for none."""
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    return next((name for magic, name in _MAGIC if start.startswith(magic)), "")


def decode(raw: bytes) -> tuple[QImage, str]:
    """The picture, and why there is none (too large, damaged)."""
    name = image_format(raw)
    buffer = QBuffer()
    buffer.setData(QByteArray(raw))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(name.lower().encode()))
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and size.width() * size.height() > MOST_PIXELS:
        return QImage(), f"The picture is too large to show: {size.width():,} × {size.height():,} pixels"
    image = reader.read()
    return image, "" if not image.isNull() else f"The {name} data is damaged: {reader.errorString()}"


class ImageView(QWidget):
    """Shows a picture whole, never enlarged."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self.trouble = ""
        self.setAccessibleName("Image")

    def show_bytes(self, raw: bytes) -> None:
        """Show another picture."""
        self._image, self.trouble = decode(raw)
        self.setAccessibleDescription(self.about())
        self.update()

    def about(self) -> str:
        """Its size, or what is wrong with it."""
        if self.trouble:
            return self.trouble
        return f"{self._image.width():,} × {self._image.height():,} pixels"

    def picture_rect(self) -> QRect:
        """Where the picture is painted."""
        size = self._image.size()
        room = self.size() - QSize(2, 2) * theme().scaled(8)
        if size.width() > room.width() or size.height() > room.height():
            size = size.scaled(room, Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(self.rect().center(), size)
        place.moveCenter(self.rect().center())
        return place

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("bg1"))
        painter.setPen(theme().color("dim"))
        painter.setFont(theme().ui_font())
        if self._image.isNull():
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), self.trouble)
        else:
            place = self.picture_rect()
            painter.fillRect(place, theme().color("bg3"))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._image)
        painter.end()
