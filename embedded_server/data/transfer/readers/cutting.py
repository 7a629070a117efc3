"""Pieces of a delimited file as columns, by a few passes over the whole text; no step looks at a field."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_QUOTE = ord('"')
# They stand for a delimiter and a line end inside of quotes while the text is cut.
_DELIMITER, _LINE_END = "\x1f", "\x1e"


class Columns(NamedTuple):
    """`columns[c][r]` without quotes; `inside`: there are line ends inside of fields."""

    columns: list[Sequence[str]]
    inside: bool


class _Bare(NamedTuple):
    """A text with line feeds behind rows and without quotes around fields. `hidden`: there are delimiters in
    fields, `inside`: line feeds."""

    text: str
    hidden: bool
    inside: bool


def columns_of(text: str, delimiter: str, width: int, null: str) -> Columns | None:
    """The columns of whole rows; null where something is malformed, or a text in quotes is that of NULL."""
    if '"' in text and (f'"{null}"' in text or '"' in null) and _quoted_null(delimiter, null).search(text):
        return None
    return _by_splitting(text, delimiter, width) or _by_reading(text, delimiter, width)


@lru_cache(maxsize=16)
def _quoted_null(delimiter: str, null: str) -> re.Pattern[str]:
    """A field in quotes that would be NULL without them; where that cannot be told, any quote."""
    mark = re.escape(delimiter)
    return re.compile('"' if '"' in null else rf'(?:\A|[{mark}\r\n])"{re.escape(null)}"(?:[{mark}\r\n]|\Z)')


def _by_splitting(text: str, delimiter: str, width: int) -> Columns | None:
    """By the delimiters; those inside of quotes are hidden meanwhile."""
    found = _unquoted(text, delimiter) if '"' in text else _Bare(text.replace("\r\n", "\n"), False, False)
    if found is None or (not found.inside and "\r" in found.text):
        return None
    columns = _cut(found.text, delimiter, width)
    if columns is None:
        return None
    if found.inside:
        columns = [_put_back(column, delimiter) for column in columns]
    elif found.hidden:
        columns = [_put_back_delimiters(column, delimiter) for column in columns]
    return Columns(columns, found.inside)


def _unquoted(text: str, delimiter: str) -> _Bare | None:
    """The text without quotes around fields; null where a quote stands elsewhere."""
    import numpy as np  # noqa: PLC0415  # lazy: 0.1 s that a file without quotes does not need

    if _DELIMITER in text or _LINE_END in text or not delimiter.isascii():
        return None
    text = text if text.endswith("\n") else text + "\n"
    raw = np.frombuffer(f"\n{text}".encode(), np.uint8).copy()
    quotes = raw == _QUOTE
    places = np.flatnonzero(quotes)
    opening, closing = places[::2], places[1::2]
    ends = np.zeros(256, bool)
    ends[[ord(delimiter), ord("\n"), ord("\r"), _QUOTE]] = True
    if len(places) % 2 or not ends[raw[opening - 1]].all() or not ends[raw[closing + 1]].all():
        return None
    within = np.bitwise_xor.accumulate(quotes)
    feeds = (raw == ord("\n")) & within
    delimiters = (raw == ord(delimiter)) & within
    raw[delimiters], raw[feeds] = ord(_DELIMITER), ord(_LINE_END)
    kept = ~quotes
    kept[opening[raw[opening - 1] == _QUOTE]] = True  # one of two in a field
    if "\r" in text:
        returns = (raw == ord("\r")) & ~within
        if not (raw[np.flatnonzero(returns) + 1] == ord("\n")).all():
            return None
        kept &= ~returns
    return _Bare(raw[kept].tobytes()[1:].decode(), bool(delimiters.any()), bool(feeds.any()))


def _cut(text: str, delimiter: str, width: int) -> list[Sequence[str]] | None:
    """Columns of a text without quotes; null unless each row has so many fields."""
    text = text.removesuffix("\n")
    # A field of its own behind each row shows whether the rows are all alike.
    fields = text.replace("\n", f"{delimiter}\n{delimiter}").split(delimiter)
    ends = fields[width :: width + 1]
    if (len(fields) + 1) % (width + 1) or ends.count("\n") != len(ends) or text.count("\n") != len(ends):
        return None
    return [fields[place :: width + 1] for place in range(width)]


def _put_back_delimiters(column: Sequence[str], delimiter: str) -> Sequence[str]:
    joined = _LINE_END.join(column)
    return joined.replace(_DELIMITER, delimiter).split(_LINE_END) if _DELIMITER in joined else column


def _put_back(column: Sequence[str], delimiter: str) -> Sequence[str]:
    return [field.replace(_DELIMITER, delimiter).replace(_LINE_END, "\n") for field in column]


def _by_reading(text: str, delimiter: str, width: int) -> Columns | None:
    """By Python's own reader."""
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    if set(map(len, rows)) != {width}:
        return None
    # Rows may end in a carriage return alone.
    inside = "\r" in text or text.count("\n") > len(rows)
    return Columns(list(zip(*rows, strict=True)), inside)
