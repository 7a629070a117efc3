"""A table for a text: to be read, not to be imported."""

from __future__ import annotations

from embedded_server.data.transfer.cell_texts import plain_text
from embedded_server.wire.values import Cell, RowBlock

from .base import TextWriter

_ESCAPES = str.maketrans({"|": "\\|", "\n": "<br>", "\r": None, "\\": "\\\\"})


class MarkdownWriter(TextWriter):
    """Pipes and dashes; numbers to the right, NULL as an empty field."""

    def begin(self) -> None:
        self.mark()
        names = [column.name.translate(_ESCAPES) for column in self.making.columns]
        rules = ["---:" if column.kind == "number" else "---" for column in self.making.columns]
        self.notes.append("Markdown is for reading: NULL is an empty field, and it cannot be imported.")
        self._line(names)
        self._line(rules)

    def _line(self, texts: list[str]) -> None:
        self.say("| " + " | ".join(texts) + " |" + self.line_end)

    def block(self, block: RowBlock) -> None:
        for row in block.rows():
            self._line([_text(cell) for cell in row])

    def end(self) -> None:
        """Nothing stands behind the rows."""


def _text(cell: Cell) -> str:
    return "" if cell is None else plain_text(cell).translate(_ESCAPES)
