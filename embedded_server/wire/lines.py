"""Rows as a database itself writes them out: one a line, a tab between cells, a backslash alone for NULL.

PostgreSQL's COPY makes such text far faster than it can be made of rows. Inside a cell a backslash, a tab and
an end of line come escaped, so what stands between two tabs is a cell, whatever it holds.
"""

from __future__ import annotations

import re

NULL = "\\"
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def columns_of(lines: str, width: int) -> list[list[str | None]]:
    """The cells of whole lines of `width` cells, column by column."""
    cells: list[str | None] = lines.replace("\n", "\t").split("\t")  # type: ignore[assignment]
    del cells[-1]
    columns = [cells[place::width] for place in range(width)]
    if NULL in lines:
        # Counted by splitting, which takes half the time: to count looks at every single character.
        _restore(columns, len(lines.split(NULL)) - 1)
    return columns


def _restore(columns: list[list[str | None]], marks: int) -> None:
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
