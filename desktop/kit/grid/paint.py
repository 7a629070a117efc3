"""Paints the rows of a grid: grounds, cells column by column, row numbers, lines, the cursor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QGlyphRun, QPainter, QPen

from desktop.kit.grid.formats import SHOWN_LENGTH, Style, exact_text, number_text
from desktop.kit.grid.staged_paint import StagedPainter
from desktop.kit.grid.texts import Item, Texts
from desktop.kit.rows import Block
from desktop.kit.theme import theme

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame

_TOKENS = {
    Style.TEXT: "text",
    Style.NUMBER: "number",
    Style.NULL: "null",
    Style.EMPTY: "null",
    Style.BINARY: "dim",
    Style.MARK: "faint",
    Style.SIZE: "faint",
}


class Span(NamedTuple):
    """Visible rows first..last that come from one block (null: not at hand)."""

    block: Block | None
    first: int
    last: int


class Ink:
    """Pens and grounds of the theme in use."""

    def __init__(self) -> None:
        color = theme().color
        self.pens = {style: QPen(color(token)) for style, token in _TOKENS.items()}
        self.links = self.pens | {style: QPen(color("link")) for style in (Style.TEXT, Style.NUMBER)}
        self.ground = color("bg1")
        self.selected = color("select")
        self.current_row = theme().blend("select", "bg1", 0.7)
        self.hover = color("hover")
        self.placeholder = color("bg2")
        self.underline = QPen(theme().blend("link", "bg1", 0.55))
        self.row_line = theme().blend("line", "bg1", 0.75)
        self.line = color("line")
        self.number = QPen(color("faint"))
        self.number_current = QPen(color("text"))
        self.cursor = QPen(color("select_line"), theme().scaled(1.5))
        self.cursor_away = QPen(color("dim"))
        self.cursor.setJoinStyle(Qt.PenJoinStyle.MiterJoin)


class GridPainter:
    """Paints for one grid; remade when the theme changes."""

    def __init__(self, grid: GridFrame) -> None:
        self._grid = grid
        self.texts = Texts()
        self._ink = Ink()
        self.staged = StagedPainter(grid)
        self._numbers: dict[str, QGlyphRun | None] = {}
        metrics = self.texts.mono.metrics
        self._base = (grid.row_height + metrics.ascent() - metrics.descent()) / 2

    def gutter_width(self, rows: int, exact: bool) -> int:
        """Room for the highest row number (never less than five digits, so that it does not twitch)."""
        digits = max(len(number_text(max(rows, 1) - 1, True)), 6) + (not exact)
        return round(digits * self.texts.mono.advance) + 2 * self.texts.padding

    def rows(self, painter: QPainter, first: int, last: int, y: int, area: QRect) -> None:
        """Paint rows first..last whose first edge is at `y`, and everything else in `area`."""
        grid, ink = self._grid, self._ink
        painter.fillRect(area, ink.ground)
        if last < first or not len(grid.columns):
            return
        spans = list(self._spans(first, last))
        self.texts.keep([span.block for span in spans if span.block is not None])
        marks = grid.source.marks(first, last)
        self._grounds(painter, first, last, y)
        if marks is not None:
            self.staged.grounds(painter, marks)
        fixed = grid.gutter + grid.columns.frozen_width()
        places = grid.columns.span(
            max(area.left(), fixed) - grid.gutter + grid.side(), area.right() + 1 - grid.gutter + grid.side()
        )
        if places:
            painter.setClipRect(QRect(fixed, area.top(), grid.viewport().width() - fixed, area.height()))
            self._places(painter, places, spans, first, y)
            painter.setClipping(False)
        if area.left() < fixed:
            self._places(painter, range(grid.columns.frozen_count), spans, first, y)
            self._row_numbers(painter, spans, first, y)
        self._lines(painter, first, last, y, places, area)
        if marks is not None:
            self.staged.signs(painter, marks)
        self._cursor(painter)

    def text_extent(self, row: int, place: int) -> tuple[float, float] | None:
        """Where a cell's text begins and how wide it is, from the cell's left edge."""
        item = self._item(row, place)
        return (item.x, item.width) if item is not None else None

    def elided(self, row: int, place: int) -> bool:
        """Whether the grid shows less than the whole value."""
        grid = self._grid
        index = grid.columns.places[place]
        block = grid.source.block(row)
        if block is None or index not in block.cells:
            return False
        cell = block.cells[index][row - block.first]
        needs = self.texts.natural_width([cell], grid.columns.columns[index])
        return needs > grid.columns.width(place) or len(exact_text(cell)) > SHOWN_LENGTH

    def _item(self, row: int, place: int) -> Item | None:
        grid = self._grid
        index = grid.columns.places[place]
        block = grid.source.block(row)
        if block is None or index not in block.cells:
            return None
        drawn = self.texts.of(block, index, grid.columns.columns[index], grid.columns.width(place))
        at = row - block.first
        return drawn.items[at] or drawn.make(at)

    # --- grounds -----------------------------------------------------------------------------------

    def _spans(self, first: int, last: int) -> Iterator[Span]:
        row = start = first
        source = self._grid.source
        while row <= last:
            block = source.block(row)
            if block is None:
                row += 1
                continue
            if start < row:
                yield Span(None, start, row - 1)
            start = min(last + 1, block.end)
            yield Span(block, row, start - 1)
            row = start
        if start < row:
            yield Span(None, start, row - 1)

    def _grounds(self, painter: QPainter, first: int, last: int, y: int) -> None:
        grid, height = self._grid, self._grid.row_height
        width = grid.viewport().width()
        end = grid.edge_x(len(grid.columns))
        current = grid.selection.current
        hovered = grid.hovered_row
        if hovered is not None and first <= hovered <= last:
            painter.fillRect(0, y + (hovered - first) * height, min(width, end), height, self._ink.hover)
        if current is not None and first <= current.row <= last:
            top = y + (current.row - first) * height
            painter.fillRect(0, top, min(width, end), height, self._ink.current_row)
        for rect in self._selected_rects(first, last, y):
            painter.fillRect(rect, self._ink.selected)

    def _selected_rects(self, first: int, last: int, y: int) -> Iterable[QRect]:
        grid, height = self._grid, self._grid.row_height
        columns = grid.columns
        fixed = grid.gutter + columns.frozen_width()
        single = grid.selection.cell_count(len(columns)) == 1
        for area in grid.selection.areas:
            top, bottom = max(area.top, first), min(area.bottom, last)
            right = min(area.right, len(columns) - 1)
            if single or top > bottom or area.left > right:
                continue
            upper, tall = y + (top - first) * height, (bottom - top + 1) * height
            if area.left < columns.frozen_count:
                left = grid.edge_x(area.left)
                frozen = grid.gutter + columns.left(min(right + 1, columns.frozen_count))
                yield QRect(left, upper, frozen - left, tall)
            if right >= columns.frozen_count:
                left = max(fixed, grid.edge_x(max(area.left, columns.frozen_count)))
                yield QRect(left, upper, max(0, grid.edge_x(right + 1) - left), tall)

    # --- cells -------------------------------------------------------------------------------------

    def _places(self, painter: QPainter, places: range, spans: list[Span], first: int, y: int) -> None:
        grid, height = self._grid, self._grid.row_height
        underlines: list[QLineF] = []
        for place in places:
            index = grid.columns.places[place]
            x, width = grid.edge_x(place), grid.columns.width(place)
            for span in spans:
                top = y + (span.first - first) * height
                if span.block is None or index not in span.block.cells:
                    self._placeholders(painter, span, place, QRect(x, top, width, height))
                    continue
                self._column(painter, span, span.block, index, x, width, top, underlines)
        if underlines:
            painter.setPen(self._ink.underline)
            painter.drawLines(underlines)

    def _column(
        self,
        painter: QPainter,
        span: Span,
        block: Block,
        index: int,
        x: int,
        width: int,
        top: int,
        underlines: list[QLineF],
    ) -> None:
        # The innermost loop: 400 cells a frame. Everything that can be looked up once is.
        column = self._grid.columns.columns[index]
        linked = column.references is not None
        pens = self._ink.links if linked else self._ink.pens
        drawn = self.texts.of(block, index, column, width)
        items, make = drawn.items, drawn.make
        draw, base, height = painter.drawGlyphRun, top + self._base, self._grid.row_height
        style = -1
        for at in range(span.first - block.first, span.last - block.first + 1):
            item = items[at] or make(at)
            if item.style != style:
                style = item.style
                painter.setPen(pens[item.style])
            if item.run is not None:
                draw(QPointF(x + item.x, base), item.run)
                if linked and item.style <= Style.NUMBER:
                    left = x + item.x
                    underlines.append(QLineF(left, base + 2.5, left + item.width, base + 2.5))
            else:
                self._parts(painter, item, pens, x, base)
                style = -1
            base += height

    def _parts(self, painter: QPainter, item: Item, pens: dict[Style, QPen], x: int, base: float) -> None:
        for part in item.parts:
            painter.setPen(pens[part.style])
            glyphs = self.texts.small if part.style is Style.SIZE else self.texts.mono
            painter.setFont(glyphs.font)
            painter.drawText(QPointF(x + part.x, base), part.text)

    def _placeholders(self, painter: QPainter, span: Span, place: int, cell: QRect) -> None:
        """Bars where cells will be; their lengths differ by row, the same ones at every frame."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink.placeholder)
        padding, thick = self.texts.padding, self.texts.padding + 1
        room = cell.width() - 2 * padding
        for row in range(span.first, span.last + 1):
            length = max(12, room * (3 + (row * 7 + place * 5) % 5) // 9)
            top = cell.top() + (row - span.first) * cell.height() + (cell.height() - thick) / 2
            painter.drawRoundedRect(QRectF(cell.left() + padding, top, min(length, room), thick), 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    # --- numbers and lines -------------------------------------------------------------------------

    def _row_numbers(self, painter: QPainter, spans: list[Span], first: int, y: int) -> None:
        grid, height, mono = self._grid, self._grid.row_height, self.texts.mono
        right = grid.gutter - self.texts.padding
        current = grid.selection.current
        for span in spans:
            base = y + (span.first - first) * height + self._base
            exact = grid.source.numbers_exact(span.first)
            painter.setPen(self._ink.number)
            for row in range(span.first, span.last + 1):
                text = number_text(row, exact)
                run = self._number(text)
                lit = current is not None and current.row == row
                if lit:
                    painter.setPen(self._ink.number_current)
                if run is not None:
                    painter.drawGlyphRun(QPointF(right - len(text) * mono.advance, base), run)
                if lit:
                    painter.setPen(self._ink.number)
                base += height

    def _number(self, text: str) -> QGlyphRun | None:
        if text not in self._numbers:
            if len(self._numbers) > 1000:
                self._numbers.clear()
            self._numbers[text] = self.texts.mono.run(text)
        return self._numbers[text]

    def _lines(self, painter: QPainter, first: int, last: int, y: int, places: range, area: QRect) -> None:
        grid, height = self._grid, self._grid.row_height
        end = min(grid.edge_x(len(grid.columns)), grid.viewport().width())
        bottom = y + (last - first + 1) * height
        # Filled, not drawn: a fifth of the time for lines as long as a screen.
        fill, color = painter.fillRect, self._ink.row_line
        for edge in range(y + height - 1, bottom, height):
            fill(0, edge, end, 1, color)
        frozen = grid.columns.frozen_count
        xs = {grid.gutter, *(grid.right_x(place) for place in range(frozen))}
        fixed = grid.gutter + grid.columns.frozen_width()
        xs |= {x for x in (grid.right_x(place) for place in places) if x > fixed}
        for x in xs:
            fill(x - 1, area.top(), 1, bottom - area.top(), self._ink.line)
        if frozen and grid.side():
            fill(fixed - 1, area.top(), 2, bottom - area.top(), self._ink.line)

    def _cursor(self, painter: QPainter) -> None:
        grid = self._grid
        current = grid.selection.current
        if current is None:
            return
        rect = grid.cell_rect(current.row, current.place)
        clip = grid.viewport().rect()
        if current.place >= grid.columns.frozen_count:
            clip.setLeft(grid.gutter + grid.columns.frozen_width())
        painter.setClipRect(clip)
        painter.setPen(self._ink.cursor if grid.hasFocus() else self._ink.cursor_away)
        painter.drawRect(QRectF(rect).adjusted(0.5, 0.5, -1.5, -1.5))
        painter.setClipping(False)
