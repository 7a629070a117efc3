"""Rows by COPY: text made and read by the server itself. Pure text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import NoneType

from embedded_server.engines.base import CsvLayout
from embedded_server.wire.data import Column
from embedded_server.wire.lines import NULL
from embedded_server.wire.values import BadText, Cell, RowBlock

from .grammar import PostgresGrammar, as_text, quoted
from .placeholders import Statement

# About how many bytes are handed on at once.
PIECE = 1 << 18
_grammar = PostgresGrammar()
_SPECIAL = re.compile(r"[\\\t\n\r]")
_NULL_IN = "\\N"
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def copy_to(query: str, layout: CsvLayout) -> str:
    """The statement that sends a query's rows as CSV."""
    options = [
        "FORMAT csv",
        f"DELIMITER {quoted(layout.delimiter)}",
        f"NULL {quoted(layout.null)}",
        f"HEADER {'true' if layout.header else 'false'}",
    ]
    options += ["FORCE_QUOTE *"] if layout.quote_all else []
    return f"COPY (\n{query.rstrip().rstrip(';')}\n) TO STDOUT WITH ({', '.join(options)})"


def copied_rows(statement: Statement) -> Statement:
    """The statement that sends a query's rows as lines (`wire/lines.py`)."""
    return statement.within("COPY (\n", f"\n) TO STDOUT WITH (NULL {quoted(NULL)})")


def copy_from(table: str, columns: Sequence[Column]) -> str:
    """The statement that takes rows in COPY's own text form."""
    names = ", ".join(_grammar.name(column.name) for column in columns)
    return f"COPY {table} ({names}) FROM STDIN"


def lines(block: RowBlock) -> bytes:
    """Rows in COPY's own text form."""
    columns = [_texts(column) for column in block.columns]
    text = "\n".join(map("\t".join, zip(*columns, strict=True))) + "\n"
    return text.encode("utf-8", "surrogateescape")


def _texts(column: Sequence[Cell]) -> Sequence[str]:
    kinds = set(map(type, column))
    if kinds == {int}:
        return list(map(str, column))
    if kinds <= {str, NoneType}:
        joined = "".join(filter(None, column))  # type: ignore[arg-type]
        if not any(mark in joined for mark in _ESCAPES):
            return [_NULL_IN if cell is None else cell for cell in column] if NoneType in kinds else column  # type: ignore
    return [_NULL_IN if cell is None else _text(cell) for cell in column]


def _text(cell: Cell) -> str:
    if isinstance(cell, bytes):
        return "\\\\x" + cell.hex()
    if isinstance(cell, BadText):
        text = cell.raw.decode("utf-8", "surrogateescape")
    else:
        text = str(as_text(cell))
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)
