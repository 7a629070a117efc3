"""Rows of cells as text: TSV, CSV, JSON, Markdown, INSERT statements, an IN list.

`HOLE` stands where a rectangle of the selection has no selected cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Protocol, TypeVar

import msgspec

from desktop.kit.grid.filters import identity
from desktop.kit.grid.formats import exact_text
from desktop.kit.grid.literals import literal, quote_name, quote_path
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, to_json

INSERT_ROWS = 500
# So many cells are written before somebody else may have a turn.
SLICE = 2000

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Hole:
    """A cell that is not selected."""

    __slots__ = ()


HOLE: Final = Hole()
Given = Cell | Hole


class Rows(Protocol[T_co]):
    """Rows of cells, gone through as often as a form needs."""

    def __len__(self) -> int:
        """How many rows there are."""

    def __iter__(self) -> Iterator[Sequence[T_co]]:
        """From the first one on."""


class Table(msgspec.Struct, frozen=True):
    """What is copied: `rows` of cells under `columns`, and where they come from.

    `keys` are the columns that identify a row, with `key_rows` their cells, where a form asks for them.
    """

    columns: Sequence[Column]
    rows: Rows[Given]
    path: tuple[str, ...] = ("result",)
    dialect: str = ""
    single: bool = False
    keys: Sequence[Column] = ()
    key_rows: Rows[Cell] = ()


class Form:
    """How a table is written.

    `pieces` gives the text bit by bit, so that somebody else can have a turn after each; an empty one is
    nothing but such an occasion. Called, a form gives the whole text.
    """

    def __init__(self, pieces: Callable[[Table], Iterator[str]]) -> None:
        self.pieces = pieces
        self.__doc__ = pieces.__doc__

    def __call__(self, table: Table) -> str:
        return "".join(self.pieces(table))


def slices(rows: Rows[T]) -> Iterator[list[Sequence[T]]]:
    """The rows, so many at a time as hold some thousand cells."""
    every = iter(rows)
    for first in every:
        yield [first, *islice(every, max(0, SLICE // max(1, len(first)) - 1))]


def refuse_holes(table: Table, who: str) -> Iterator[str]:
    """Raises ValueError where some row lacks a column that another has."""
    for rows in slices(table.rows):
        if any(HOLE in row for row in rows):
            raise ValueError(f"{who} the same columns of every row")
        yield ""


class Seen:
    """Which keys there were before. A single set would be built anew whenever it outgrows its place."""

    def __init__(self) -> None:
        self._sets: list[set[object]] = [set() for _ in range(61)]

    def first(self, key: object) -> bool:
        """Whether there was none like it."""
        known = self._sets[hash(key) % len(self._sets)]
        before = len(known)
        known.add(key)
        return len(known) > before


@Form
def tsv(table: Table) -> Iterator[str]:
    """Tab separated, as spreadsheets take it; one cell alone is copied exactly as it is."""
    if table.single:
        ((cell,),) = table.rows
        yield "" if isinstance(cell, Hole) else exact_text(cell)
        return
    between = ""
    for lines in _lines(table, "\t"):
        yield between + "\n".join(lines)
        between = "\n"


@Form
def tsv_with_header(table: Table) -> Iterator[str]:
    """Tab separated, the column names first."""
    yield "\t".join(_quoted(column.name, "\t") for column in table.columns)
    for lines in _lines(table, "\t"):
        yield "".join(f"\n{line}" for line in lines)


@Form
def csv(table: Table) -> Iterator[str]:
    """Comma separated by RFC 4180 with a header; NULL is nothing, an empty text is `""`."""
    yield ",".join(_quoted(column.name, ",") for column in table.columns) + "\r\n"
    for lines in _lines(table, ","):
        yield "".join(f"{line}\r\n" for line in lines)


def _lines(table: Table, separator: str) -> Iterator[list[str]]:
    for rows in slices(table.rows):
        yield [separator.join([_field(cell, separator) for cell in row]) for row in rows]


def _field(cell: Given, separator: str) -> str:
    if isinstance(cell, Hole) or cell is None:
        return ""
    return _quoted(exact_text(cell), separator)


_TO_QUOTE = {separator: re.compile(f'[{separator}"\n\r]|\\A\\Z') for separator in ("\t", ",")}


def _quoted(text: str, separator: str) -> str:
    return text if _TO_QUOTE[separator].search(text) is None else '"' + text.replace('"', '""') + '"'


# --- JSON ------------------------------------------------------------------------------------------

_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?\Z", re.ASCII)


@Form
def as_json(table: Table) -> Iterator[str]:
    """An array of objects. Numbers keep every digit; what JSON has no word for is tagged as on the wire."""
    names = unique([column.name for column in table.columns])
    heads = [f"{json.dumps(name, ensure_ascii=False)}: " for name in names]
    before = ""
    yield "[\n"
    for rows in slices(table.rows):
        yield before + ",\n".join(_object(row, heads, table) for row in rows)
        before = ",\n"
    yield "\n]\n"


def _object(row: Sequence[Given], heads: Sequence[str], table: Table) -> str:
    members = [
        head + _json(cell, column)
        for head, column, cell in zip(heads, table.columns, row, strict=True)
        if not isinstance(cell, Hole)
    ]
    return "  {" + ", ".join(members) + "}"


def _json(cell: Cell, column: Column) -> str:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, str):
        if column.kind == "number" and _JSON_NUMBER.match(cell):
            return cell
        if column.kind == "json" and _is_json(cell):
            return cell
    return json.dumps(to_json(cell), ensure_ascii=False)


def _is_json(text: str) -> bool:
    def refuse(word: str) -> None:
        raise ValueError(word)

    try:
        json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def unique(names: Iterable[str]) -> list[str]:
    """Names with `_2`, `_3` behind those that were there before."""
    seen: set[str] = set()
    made: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in seen:
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        made.append(candidate)
    return made


# --- Markdown --------------------------------------------------------------------------------------


@Form
def markdown(table: Table) -> Iterator[str]:
    """A table for an issue or a chat; columns are aligned also in the source."""
    head = [_inline(column.name) for column in table.columns]
    widths = [max(3, len(name)) for name in head]
    body: list[list[tuple[str, ...]]] = []
    for rows in slices(table.rows):
        texts = list(zip(*[map(_markdown_cell, row) for row in rows], strict=True))
        widths = [max(width, *map(len, column)) for width, column in zip(widths, texts, strict=True)]
        body.append(texts)
        yield ""
    right = [column.kind == "number" for column in table.columns]
    rule = [
        "-" * (width - 1) + ":" if number else "-" * width
        for width, number in zip(widths, right, strict=True)
    ]
    columns = list(zip(widths, right, strict=True))
    yield _bars(head, columns) + _bars(rule, columns)
    for texts in body:
        yield "".join(_bars(line, columns) for line in zip(*texts, strict=True))


def _bars(line: Sequence[str], columns: Sequence[tuple[int, bool]]) -> str:
    texts = [
        text.rjust(width) if number else text.ljust(width)
        for text, (width, number) in zip(line, columns, strict=True)
    ]
    return f"| {' | '.join(texts)} |\n"


def _markdown_cell(cell: Given) -> str:
    if isinstance(cell, Hole):
        return ""
    return "*NULL*" if cell is None else _inline(exact_text(cell))


def _inline(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("|", "\\|")
    return text.replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")


# --- SQL -------------------------------------------------------------------------------------------


@Form
def inserts(table: Table) -> Iterator[str]:
    """INSERT statements with every selected column, at most 500 rows each.

    Raises ValueError where some row lacks a column that another has.
    """
    yield from refuse_holes(table, "INSERT needs")
    names = ", ".join(quote_name(column.name, table.dialect) for column in table.columns)
    head = f"INSERT INTO {quote_path(table.path, table.dialect)} ({names}) VALUES\n"
    done = 0
    for rows in slices(table.rows):
        lines = []
        for number, row in enumerate(rows, done):
            before = ",\n" if number % INSERT_ROWS else f";\n{head}" if number else head
            lines.append(f"{before}  ({_literals(row, table)})")
        done += len(rows)
        yield "".join(lines)
    if done:
        yield ";\n"


@Form
def in_list(table: Table) -> Iterator[str]:
    """The distinct values for `column IN (...)`; rows of several columns become row values.

    NULL never equals anything and is left out. Raises ValueError if nothing is left.
    """
    find = _row_values if len(table.columns) > 1 else _values
    seen, before = Seen(), "("
    for rows in slices(table.rows):
        values = find(rows, table, seen)
        if values:
            yield before + ", ".join(values)
            before = ", "
    if before == "(":
        raise ValueError("Only NULL is selected: use IS NULL")
    yield ")"


def _values(rows: Sequence[Sequence[Given]], table: Table, seen: Seen) -> list[str]:
    cells = [row[0] for row in rows]
    return [
        literal(cell, table.columns[0], table.dialect)
        for cell in cells
        if not isinstance(cell, Hole) and cell is not None and seen.first(identity(cell))
    ]


def _row_values(rows: Sequence[Sequence[Given]], table: Table, seen: Seen) -> list[str]:
    whole = (row for row in rows if not any(cell is None or isinstance(cell, Hole) for cell in row))
    texts = (f"({_literals(row, table)})" for row in whole)
    return [text for text in texts if seen.first(text)]


def _literals(row: Sequence[Given], table: Table) -> str:
    return ", ".join(
        [
            literal(cell, column, table.dialect)
            for cell, column in zip(row, table.columns, strict=True)
            if not isinstance(cell, Hole)
        ]
    )
