"""Text of a fixed-width font as ready glyph runs.

Half the cost of drawText, measured, since nothing is shaped again at every frame; and no ligature ever
joins two characters of a value (`!=` stays two signs). Text beyond the font's own simple letters
(other scripts, emoji) is left to drawText.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QGlyphRun, QRawFont

from desktop.kit.theme import theme

# Scripts and signs whose characters stand alone: one character, one glyph, one cell.
_SIMPLE = ((0x20, 0x7F), (0xA1, 0xAD), (0xAE, 0x250), (0x370, 0x483), (0x48A, 0x530))
_SIMPLE_SIGNS = ((0x2010, 0x2028), (0x2030, 0x205F), (0x20A0, 0x20C0), (0x2190, 0x2200), (0x2200, 0x2300))
_NO_GLYPH = 0
_SHORT, _MOST_WIDTHS = 40, 4000


class _Table(dict[str, int]):
    """Glyph indexes by character, looked up once; `_NO_GLYPH` where drawText must do it."""

    def __init__(self, raw: QRawFont) -> None:
        super().__init__()
        self._raw = raw

    def __missing__(self, character: str) -> int:
        code = ord(character)
        index = _NO_GLYPH
        if any(low <= code < high for low, high in _SIMPLE + _SIMPLE_SIGNS):
            found = self._raw.glyphIndexesForString(character)
            index = found[0] if len(found) == 1 else _NO_GLYPH
        self[character] = index
        return index


def value_font(ratio: float = 1.0) -> QFont:
    """The font of values without ligatures; signs that it lacks come from the interface font."""
    font = theme().mono_font(ratio)
    for tag in ("calt", "liga"):
        font.setFeature(QFont.Tag(tag), 0)
    font.setFamilies([*font.families(), *theme().ui_font().families()])
    return font


class Glyphs:
    """One font's runs and measures."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(self.font)
        self.advance = self.metrics.horizontalAdvance("0")
        raw = QRawFont.fromFont(self.font)
        self._table = _Table(raw)
        self._widths: dict[str, float] = {}
        self._empty = QGlyphRun()
        self._empty.setRawFont(raw)
        self._positions: list[QPointF] = []
        self._of_length: dict[int, QGlyphRun] = {}

    def run(self, text: str) -> QGlyphRun | None:
        """The text as glyphs from the origin of its base line; null if drawText must draw it."""
        table = self._table
        indexes = [table[character] for character in text]
        if _NO_GLYPH in indexes:
            return None
        run = QGlyphRun(self._of_length.get(len(text)) or self._placed(len(text)))
        run.setGlyphIndexes(indexes)
        return run

    def width(self, text: str) -> float:
        """Pixels of a text."""
        if text.isascii():
            return len(text) * self.advance
        if len(text) > _SHORT:
            return self.metrics.horizontalAdvance(text)
        if text not in self._widths:
            if len(self._widths) > _MOST_WIDTHS:
                self._widths.clear()
            self._widths[text] = self.metrics.horizontalAdvance(text)
        return self._widths[text]

    def elided(self, text: str, width: float) -> str:
        """The text, or as much of its beginning as fits with an ellipsis."""
        if text.isascii():
            room = int(width / self.advance)
            return text if len(text) <= room else text[: max(0, room - 1)] + "…"
        return self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)

    def _placed(self, length: int) -> QGlyphRun:
        while len(self._positions) < length:
            self._positions.append(QPointF(len(self._positions) * self.advance, 0))
        run = QGlyphRun(self._empty)
        run.setPositions(self._positions[:length])
        self._of_length[length] = run
        return run
