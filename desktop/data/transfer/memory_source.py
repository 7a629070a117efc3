"""Rows that are at hand as a row source: the preview of a file, bad rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from desktop.kit.rows import Block, RowSource
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell


class MemorySource(RowSource):
    """A few rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: list[Column] = []
        self._block: Block | None = None

    def show_rows(self, columns: list[Column], rows: Sequence[Sequence[Cell]]) -> None:
        """Show these instead."""
        self._columns = columns
        cells: dict[int, Sequence[Cell]] = {
            place: [row[place] for row in rows] for place in range(len(columns))
        }
        self._block = Block(0, len(rows), cells) if rows else None
        self.reshaped.emit()
        self.counted.emit()
        if rows:
            self.arrived.emit(0, len(rows) - 1)

    def columns(self) -> list[Column]:
        return self._columns

    def row_count(self) -> int:
        return self._block.length if self._block is not None else 0

    def block(self, row: int) -> Block | None:
        return self._block if self._block is not None and 0 <= row < self._block.length else None
