"""CSV and TSV, by columns: a field is quoted only where it must be, NULL never is."""

from __future__ import annotations

from embedded_server.data.transfer.cell_texts import ColumnWriter, Quoting
from embedded_server.wire.problem import problem
from embedded_server.wire.values import RowBlock

from .base import Making, TextWriter

_FORBIDDEN = frozenset('"\r\n\0')


class DelimitedWriter(TextWriter):
    """Fields between delimiters, rows between line ends."""

    def __init__(self, making: Making) -> None:
        super().__init__(making)
        options = making.options
        self.delimiter = delimiter_of(making.format, options.delimiter)
        if _FORBIDDEN & set(options.null) or self.delimiter in options.null:
            raise problem(
                "transfer.options", detail="The text for NULL holds a delimiter, quote or line end."
            )
        self._quoting = Quoting(self.delimiter, options.null, everything=options.quoting == "all")
        self._columns = [
            ColumnWriter(
                place,
                column,
                self._quoting,
                making.losses,
                options.encoding,
                dynamic=making.grammar.dynamic_types,
            )
            for place, column in enumerate(making.columns)
        ]

    def begin(self) -> None:
        self.mark()
        if self.making.options.header:
            names = [self._quoting.apply(column.name, None) for column in self.making.columns]
            self.say(self.delimiter.join(names) + self.line_end)

    def block(self, block: RowBlock) -> None:
        texts = [writer.texts(column) for writer, column in zip(self._columns, block.columns, strict=True)]
        lines = list(map(self.delimiter.join, zip(*texts, strict=True)))
        self.say(self.line_end.join(lines) + self.line_end)

    def end(self) -> None:
        """Nothing stands behind the rows."""


def delimiter_of(format_name: str, asked: str) -> str:
    """The delimiter to use. Raises transfer.options."""
    delimiter = asked or ("\t" if format_name == "tsv" else ",")
    if len(delimiter) != 1 or delimiter in _FORBIDDEN:
        raise problem("transfer.options", detail="A delimiter is one character, no quote and no line end.")
    return delimiter
