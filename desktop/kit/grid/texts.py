"""Cells made ready for painting: formatted, elided and shaped once, kept beside the rows themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtGui import QGlyphRun

from desktop.kit.grid.formats import ELLIPSIS, Shown, Style, show
from desktop.kit.grid.glyphs import Glyphs, value_font
from desktop.kit.rows import Block
from desktop.kit.theme import theme
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

_WORD = 12
_MOST_WORDS = 4000
_MOST_WIDTHS = 200
_MOST_ROWS = 1500


class Part(NamedTuple):
    """Text that cannot be one glyph run in one style: `x` from the cell's left edge."""

    x: float
    text: str
    style: Style


class Item(NamedTuple):
    """A cell ready to paint: `run` at `x` from the cell's left edge, or `parts` by drawText."""

    x: float
    run: QGlyphRun | None
    style: Style
    width: float
    parts: tuple[Part, ...] = ()


class Drawn:
    """One column of one block, items made as they come into view."""

    __slots__ = ("width", "maker", "items", "_cells", "_column", "_known")

    def __init__(self, maker: Texts, cells: Sequence[Cell], column: Column, width: int) -> None:
        self.width = width
        self.maker = maker
        self._cells = cells
        self._column = column
        self._known = maker.known(column, width)
        self.items: list[Item | None] = [None] * len(cells)

    def make(self, index: int) -> Item:
        """Prepare one cell."""
        cell = self._cells[index]
        # NULL, states and other short words repeat all over a table; equal texts are equal cells.
        if cell is None or (type(cell) is str and len(cell) <= _WORD):
            item = self._known.get(cell)
            if item is None:
                item = self._known[cell] = self.maker.item(show(cell, self._column), self._column, self.width)
        else:
            item = self.maker.item(show(cell, self._column), self._column, self.width)
        self.items[index] = item
        return item


class Texts:
    """Makes items for one state of the theme; a change of fonts needs a new one."""

    def __init__(self) -> None:
        self.mono = Glyphs(value_font())
        slanted = value_font()
        slanted.setItalic(True)
        self.slanted = Glyphs(slanted)
        self.small = Glyphs(value_font(0.88))
        self.padding = theme().scaled(8)
        self.gap = theme().scaled(10)
        self._known: dict[tuple[bool, int], dict[str | None, Item]] = {}
        self._recent: OrderedDict[int, Block] = OrderedDict()

    def of(self, block: Block, index: int, column: Column, width: int) -> Drawn:
        """The items of a column that the block has, at this width."""
        drawn: Drawn | None = block.drawn.get(index)
        if drawn is None or drawn.width != width or drawn.maker is not self:
            drawn = Drawn(self, block.cells[index], column, width)
            block.drawn[index] = drawn
        return drawn

    def keep(self, blocks: Sequence[Block]) -> None:
        """Tell which blocks are being painted: what was prepared of others is dropped after a while.

        A prepared cell takes ten times the memory of the cell itself.
        """
        recent = self._recent
        for block in blocks:
            recent[id(block)] = block
            recent.move_to_end(id(block))
        rows = sum(block.length for block in recent.values())
        while rows > _MOST_ROWS and len(recent) > len(blocks):
            _, block = recent.popitem(last=False)
            block.drawn.clear()
            rows -= block.length

    def known(self, column: Column, width: int) -> dict[str | None, Item]:
        """Items of short texts that columns of this sort and width share."""
        items = self._known.setdefault((column.kind == "number", width), {})
        if len(items) > _MOST_WORDS:
            items.clear()
        if len(self._known) > _MOST_WIDTHS:
            self._known.clear()
        return items

    def item(self, shown: Shown, column: Column, width: int) -> Item:
        """Place one cell's text in a cell so wide."""
        room = width - 2 * self.padding
        if shown.pieces or shown.suffix:
            return self._rich(shown, room)
        glyphs = self._glyphs(shown.style)
        text = shown.text
        needs = glyphs.width(text)
        if needs > room:
            text = glyphs.elided(text, room)
            needs = glyphs.width(text)
        right = column.kind == "number" and shown.style in (Style.NUMBER, Style.NULL)
        x = max(0.0, room - needs) + self.padding if right else float(self.padding)
        run = glyphs.run(text)
        if run is None:
            return Item(x, None, shown.style, needs, (Part(x, text, shown.style),))
        return Item(x, run, shown.style, needs)

    def natural_width(self, cells: Sequence[Cell], column: Column) -> int:
        """The width at which the widest of these cells is shown whole."""
        widest = 0.0
        for cell in cells:
            shown = show(cell, column)
            needs = self._glyphs(shown.style).width(shown.text)
            if shown.suffix:
                needs += self.gap + self.small.width(shown.suffix)
            widest = max(widest, needs)
        return round(widest) + 2 * self.padding + 1

    def _glyphs(self, style: Style) -> Glyphs:
        return self.slanted if style in (Style.NULL, Style.EMPTY) else self.mono

    def _rich(self, shown: Shown, room: float) -> Item:
        x = float(self.padding)
        parts: list[Part] = []
        if shown.suffix:
            suffix_width = self.small.width(shown.suffix)
            if suffix_width < room / 2:
                room -= suffix_width + self.gap
                parts.append(Part(x + room + self.gap, shown.suffix, Style.SIZE))
        for text, style in shown.pieces or ((shown.text, shown.style),):
            left = room - (x - self.padding)
            if self.mono.width(text) > left:
                text = self.mono.elided(text, left) if left >= self.mono.advance else ELLIPSIS
                parts.append(Part(x, text, style))
                x += self.mono.width(text)
                break
            parts.append(Part(x, text, style))
            x += self.mono.width(text)
        return Item(float(self.padding), None, shown.style, x - self.padding, tuple(parts))
