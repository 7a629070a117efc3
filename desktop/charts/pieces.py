"""Cells kept compactly and exactly: an array where they are numbers, one text where they are texts.

A million rows of two columns are then some 30 MB, and the cell behind a point can still be shown as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from embedded_server.wire.values import Cell

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# So many rows are looked at in one go: some milliseconds.
SLICE = 8192
_SEPARATOR = "\x1f"


class Piece:
    """The cells of one column in some rows that follow each other.

    `numbers` holds them if all are integers of 64 bits or all are floats, NULLs aside, which `nulls` marks.
    """

    __slots__ = ("length", "numbers", "nulls", "_text", "_cells")

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.length = len(cells)
        self.numbers: npt.NDArray[Any] | None = None
        self.nulls: Bools | None = None
        self._text: str | None = None
        self._cells: list[Cell] | None = None
        kinds = set(map(type, cells))
        if type(None) in kinds and len(kinds) > 1:
            self.nulls = np.fromiter((cell is None for cell in cells), np.bool_, self.length)
        kinds.discard(type(None))
        if not self._take(cells, kinds):
            self._cells, self.nulls = list(cells), None

    def _take(self, cells: Sequence[Cell], kinds: set[type]) -> bool:
        """Keep them compactly; false if they are of several types, or of one that needs its objects."""
        if kinds == {int} or kinds == {float}:
            blank = 0 if kinds == {int} else np.nan
            filled = cells if self.nulls is None else [blank if cell is None else cell for cell in cells]
            try:
                self.numbers = np.array(filled, np.int64 if kinds == {int} else np.float64)
            except OverflowError:
                return False
            return True
        if kinds == {str}:
            text = _SEPARATOR.join("" if cell is None else str(cell) for cell in cells)
            if text.count(_SEPARATOR) == self.length - 1:
                self._text = text
                return True
        return False

    def texts(self) -> list[str] | None:
        """The cells if all are texts, NULLs as empty ones."""
        return self._text.split(_SEPARATOR) if self._text is not None else None

    def cells(self) -> list[Cell]:
        """The cells as they came."""
        if self._cells is not None:
            return self._cells
        found: list[Cell] = list(self.texts() or ())
        if self.numbers is not None:
            found = self.numbers.tolist()
        if self.nulls is not None:
            for place in np.flatnonzero(self.nulls).tolist():
                found[place] = None
        return found


@dataclass
class Held:
    """Rows as far as they were read: the columns asked for, each in pieces of the same lengths.

    `more`: there are rows behind them.
    """

    columns: dict[str, list[Piece]] = field(default_factory=dict)
    rows: int = 0
    more: bool = False

    def add(self, names: Sequence[str], columns: Sequence[Sequence[Cell]]) -> None:
        """Further rows."""
        count = len(columns[0]) if columns else 0
        for name, cells in zip(names, columns, strict=True):
            pieces = self.columns.setdefault(name, [])
            pieces += [Piece(cells[start : start + SLICE]) for start in range(0, count, SLICE)]
        self.rows += count

    def cut(self, rows: int) -> None:
        """Forget what is behind so many rows."""
        for name, pieces in self.columns.items():
            left, kept = rows, []
            for piece in pieces:
                if left > 0:
                    kept.append(piece if piece.length <= left else Piece(piece.cells()[:left]))
                left -= piece.length
            self.columns[name] = kept
        self.rows, self.more = min(rows, self.rows), True

    def exact(self, name: str, row: int) -> Cell:
        """One cell as it came."""
        for piece in self.columns[name]:
            if row < piece.length:
                return piece.cells()[row]
            row -= piece.length
        raise IndexError(row)
