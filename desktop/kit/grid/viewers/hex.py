"""Bytes as offset, hexadecimal digits and characters; only what is visible is read, whatever the size."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from desktop.kit.flow import Flow
from desktop.kit.grid.glyphs import Glyphs, value_font
from desktop.kit.row_view import RowView
from desktop.kit.theme import theme
from embedded_server.wire.problem import Problem

if TYPE_CHECKING:
    from desktop.kit.rows import Value

WIDTH = 16
PART = 16 * 1024
_MOST_PARTS = 64


class HexView(RowView):
    """Sixteen bytes a row. `problem` is why the visible part could not be read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Value | None = None
        self._parts: OrderedDict[int, bytes] = OrderedDict()
        self._asked: int | None = None
        self._flow: Flow | None = None
        self.problem: Problem | None = None
        self._glyphs = Glyphs(value_font())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Bytes")
        self.scrolled.connect(self._wanted)

    def show_value(self, value: Value | None) -> None:
        """Show other bytes; a text is shown by its UTF-8 bytes."""
        if self._flow is not None:
            self._flow.cancel()
        self._value, self._asked, self.problem = value, None, None
        self._parts.clear()
        self.scroll_to(0)
        self.rows_changed()
        self._wanted()

    def total_rows(self) -> int:
        return 0 if self._value is None else -(-self._value.size // WIDTH)

    def loaded(self) -> bool:
        """Whether everything visible is here."""
        first, last = self.visible()
        return all(self._row(row) is not None for row in range(first, last + 1))

    def line(self, row: int) -> str:
        """A row as it is painted; empty if it is still being read."""
        raw = self._row(row)
        if raw is None:
            return ""
        pairs = " ".join(f"{byte:02x}" for byte in raw[:8]), " ".join(f"{byte:02x}" for byte in raw[8:])
        signs = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in raw)
        return f"{row * WIDTH:0{self._digits()}x}  {pairs[0]:<23}  {pairs[1]:<23}  {signs}"

    def _digits(self) -> int:
        size = self._value.size if self._value is not None else 0
        return max(8, len(f"{size:x}"))

    def _row(self, row: int) -> bytes | None:
        offset = row * WIDTH
        part = self._parts.get(offset // PART)
        return None if part is None else part[offset % PART : offset % PART + WIDTH]

    def _wanted(self, _: int = 0) -> None:
        """Read the first visible part that is not here; a part being read that nobody sees is given up."""
        if self._value is None or self.problem is not None:
            return
        first, last = self.visible()
        if last < first:
            return
        parts = range(first * WIDTH // PART, last * WIDTH // PART + 1)
        missing = next((part for part in parts if part not in self._parts), None)
        if missing is None or missing == self._asked:
            return
        if self._flow is not None:
            self._flow.cancel()
        self._asked = missing
        self._flow = Flow(self, self._read(self._value, missing), self._failed)

    async def _read(self, value: Value, part: int) -> None:
        content = await value.read(part * PART, PART)
        self._asked = None
        self._parts[part] = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        while len(self._parts) > _MOST_PARTS:
            self._parts.popitem(last=False)
        self.viewport().update()
        self._wanted()

    def _failed(self, problem: Problem) -> None:
        self._asked, self.problem = None, problem
        self.viewport().update()

    # --- events ------------------------------------------------------------------------------------

    def restyle(self) -> None:
        super().restyle()
        self._glyphs = Glyphs(value_font())

    def paint_rows(self, painter: QPainter, first: int, last: int, y: int, area: QRect) -> None:
        painter.fillRect(area, theme().color("bg1"))
        metrics = self._glyphs.metrics
        base = y + (self.row_height + metrics.ascent() - metrics.descent()) / 2
        offset_width = self._digits() * self._glyphs.advance
        left = theme().scaled(8)
        for row in range(first, last + 1):
            line = self.line(row)
            if line:
                self._draw(painter, QPointF(left, base), line[: self._digits()], "faint")
                self._draw(painter, QPointF(left + offset_width, base), line[self._digits() :], "text")
            base += self.row_height
        if self.problem is not None:
            painter.setPen(QPen(theme().color("error")))
            painter.setFont(theme().ui_font())
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), self.problem.title)

    def _draw(self, painter: QPainter, at: QPointF, text: str, token: str) -> None:
        painter.setPen(theme().color(token))
        run = self._glyphs.run(text)
        if run is not None:
            painter.drawGlyphRun(at, run)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self.page_rows() * self.row_height
        moves = {
            Qt.Key.Key_Up: -self.row_height,
            Qt.Key.Key_Down: self.row_height,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
        }
        key = Qt.Key(event.key())
        if key in moves:
            self.scroll_pixels_by(moves[key])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.scroll_to(0 if key == Qt.Key.Key_Home else self.total_rows())
        else:
            super().keyPressEvent(event)
