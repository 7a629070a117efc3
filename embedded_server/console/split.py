"""Scripts cut into statements with exact offsets.

The scanner of `wire/sql` makes safe cuts in linear time and knows the rules of the products with an
engine of their own. Where a dialect's routine never comes to the end the scanner expects, sqlparse cuts
that piece alone further: its rules cover more dialects but cost a hundred times more per character.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import sqlparse

from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.scan import Scanner

# sqlparse needs about 25 microseconds per character of such a piece; longer ones stay whole.
_SQLPARSE_LIMIT = 64_000


class Piece(NamedTuple):
    """Characters [start, end) of the text; `stop` is the end of the separator behind it.

    `line` is 1-based; `skipped` says why it is not a statement ("" if it is one).
    """

    start: int
    end: int
    stop: int
    line: int
    skipped: str = ""


def pieces(text: str, spoken: Dialect) -> Iterator[Piece]:
    """Statements and skipped lines in order; comments before a statement belong to it."""
    line, counted = 1, 0
    for start, before, stop, why in _spans(text, spoken):
        line += text.count("\n", counted, start)
        counted = start
        yield Piece(start, start + len(text[start:before].rstrip()), stop, line, why)


def _spans(text: str, spoken: Dialect) -> Iterator[tuple[int, int, int, str]]:
    scanner = Scanner(spoken)
    begin = 0
    for event in scanner.feed(text):
        if event.what == "begin":
            begin = event.start
        elif event.what == "end":
            if event.why != "empty":
                yield begin, event.start, event.stop, ""
        elif event.why:
            yield event.start, event.stop, event.stop, event.why
    if scanner.state.content:
        if scanner.unsure and len(text) - begin <= _SQLPARSE_LIMIT:
            yield from _by_sqlparse(text, begin)
        else:
            yield begin, len(text), len(text), ""


def _by_sqlparse(text: str, begin: int) -> Iterator[tuple[int, int, int, str]]:
    for part in sqlparse.split(text[begin:]):
        # sqlparse only strips blanks, so each part is found again where it stood.
        start = text.index(part, begin)
        begin = start + len(part)
        end = start + len(part.rstrip(";").rstrip())
        if end > start:
            yield start, end, begin, ""
