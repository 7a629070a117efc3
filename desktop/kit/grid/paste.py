"""A block of text from the clipboard as rows of cells, as spreadsheets and this program write it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_END = re.compile("[\t\n]")


Row = list[str | None]


def block(text: str) -> list[Row]:
    """All rows of `rows_of`."""
    return list(rows_of(text))


def rows_of(text: str) -> Iterator[Row]:
    """Tab separated lines. A field that begins with a quotation mark ends with its pair, may hold tabs
    and line breaks, and has its own marks doubled; a mark elsewhere is nothing special.

    An empty field is NULL (null here), `""` the empty text, as copying writes them. A last line break
    ends the last line; it begins none.
    """
    row: Row = []
    at, size = 0, len(text)
    while at < size or row:
        field, at, end = _field(text, at)
        row.append(field)
        if end == "\t":
            continue
        yield row
        row = []
        if end == "":
            break


def _field(text: str, at: int) -> tuple[str | None, int, str]:
    """The field that begins at a place, the place behind its end, and the sign that ended it."""
    if text.startswith('"', at):
        found = _quoted(text, at)
        if found is not None:
            return found
    # By one search for both: where there is none of one sign, all the rest would be searched for each field.
    found_end = _END.search(text, at)
    end = found_end.start() if found_end is not None else len(text)
    field = text[at:end]
    sign = text[end : end + 1]
    field = field.removesuffix("\r") if sign != "\t" else field
    return field or None, end + 1, sign


def _quoted(text: str, at: int) -> tuple[str, int, str] | None:
    """A quoted field, null if the mark has no pair before a separator: then it is just a mark."""
    place = at + 1
    while (place := text.find('"', place)) >= 0:
        if text.startswith('""', place):
            place += 2
            continue
        after = text[place + 1 : place + 3]
        if after[:1] in ("", "\t", "\n"):
            return text[at + 1 : place].replace('""', '"'), place + 2, after[:1]
        if after == "\r\n":
            return text[at + 1 : place].replace('""', '"'), place + 3, "\n"
        return None
    return None
