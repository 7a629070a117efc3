"""Rows as a database itself writes them out: one a line, a tab between cells, a backslash alone for NULL.

PostgreSQL's COPY makes such text far faster than it can be made of rows. Inside a cell a backslash, a tab and
an end of line come escaped, so what stands between two tabs is a cell, whatever it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import overload

Text = str | None

NULL = "\\"
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class Lines:
    """`count` whole lines of `width` cells. The cells of all of them are made when one is looked at, and the
    text is let go: what a million rows say takes a sixth of what their cells take."""

    __slots__ = ("_columns", "_text", "count", "width")

    def __init__(self, text: str, width: int, count: int) -> None:
        self._text, self.width, self.count = text, width, count
        self._columns: list[list[Text]] | None = None

    def columns(self) -> list[LineColumn]:
        """Their columns, whose cells are not there yet."""
        return [LineColumn(self, place) for place in range(self.width)]

    def cells(self, place: int) -> list[Text]:
        """The cells of a column."""
        if self._columns is None:
            self._columns, self._text = columns_of(self._text, self.width), ""
        return self._columns[place]


class LineColumn(Sequence[Text]):
    """A column of lines."""

    __slots__ = ("_lines", "_place")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, lines: Lines, place: int) -> None:
        self._lines, self._place = lines, place

    def __len__(self) -> int:
        return self._lines.count

    def __iter__(self) -> Iterator[Text]:
        return iter(self._lines.cells(self._place))

    @overload
    def __getitem__(self, place: int) -> Text: ...

    @overload
    def __getitem__(self, place: slice) -> list[Text]: ...

    def __getitem__(self, place: int | slice) -> Text | list[Text]:
        return self._lines.cells(self._place)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __repr__(self) -> str:
        return f"LineColumn({list(self)!r})"


def columns_of(lines: str, width: int) -> list[list[Text]]:
    """The cells of whole lines of `width` cells, column by column."""
    cells: list[Text] = lines.replace("\n", "\t").split("\t")  # type: ignore[assignment]
    del cells[-1]
    columns = [cells[place::width] for place in range(width)]
    if NULL in lines:
        # Counted by splitting, which takes half the time: to count looks at every single character.
        _restore(columns, len(lines.split(NULL)) - 1)
    return columns


def _restore(columns: list[list[Text]], marks: int) -> None:
    """Undo what was written for NULL and inside of cells; `marks` are the backslashes of all columns."""
    # The last columns of a table are those that are empty: usually one of them explains all backslashes.
    for place in reversed(range(len(columns))):
        nulls = columns[place].count(NULL)
        if nulls:
            columns[place] = [None if cell == NULL else cell for cell in columns[place]]
            marks -= nulls
            if not marks:
                return
    for place, column in enumerate(columns):
        if NULL in "".join(filter(None, column)):
            columns[place] = [_ESCAPE.sub(_unescaped, cell) if cell else cell for cell in column]


def _unescaped(found: re.Match[str]) -> str:
    return _MEANT.get(found[1], found[1])
