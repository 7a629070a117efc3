"""Writes pictures of windows as PNG: a tour takes hundreds."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PySide6.QtGui import QImage

from embedded_server.wire.problem import problem


def save_quickly(image: QImage, path: Path) -> None:
    """Write an opaque image as PNG, in half of Qt's time and no larger. Raises file.disk."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    width, height, line = plain.width(), plain.height(), plain.bytesPerLine()
    pixels = bytes(plain.constBits())
    # Each row begins with its filter: none, as a window's even areas pack best by themselves.
    rows = b"".join(b"\0" + pixels[at : at + 3 * width] for at in range(0, height * line, line))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    try:
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    except OSError as error:
        raise problem("file.disk", "The picture cannot be written", f"{path}: {error}") from error


def _chunk(name: bytes, content: bytes) -> bytes:
    """A part of a PNG with its length and checksum."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
