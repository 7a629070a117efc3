"""INSERT statements with literals that read back as exactly the same values."""

from __future__ import annotations

from embedded_server.wire.values import RowBlock

from .base import Making, TextWriter

_ROWS = 100
_CHARACTERS = 256 * 1024


class InsertWriter(TextWriter):
    """Statements of at most 100 rows, in the spelling of the database that was read."""

    def __init__(self, making: Making) -> None:
        super().__init__(making)
        grammar = making.grammar
        names = ", ".join(grammar.name(column.name) for column in making.columns)
        self._head = f"INSERT INTO {making.table} ({names}) VALUES"
        self._rows: list[str] = []
        self._size = 0

    def begin(self) -> None:
        self.mark()

    def block(self, block: RowBlock) -> None:
        literal = self.making.grammar.literal
        columns = [
            [literal(column, cell) for cell in cells]
            for column, cells in zip(self.making.columns, block.columns, strict=True)
        ]
        for row in zip(*columns, strict=True):
            text = f"({', '.join(row)})"
            self._rows.append(text)
            self._size += len(text)
            if len(self._rows) >= _ROWS or self._size > _CHARACTERS:
                self._flush()

    def _flush(self) -> None:
        if self._rows:
            between = "," + self.line_end
            self.say(self._head + self.line_end + between.join(self._rows) + ";" + self.line_end)
        self._rows, self._size = [], 0

    def end(self) -> None:
        self._flush()
